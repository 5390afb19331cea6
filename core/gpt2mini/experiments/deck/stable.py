"""What keeps training stable, and what one only believes to."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import SHORT
from gpt2mini.experiments.quantities import Quantity

__all__ = ["ATTENTION_SCALE", "CLIPPING", "NO_LAYER_NORM"]

THEME = "What keeps it stable"

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
    settings=SHORT,
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
    paper=(
        "Ba, Kiros & Hinton 2016, Layer Normalization, arXiv:1607.06450; "
        "Zhu et al. 2025, Transformers without Normalization, arXiv:2503.10622, on what can take its place."
    ),
    otherwise="A shallow model at a low rate can do without; depth and rate make the norm matter.",
    theme=THEME,
)

CLIPPING = Card(
    name="no-clipping",
    title="No limit to the gradient",
    question="Gradients of any size reach the optimiser: clipping is off. The model is sound otherwise. What changes?",
    choices=(
        Choice(key="a", text="it gets clearly worse, or does not survive", low=0.2),
        Choice(key="b", text="hardly anything: less than a fifth of a nat", low=-0.2, high=0.2),
        Choice(key="c", text="it gets clearly better: clipping held it back", high=-0.2),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no clipping", "baseline")),
    settings=SHORT,
    arms=(("baseline", {}), ("no clipping", {"grad_clip": False})),
    watch="The gradient norm against the line at 1: how often it is above, and what the loss does then.",
    theme=THEME,
    numbers={
        "delta": Quantity(kind="delta", arms=("no clipping", "baseline")),
        "spikes": Quantity(kind="spikes", arms=("no clipping", "baseline")),
    },
    explanation=(
        "Hardly any effect at this size: {delta}, with a largest gradient of {spikes} the baseline's. Clipping "
        "multiplies the whole gradient by a number, and Adam divides it by its own running size, so most of that "
        "number falls out again: a step is about as long as the rate says, with or without. Plain gradient descent "
        "would feel every spike at full length. What clipping still guards against is the rare batch that spoils "
        "Adam's averages for many steps. One of the ten runs behind this card met one; longer runs do sooner or later."
    ),
    equation="g ← g · min(1, 1/‖g‖); Adam's step m̂/√v̂ does not change if all g are scaled alike.",
    paper=(
        "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, arXiv:1211.5063; "
        "Kingma & Ba 2015, Adam, section 2.1, arXiv:1412.6980."
    ),
    otherwise="One run met a spike that the other was spared, or it is chance: several seeds tell how often.",
)

ATTENTION_SCALE = Card(
    name="attention-scale",
    title="Scores that are not divided by √d",
    question=(
        "The heads are 12 wide. Scores are no longer divided by √12, so they begin three times as large. What is lost?"
    ),
    choices=(
        Choice(key="a", text="clearly something: the softmax saturates and learns badly", low=0.2),
        Choice(key="b", text="hardly anything: less than a fifth of a nat", low=-0.2, high=0.2),
        Choice(key="c", text="nothing, on the contrary: sharp attention is ahead", high=-0.2),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no scale", "baseline")),
    settings=SHORT,
    arms=(("baseline", {}), ("no scale", {"attention_scale": False})),
    watch="The entropy of the attention: it starts near that of an even look at everything in both runs.",
    theme=THEME,
    numbers={"delta": Quantity(kind="delta", arms=("no scale", "baseline"))},
    explanation=(
        "No visible effect at this size: {delta}. The reason for the scale is that a score is a sum of d products, so "
        "it spreads like √d if questions and keys have entries of size one. Here they have not: first weights of "
        "0.02 make them small, and three times almost nothing still leaves the softmax nearly even. From there the "
        "weights grow to what they need, whatever they are divided by. The scale begins to count with wide heads, "
        "larger first weights, or a rate that fits the one and not the other."
    ),
    equation="softmax(QKᵀ/√d): the variance of q·k is d for independent entries of variance 1.",
    paper="Vaswani et al. 2017, Attention Is All You Need, section 3.2.1 and its footnote 4, arXiv:1706.03762.",
    otherwise="A pair of runs can differ by chance: several seeds tell whether it does here.",
)
