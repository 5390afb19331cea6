"""How deep a model can be, and still start: where the norm stands, warm-up, and smaller first weights."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import LONG, TALL
from gpt2mini.experiments.quantities import Quantity

__all__ = ["POST_LN", "RESIDUAL_INIT", "WARM_UP"]

THEME = "What depth asks for"

POST_LN = Card(
    name="post-ln-warm-up",
    title="LayerNorm before or after, with and without warm-up",
    question=(
        "GPT-2 norms before each sublayer (Pre-LN), the first transformer after each sum (Post-LN). Both reach the "
        "full rate after 10 steps, or only after 200 of 300. Which of the four fail?"
    ),
    choices=(
        Choice(key="a", text="none, or Post-LN with either: the norm decides, warm-up hardly", high=0.2),
        Choice(key="b", text="Post-LN with the short warm-up, which the long one rescues", low=0.2),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("post, short", "post, long")),
    settings={**LONG, "n_layer": 4, "lr": 5e-3, "steps": 300, "eval_every": 50},
    arms=(
        ("pre, short", {"warmup": 10}),
        ("pre, long", {"warmup": 200}),
        ("post, short", {"ln_style": "post", "warmup": 10}),
        ("post, long", {"ln_style": "post", "warmup": 200}),
    ),
    watch="Which of the four curves fall; then the gradient of the first block over the last one's, and the cosine.",
    theme=THEME,
    claims=(
        Claim(
            text="Post-LN with the short warm-up stays on the 1-gram line",
            quantity=Quantity(kind="above", arms=("post, short",), line="1-gram"),
            low=-0.15,
        ),
        Claim(
            text="all of its positions become the same (token cosine above 0.95)",
            quantity=Quantity(kind="cosine", arms=("post, short",)),
            low=0.95,
        ),
        Claim(
            text="Post-LN with the long one uses context",
            quantity=Quantity(kind="above", arms=("post, long",), line="1-gram"),
            high=-0.2,
        ),
        Claim(
            text="Pre-LN lives with the short one",
            quantity=Quantity(kind="above", arms=("pre, short",), line="1-gram"),
            high=-0.2,
        ),
    ),
    numbers={
        "rescued": Quantity(kind="delta", arms=("post, short", "post, long")),
        "pre": Quantity(kind="delta", arms=("pre, short", "pre, long")),
        "line": Quantity(kind="above", arms=("post, short",), line="1-gram"),
        "cosine": Quantity(kind="cosine", arms=("post, short",)),
    },
    explanation=(
        "Post-LN with 10 steps ended {line} from the 1-gram line, with token cosine {cosine}: dead, by the same signs "
        "as a model without residual connections. The long warm-up made {rescued} of difference, for Pre-LN {pre}: "
        "useful there, vital here. In Post-LN the norm stands on the residual path itself, so at the start the "
        "gradients near the output are large, and full steps along them throw the blocks into a state they do not "
        "come back from. Small steps first let them settle. In Pre-LN the path is free. That is why it replaced "
        "Post-LN, not a better optimum."
    ),
    equation="Post: x ← LN(x + f(x)). Pre: x ← x + f(LN(x)), and one LN at the end.",
    paper="Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, arXiv:2002.04745.",
    otherwise="A lower rate or fewer blocks save Post-LN too; a much higher rate kills it whatever the warm-up.",
)

WARM_UP = Card(
    name="warm-up",
    title="Twelve blocks, and no warm-up",
    question=(
        "Pre-LN is said to need no warm-up. Twelve blocks at a rate of 6e-3: one model starts at the full rate, the "
        "other reaches it after half of the steps. How do they end?"
    ),
    choices=(
        Choice(key="a", text="about the same: that is what Pre-LN is for", low=-0.1, high=0.1),
        Choice(key="b", text="the one without warm-up is clearly behind", low=0.1),
        Choice(key="c", text="the one without is ahead: it had the full rate for longer", high=-0.1),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no warm-up", "50 steps")),
    settings=TALL,
    arms=(("50 steps", {}), ("no warm-up", {"warmup": 0})),
    watch="The first twenty steps: what the gradient norm does, and where the loss is left.",
    theme=THEME,
    claims=(
        Claim(
            text="with warm-up it learns more than how frequent each character is",
            quantity=Quantity(kind="above", arms=("50 steps",), line="1-gram"),
            high=-0.1,
        ),
    ),
    numbers={
        "delta": Quantity(kind="delta", arms=("no warm-up", "50 steps")),
        "line": Quantity(kind="above", arms=("no warm-up",), line="1-gram"),
        "cosine": Quantity(kind="cosine", arms=("no warm-up",)),
    },
    explanation=(
        "Without warm-up it ended {delta} behind, {line} from the 1-gram line, with token cosine {cosine}. Adam's "
        "first steps are its worst: its averages rest on one batch or a few, and every weight moves by the full rate "
        "in whatever direction that batch had. Twelve blocks then change at once, each for inputs that all the others "
        "are changing too. Small first steps cost little and keep that from happening. At a rate half as high the "
        "same model loses far less, so 'no warm-up needed' is a statement about depth and rate."
    ),
    equation="lr_t = lr · min(1, t / T_w); Adam's first step is lr · sign(g), whatever the size of g.",
    paper=(
        "Goyal et al. 2017, Accurate, Large Minibatch SGD, arXiv:1706.02677; "
        "Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, arXiv:1908.03265; "
        "Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, arXiv:2002.04745."
    ),
    otherwise="Fewer blocks or a lower rate get by without; a still higher rate fails with it as well.",
)

RESIDUAL_INIT = Card(
    name="residual-init",
    title="Twelve blocks that all add to one stream",
    question=(
        "Every block adds its output to the residual stream, twice. Before anything is learnt: how much larger is the "
        "stream after the twelfth block than after the first?"
    ),
    choices=(
        Choice(key="a", text="about as large: LayerNorm sees to that", high=1.6),
        Choice(key="b", text="visibly larger, unless the projections into it start smaller", low=1.6),
    ),
    expected="b",
    quantity=Quantity(kind="growth", arms=("plain",)),
    settings={**TALL, "steps": 40, "warmup": 20, "eval_every": 10},
    arms=(("plain", {}), ("scaled", {"scaled_init": True})),
    watch="The residual norm of each layer in the first row of the heatmap.",
    theme=THEME,
    claims=(
        Claim(
            text="with projections smaller by √24 it grows far less",
            quantity=Quantity(kind="growth", arms=("scaled",)),
            high=1.5,
        ),
    ),
    numbers={
        "plain": Quantity(kind="growth", arms=("plain",)),
        "scaled": Quantity(kind="growth", arms=("scaled",)),
        "delta": Quantity(kind="delta", arms=("plain", "scaled")),
    },
    explanation=(
        "After one step the stream grew {plain} from the first block to the last, with scaled projections {scaled}. "
        "Each block adds something that has nothing to do with what is there already, so the squares add up, and the "
        "stream grows like the root of the depth. LayerNorm evens out what each block reads, not what it adds to, so "
        "late blocks count for less and early ones can hardly be heard. GPT-2 divides the first weights of those "
        "projections by √(2N). In the loss that came to {delta} after so few steps; with more blocks it decides more."
    ),
    equation="‖x_L‖² ≈ ‖x_0‖² + Σ‖f_l‖²; with W ~ N(0, 0.02²/2N) the sum does not depend on N.",
    paper=(
        "Radford et al. 2019, Language Models are Unsupervised Multitask Learners, section 2.3; "
        "Zhang, Dauphin & Ma 2019, Fixup Initialization, arXiv:1901.09321."
    ),
    otherwise="With fewer blocks there is less to add up.",
)
