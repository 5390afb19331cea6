"""What a model may see."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import LONG
from gpt2mini.experiments.quantities import Quantity

__all__ = ["NO_MASK"]

THEME = "What it may see"

NO_MASK = Card(
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
    settings={**LONG, "block_size": 8, "batch_size": 32, "n_embd": 48},
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
    theme=THEME,
)
