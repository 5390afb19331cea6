"""What a model sees: what it may look at, and what it can find there."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import LONG, SHORT
from gpt2mini.experiments.quantities import Quantity

__all__ = ["NO_MASK", "NO_POSITIONS"]

THEME = "What it sees"

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
    settings={**LONG, "block_size": 8, "steps": 300},
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
    paper="Vaswani et al. 2017, Attention Is All You Need, section 3.2.3, arXiv:1706.03762.",
    otherwise="The copying has to be found first: a longer block or fewer steps show nothing yet. Try more steps.",
    theme=THEME,
)

NO_POSITIONS = Card(
    name="no-positions",
    title="Without position embeddings",
    question="Attention takes a mean over a set, and nothing tells it any more what stands where. What is lost?",
    choices=(
        Choice(key="a", text="clearly something: a bag of characters is all it sees", low=0.2),
        Choice(key="b", text="hardly anything: less than a fifth of a nat", low=-0.2, high=0.2),
        Choice(key="c", text="nothing, on the contrary: it is clearly ahead", high=-0.2),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("no positions", "baseline")),
    settings=SHORT,
    arms=(("baseline", {}), ("no positions", {"position_embedding": False})),
    watch="Whether the curves part at all once they come near the 2-gram line.",
    theme=THEME,
    numbers={"delta": Quantity(kind="delta", arms=("no positions", "baseline"))},
    explanation=(
        "No visible effect at this size, or a small one: {delta}. The causal mask gives positions away. The first "
        "position sees one token, the second two, so how even the attention of a position is tells how far along it "
        "stands; the blocks above can read that off and count. With the mask off as well, order would be gone for "
        "good: shuffle the past, and nothing would change. On text this short, most of what can be known is in the "
        "last few characters anyway."
    ),
    equation="Without the mask, attention commutes with permutations: A(Px) = P A(x). The mask breaks that.",
    paper=(
        "Haviv et al. 2022, Transformer Language Models without Positional Encodings Still Learn Positional "
        "Information, arXiv:2203.16634; Kazemnejad et al. 2023, The Impact of Positional Encoding on Length "
        "Generalization in Transformers, arXiv:2305.19466."
    ),
    otherwise="A pair of runs can differ by chance: several seeds tell whether it does here.",
)
