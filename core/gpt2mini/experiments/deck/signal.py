"""What carries the signal."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import DEEP, LONG, SHORT
from gpt2mini.experiments.material import Piece
from gpt2mini.experiments.quantities import Quantity

__all__ = ["IDENTITY", "NO_ATTENTION", "NO_MLP", "NO_RESIDUAL", "STOPPED_TOO_SOON"]

THEME = "What carries the signal"

NO_RESIDUAL = Card(
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
    settings=DEEP,
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
    paper=(
        "He et al. 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027; "
        "Dong et al. 2021, Attention is not all you need: pure attention loses rank doubly exponentially with depth, "
        "arXiv:2103.03404."
    ),
    otherwise="At fewer blocks or a lower rate the signal can still get through; four blocks at 3e-3 are enough here.",
    theme=THEME,
)

NO_ATTENTION = Card(
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
    settings=LONG,
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
    paper=(
        "Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762; "
        "Elhage et al. 2021, A Mathematical Framework for Transformer Circuits: zero layers are bigrams."
    ),
    otherwise="If the baseline has not passed the 2-gram line yet, it was stopped too early to tell: try more steps.",
    theme=THEME,
)

STOPPED_TOO_SOON = Card(
    name="stopped-too-soon",
    title="The same ablation, stopped after a hundred steps",
    question=("With and without attention again, but only a fifth as long. How do the two compare after 100 steps?"),
    choices=(
        Choice(key="a", text="without attention it is behind already", low=0.1),
        Choice(key="b", text="without attention it is as good, or ahead", high=0.1),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no attention", "baseline")),
    settings={**LONG, "steps": 100, "eval_every": 20},
    arms=(("baseline", {}), ("no attention", {"attention": False})),
    watch="Both curves against the 2-gram line, which neither of them has reached.",
    theme=THEME,
    claims=(
        Claim(
            text="neither has passed the 2-gram line",
            quantity=Quantity(kind="above", arms=("baseline",), line="2-gram"),
            low=0.0,
        ),
    ),
    numbers={
        "delta": Quantity(kind="delta", arms=("no attention", "baseline")),
        "left": Quantity(kind="above", arms=("baseline",), line="2-gram"),
    },
    explanation=(
        "Without attention the loss ended {delta} against the baseline, and the baseline was still {left} from the "
        "2-gram line. Up to there nothing is to be learnt but which character follows which; a model without attention "
        "learns just that, with fewer parts in its way. Read at this point, the table of ablations says that attention "
        "does nothing. The card on attention trains the same two models five times as long, and says the opposite. An "
        "ablation is a statement about a number of steps, a size and a text, never about a part alone."
    ),
    equation="The best p(x_t | x_{t−1}) costs the 2-gram line; only what lies below it needs more context.",
    paper=(
        "Shannon 1951, Prediction and Entropy of Printed English; "
        "Elhage et al. 2021, A Mathematical Framework for Transformer Circuits: zero layers are bigrams."
    ),
    otherwise="If the baseline leads already, this text rewards context early: fewer steps show the same.",
)

NO_MLP = Card(
    name="no-mlp",
    title="Attention is not all you need",
    question="Two thirds of a block's weights are in its MLP. Without it, attention alone remains. How much is lost?",
    choices=(
        Choice(key="a", text="nothing that can be seen", high=0.05),
        Choice(key="b", text="some: it learns, but ends visibly higher", low=0.05, high=0.8),
        Choice(key="c", text="everything: it stays on the 1-gram line", low=0.8),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no MLP", "baseline")),
    settings=SHORT,
    arms=(("baseline", {}), ("no MLP", {"mlp": False})),
    watch="How far apart the curves are when they come near the 2-gram line.",
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
    paper=(
        "Geva et al. 2021, Transformer Feed-Forward Layers Are Key-Value Memories, arXiv:2012.14913; "
        "Dong et al. 2021, Attention is not all you need, arXiv:2103.03404."
    ),
    otherwise="Very early in training both are still learning character pairs, and attention alone does that too.",
    theme=THEME,
)

IDENTITY = Card(
    name="activation-identity",
    title="An MLP without its nonlinearity",
    question=(
        "The MLP stays, four times as wide inside, but its activation is the identity. The model "
        "is to learn 999 characters by heart. Is it as good at that as with ReLU?"
    ),
    choices=(
        Choice(key="a", text="yes: the number of weights decides", high=0.1),
        Choice(key="b", text="no: it keeps visibly less in as many weights", low=0.1),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("identity", "ReLU")),
    settings={**SHORT, "eval_every": 0},
    arms=(
        ("ReLU", {"activation": "relu"}),
        ("identity", {"activation": "identity"}),
    ),
    piece=Piece(characters=999),
    watch="Two training losses. Both begin with the frequent pairs; then they part.",
    theme=THEME,
    numbers={
        "delta": Quantity(kind="delta", arms=("identity", "ReLU")),
    },
    explanation=(
        "The linear one ended {delta} behind. W₂(W₁x) is (W₂W₁)x, one matrix in the form of two: it can turn and mix "
        "what is there, but not say 'if this and that, then the other', which is what a memory of strings consists "
        "of. ReLU can: each of its units answers to one pattern, and is silent for the rest. On "
        "new text after as few steps you would hardly see the difference; keeping things shows it first."
    ),
    equation="W₂ σ(W₁ x) with σ(x) = max(0, x); for σ(x) = x it is (W₂ W₁) x, of rank n_embd at most.",
    paper=(
        "Geva et al. 2021, Transformer Feed-Forward Layers Are Key-Value Memories, arXiv:2012.14913; "
        "Hendrycks & Gimpel 2016, Gaussian Error Linear Units, arXiv:1606.08415, on shapes of σ."
    ),
    otherwise="With very few steps both only know pairs of characters, for which no nonlinearity is needed.",
)
