"""The cards there are. Sizes are small on purpose: each effect below is visible at its size, and a card takes seconds.

Every band was set from runs over five seeds on two texts, and `gpt2mini-tui learn calibrate` runs them again;
docs/cards.md holds what it printed. A card that was not reproduced in nine of ten of those runs is not in the deck.
"""

from gpt2mini.errors import NotFoundError
from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.quantities import Quantity

__all__ = ["CANDIDATES", "DECK", "find_card"]

_DEEP = {
    "n_layer": 4,
    "n_head": 4,
    "n_embd": 32,
    "block_size": 32,
    "batch_size": 8,
    "steps": 200,
    "lr": 3e-3,
    "warmup": 20,
    "eval_every": 40,
}
_WIDE = {**_DEEP, "n_layer": 2, "n_embd": 64, "batch_size": 16, "steps": 400, "eval_every": 80}

_NO_RESIDUAL = Card(
    name="no-residual",
    title="Four blocks without residual connections",
    question="Every sublayer's output replaces its input instead of being added to it. What does the model learn?",
    choices=(
        Choice(key="a", text="about as much as with them", high=0.1),
        Choice(key="b", text="less, but it goes on learning", low=0.1, high=0.3),
        Choice(key="c", text="next to nothing: how frequent each character is", low=0.3),
    ),
    expected="c",
    quantity=Quantity(kind="delta", arms=("no residual", "baseline")),
    settings=_DEEP,
    arms=(("baseline", {}), ("no residual", {"residual": False})),
    watch="The validation loss against the 1-gram line, and in the layers view the gradient norm of the first block.",
    claims=(
        Claim(
            text="the loss stays on the 1-gram line",
            quantity=Quantity(kind="above", arms=("no residual",), line="1-gram"),
            low=-0.1,
            high=0.15,
        ),
        Claim(
            text="all positions become the same (token cosine above 0.98)",
            quantity=Quantity(kind="cosine", arms=("no residual",)),
            low=0.98,
        ),
        Claim(
            text="the gradient of the first block is at most a thousandth of the last one's",
            quantity=Quantity(kind="vanishing", arms=("no residual",)),
            high=-3.0,
        ),
    ),
    numbers={
        "line": Quantity(kind="above", arms=("no residual",), line="1-gram"),
        "vanish": Quantity(kind="vanishing", arms=("no residual",)),
        "cosine": Quantity(kind="cosine", arms=("no residual",)),
        "healthy": Quantity(kind="cosine", arms=("baseline",)),
    },
    explanation=(
        "The loss ended {line} from the 1-gram line, which knows only how frequent each character is. Without x + f(x) "
        "each attention layer replaces every position by a mean over positions, and after a few of them all are the "
        "same: token cosine {cosine}, against {healthy} in the baseline. Nothing that differs between positions is "
        "left to learn from, and the gradient shrinks by {vanish} between the last block and the first. At the very "
        "first step it does not vanish: the model collapses because it is trained."
    ),
    equation="x ← x + f(LN(x)) keeps ∂x_L/∂x_l = I + …; x ← f(LN(x)) multiplies L Jacobians.",
    paper="He et al. 2016, Identity Mappings; Dong et al. 2021, Attention Is Not All You Need: rank collapse.",
    otherwise="At fewer blocks or a lower rate the signal can still get through; four blocks at 3e-3 are enough here.",
)

_NO_ATTENTION = Card(
    name="no-attention",
    title="A transformer without attention",
    question="No position can read from another; each sees its own token only. How far does the loss fall?",
    choices=(
        Choice(key="a", text="it stays near guessing, above the 1-gram line", low=0.5),
        Choice(key="b", text="it comes to the 2-gram line, and stops there", low=-0.05, high=0.5),
        Choice(key="c", text="it passes the 2-gram line, only later", high=-0.05),
    ),
    expected="b",
    quantity=Quantity(kind="above", arms=("no attention",), line="2-gram"),
    settings=_WIDE,
    arms=(("baseline", {}), ("no attention", {"attention": False})),
    watch="The 2-gram line: what one can know from the character before alone.",
    claims=(
        Claim(
            text="the baseline passes the 2-gram line",
            quantity=Quantity(kind="above", arms=("baseline",), line="2-gram"),
            high=-0.02,
        ),
        Claim(
            text="the difference is larger than the noise",
            quantity=Quantity(kind="delta", arms=("no attention", "baseline")),
            low=0.08,
        ),
    ),
    numbers={
        "over": Quantity(kind="above", arms=("no attention",), line="2-gram"),
        "base": Quantity(kind="above", arms=("baseline",), line="2-gram"),
        "delta": Quantity(kind="delta", arms=("no attention", "baseline")),
    },
    explanation=(
        "Without attention the model is a function of one token, p(next | current), and the best such function is the "
        "table of character pairs: the 2-gram line. It ended {over} from that line, and no number of steps takes it "
        "below. The baseline is {base} from it: {delta} is what reading from earlier positions was worth so far. Stop "
        "both early and they look alike, because the first thing any of them learns is that table: an ablation that "
        "looks harmless may only have been stopped too soon."
    ),
    equation="y_t = f(x_t) instead of y_t = Σ_s softmax(q_t·k_s/√d) v_s over s ≤ t.",
    paper="Vaswani et al. 2017; Elhage et al. 2021, A Mathematical Framework: zero layers of attention are bigrams.",
    otherwise="If the baseline has not passed the 2-gram line yet, it was stopped too early to tell: try more steps.",
)

_NO_LAYER_NORM = Card(
    name="no-layernorm",
    title="No LayerNorm at all",
    question="Nothing keeps the size of the activations in bounds. What does that cost?",
    choices=(
        Choice(key="a", text="nothing: the loss is about the same", high=0.15),
        Choice(key="b", text="it learns, but visibly worse", low=0.15),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no LayerNorm", "baseline")),
    settings=_WIDE,
    arms=(("baseline", {}), ("no LayerNorm", {"ln_style": "none"})),
    watch="How long the loss stays on a plateau at the beginning, and the residual norm over depth.",
    claims=(
        Claim(
            text="it is not dead: it ends below the 1-gram line",
            quantity=Quantity(kind="above", arms=("no LayerNorm",), line="1-gram"),
            high=-0.2,
        ),
    ),
    numbers={"delta": Quantity(kind="delta", arms=("no LayerNorm", "baseline"))},
    explanation=(
        "It ended {delta} behind. At the start the embeddings are small (std 0.02), and without a norm every sublayer "
        "sees inputs of that size: its gradients are as small, so the model begins slowly; later nothing "
        "bounds the activations, and the same rate is too high for some layers. "
        "LayerNorm gives every sublayer inputs of one size, so one learning rate suits all of them."
    ),
    equation="LN(x) = γ (x − mean(x)) / std(x) + β, over the channels of each position.",
    paper="Ba, Kiros & Hinton 2016, Layer Normalization; Zhu et al. 2025 on doing without (DyT).",
    otherwise="A shallow model at a low rate can do without; depth and rate make the norm matter.",
)

_NO_MASK = Card(
    name="no-causal-mask",
    title="Looking at the answer",
    question="The causal mask is off: each position may read the very character that it has to predict. And then?",
    choices=(
        Choice(key="a", text="the loss is about the same: it still has to learn the text", low=-0.1, high=0.1),
        Choice(key="b", text="the loss falls far below the baseline", high=-0.1),
        Choice(key="c", text="the loss is worse: the future confuses it", low=0.1),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no causal mask", "baseline")),
    settings={**_WIDE, "block_size": 8, "batch_size": 32, "n_embd": 48},
    arms=(("baseline", {}), ("no causal mask", {"causal_mask": False})),
    watch="The moment at which the loss leaves the baseline and falls through every reference line; then the sample.",
    claims=(
        Claim(
            text="it falls below the 3-gram line",
            quantity=Quantity(kind="above", arms=("no causal mask",), line="3-gram"),
            high=0.0,
        ),
    ),
    numbers={
        "delta": Quantity(kind="delta", arms=("no causal mask", "baseline")),
        "line": Quantity(kind="above", arms=("no causal mask",), line="4-gram"),
    },
    explanation=(
        "The loss went {delta} against the baseline, {line} from the 4-gram line, and the model can write no better "
        "for it: it learned to copy the next character from the next position. When it generates there is no next "
        "position yet, so what it learned is of no use. A loss that is too good is a leak until proven otherwise; the "
        "reference lines show it at once."
    ),
    equation="softmax(QKᵀ/√d + M)V with M = −∞ above the diagonal; without M position t reads token t + 1.",
    paper="Vaswani et al. 2017, section 3.2.3: masking keeps the decoder auto-regressive.",
    otherwise="The copying has to be found first: a longer block or fewer steps show nothing yet. Try more steps.",
)

_NO_MLP = Card(
    name="no-mlp",
    title="Attention is not all you need",
    question="Two thirds of a block's weights are in its MLP. Without it, attention alone remains. How much is lost?",
    choices=(
        Choice(key="a", text="nothing that can be seen", high=0.08),
        Choice(key="b", text="some: it learns, but ends visibly higher", low=0.08, high=0.8),
        Choice(key="c", text="everything: it stays on the 1-gram line", low=0.8),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no MLP", "baseline")),
    settings=_WIDE,
    arms=(("baseline", {}), ("no MLP", {"mlp": False})),
    watch="How soon each of them passes the 2-gram line.",
    claims=(
        Claim(
            text="it does use context: it is below the 1-gram line",
            quantity=Quantity(kind="above", arms=("no MLP",), line="1-gram"),
            high=-0.3,
        ),
    ),
    numbers={
        "delta": Quantity(kind="delta", arms=("no MLP", "baseline")),
        "line": Quantity(kind="above", arms=("no MLP",), line="2-gram"),
    },
    explanation=(
        "It ended {delta} behind, {line} from the 2-gram line. Attention moves and mixes what is there, a weighted "
        "mean of linear maps; what is computed from the mixture, one thing if two others are seen together, "
        "is the work of the MLP. With the residual around it the loss is visible but not fatal."
    ),
    equation="MLP(x) = W₂ GELU(W₁ x + b₁) + b₂, four times as wide inside.",
    paper="Geva et al. 2021, Feed-Forward Layers Are Key-Value Memories; Dong et al. 2021.",
    otherwise="Very early in training both are still learning character pairs, and attention alone does that too.",
)

_LEARNING_RATE = Card(
    name="learning-rate-cliff",
    title="The learning rate: a slope, a floor and a cliff",
    question="The same model at a hundredth of a good rate, and at a hundred times it. Which is worse after 200 steps?",
    choices=(
        Choice(key="a", text="too low: it has hardly moved, while too high still learned", low=0.1),
        Choice(key="b", text="they end about equally badly", low=-0.1, high=0.1),
        Choice(key="c", text="too high: it never gets as low as the one that hardly moved", high=-0.1),
    ),
    expected="a",
    quantity=Quantity(kind="delta", arms=("3e-5", "0.3")),
    settings={**_DEEP, "n_layer": 2},
    arms=(("3e-3", {}), ("3e-5", {"lr": 3e-5}), ("0.3", {"lr": 0.3})),
    watch="The shape of the three curves: one glides, one falls, one jumps and then lies flat.",
    claims=(
        Claim(
            text="the rate between is better than both, by far",
            quantity=Quantity(kind="delta", arms=("0.3", "3e-3")),
            low=0.2,
        ),
    ),
    numbers={
        "low": Quantity(kind="delta", arms=("3e-5", "3e-3")),
        "high": Quantity(kind="delta", arms=("0.3", "3e-3")),
        "line": Quantity(kind="above", arms=("0.3",), line="1-gram"),
    },
    explanation=(
        "A hundredth of the rate ended {low} behind, a hundred times the rate {high}. Adam moves every weight by about "
        "the rate in each step, whatever the gradient: at 3e-5, 200 steps move it 0.006 at most, less than the 0.02 "
        "it began with. At 0.3 the first steps destroy what was there, and the model falls back on what needs no "
        "features, the frequencies ({line} from the 1-gram line). It does not blow up: gradient clipping, Pre-LN "
        "and Adam's own normalisation see to that. Broken is not the same as NaN."
    ),
    equation="Δw = −lr · m̂ / (√v̂ + ε): about lr in size while gradients agree in sign.",
    paper="Kingma & Ba 2015, Adam, section 2.1; Smith 2017 on range tests.",
    otherwise="With more steps the low rate catches up: a rate is too low only for a budget.",
)

_INITIAL_LOSS = Card(
    name="initial-loss",
    title="The loss before the first step",
    question="First weights drawn with a spread of 0.02, as in GPT-2, or of 1: what is the loss of the first batch?",
    choices=(
        Choice(key="a", text="about ln V with either: an untrained model knows nothing", high=0.5),
        Choice(key="b", text="far above ln V with a spread of 1", low=0.5),
    ),
    expected="b",
    quantity=Quantity(kind="initial", arms=("spread 1",)),
    settings={**_DEEP, "n_layer": 2, "steps": 100, "eval_every": 20},
    arms=(("spread 0.02", {}), ("spread 1", {"init_std": 1.0})),
    watch="The first point of each curve, and the line called uniform.",
    claims=(
        Claim(
            text="with 0.02 it is ln V",
            quantity=Quantity(kind="initial", arms=("spread 0.02",)),
            low=-0.15,
            high=0.15,
        ),
        Claim(
            text="the bad start still costs at the end",
            quantity=Quantity(kind="delta", arms=("spread 1", "spread 0.02")),
            low=0.1,
        ),
    ),
    numbers={
        "good": Quantity(kind="initial", arms=("spread 0.02",)),
        "bad": Quantity(kind="initial", arms=("spread 1",)),
        "end": Quantity(kind="delta", arms=("spread 1", "spread 0.02")),
    },
    explanation=(
        "With 0.02 the first loss was {good} from ln V: small logits, so every character is equally likely. With 1 it "
        "was {bad} above: large random logits are confidently wrong, and being sure and wrong is what cross-entropy "
        "punishes most. The first steps are then spent on taking that back; at the end it is still {end} behind. A "
        "first loss that is not ln V is the cheapest bug report there is."
    ),
    equation="−ln softmax(z)_y = ln V for z = 0; it grows with the spread of z.",
    paper="Radford et al. 2019, section 2.3; Glorot & Bengio 2010.",
    otherwise="With tied embeddings the spread reaches the logits twice; untied ones show less.",
)

DECK: dict[str, Card] = {card.name: card for card in (_INITIAL_LOSS, _NO_RESIDUAL, _LEARNING_RATE)}
"""By name, in the order in which they teach best."""
CANDIDATES: dict[str, Card] = {card.name: card for card in (_NO_ATTENTION, _NO_MLP, _NO_LAYER_NORM, _NO_MASK)}
"""Cards that came out as they say in every run so far, of fewer than ten: to be calibrated, not yet to be played."""


def find_card(name: str, *, is_calibrated: bool = True) -> Card:
    """Return the card of that name, with `is_calibrated=False` also a candidate; raises NotFoundError."""
    known = DECK if is_calibrated else DECK | CANDIDATES
    if name not in known:
        raise NotFoundError("there is no such card", where=name, do=f"The cards are {', '.join(known)}.")
    return known[name]
