"""What a model sees: what it may look at, and what it can find there."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import LONG, SHORT
from gpt2mini.experiments.material import Piece
from gpt2mini.experiments.quantities import Quantity

__all__ = ["INDUCTION", "NO_MASK", "NO_POSITIONS"]

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

INDUCTION = Card(
    name="induction",
    title="Finding what came before: one layer or two",
    question=(
        "Each line is a row of random characters, a sign, and the same row again: ab3d>ab3d. To write it again one has "
        "to find each character and take the one after it. Which model learns that: one layer, two, or both?"
    ),
    choices=(
        Choice(key="a", text="both alike: to look back once is all it takes", low=-0.3, high=0.3),
        Choice(key="b", text="two layers, and one layer hardly", low=0.3),
        Choice(key="c", text="one layer, and two hardly: they have more to learn", high=-0.3),
    ),
    expected="b",
    quantity=Quantity(kind="lead", arms=("two layers", "one layer")),
    settings={
        "n_layer": 2,
        "n_head": 4,
        "n_embd": 64,
        "block_size": 64,
        "batch_size": 16,
        "steps": 480,
        "lr": 5e-3,
        "warmup": 50,
        "eval_every": 24,
        "init_std": 0.05,
    },
    arms=(("two layers", {}), ("one layer", {"n_layer": 1})),
    piece=Piece(text="copy"),
    watch="The share of new problems that are answered exactly: nothing for long, and then nearly all at once.",
    theme=THEME,
    claims=(
        Claim(
            text="two layers answer most of them",
            quantity=Quantity(kind="exact", arms=("two layers",)),
            low=0.7,
        ),
        Claim(
            text="with two layers it comes suddenly: more than half of all problems within a fifth of the steps",
            quantity=Quantity(kind="leap", arms=("two layers",)),
            low=0.5,
        ),
    ),
    numbers={
        "two": Quantity(kind="exact", arms=("two layers",)),
        "one": Quantity(kind="exact", arms=("one layer",)),
        "leap": Quantity(kind="leap", arms=("two layers",)),
        "tokens": Quantity(kind="answers", arms=("one layer",)),
        "loss": Quantity(kind="delta", arms=("one layer", "two layers")),
    },
    explanation=(
        "Of new problems two layers answered {two} without a mistake, one layer {one}; its loss ended {loss} above. "
        "One layer can look for an earlier place with the same character, but brings back from there that character, "
        "not the one behind it. It has to make do with hints, such as which characters the row has and how far back "
        "they stand: {tokens} of the single characters of its answers were right. Two layers can do more. A head of "
        "the first writes into each position what stood before it; a head of the second looks for the position that "
        "was preceded by what is here now, and copies it. Each half is of use only once the other is there, so "
        "nothing is seen for long, and then it goes up at once, {leap} within a fifth of the steps. Such induction "
        "heads are the simplest learning from context there is."
    ),
    equation="… A B … A → B: layer 1 writes 'A came before' beside B; layer 2 asks for that and copies B.",
    paper=(
        "Elhage et al. 2021, A Mathematical Framework for Transformer Circuits; "
        "Olsson et al. 2022, In-context Learning and Induction Heads, arXiv:2209.11895."
    ),
    otherwise="The moment varies with the seed: where two layers are still on the plateau, more steps show the fall.",
)
