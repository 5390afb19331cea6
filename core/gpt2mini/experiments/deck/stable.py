"""What keeps training stable."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import DEEP, LONG
from gpt2mini.experiments.quantities import Quantity

__all__ = ["INITIAL_LOSS", "LEARNING_RATE", "NO_LAYER_NORM"]

THEME = "What keeps it stable"

INITIAL_LOSS = Card(
    name="initial-loss",
    title="The loss before the first step",
    question="First weights drawn with a spread of 0.02, as in GPT-2, or of 1: what is the loss of the first batch?",
    choices=(
        Choice(key="a", text="about ln V with either: an untrained model knows nothing", high=0.5),
        Choice(key="b", text="far above ln V with a spread of 1", low=0.5),
    ),
    expected="b",
    quantity=Quantity(kind="initial", arms=("spread 1",)),
    settings={**DEEP, "n_layer": 2, "steps": 100, "eval_every": 20},
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
    theme=THEME,
)

LEARNING_RATE = Card(
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
    settings={**DEEP, "n_layer": 2},
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
    theme=THEME,
)

NO_LAYER_NORM = Card(
    name="no-layernorm",
    title="No LayerNorm at all",
    question="Nothing keeps the size of the activations in bounds. What does that cost?",
    choices=(
        Choice(key="a", text="nothing: the loss is about the same", high=0.15),
        Choice(key="b", text="it learns, but visibly worse", low=0.15),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no LayerNorm", "baseline")),
    settings=LONG,
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
    theme=THEME,
)
