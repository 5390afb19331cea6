"""What a model keeps: a text learnt by heart, what stands against that, and one matrix for two jobs."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import SHORT
from gpt2mini.experiments.material import Piece
from gpt2mini.experiments.quantities import Quantity

__all__ = ["BY_HEART", "DROPOUT", "TIED"]

THEME = "What it memorises"

BY_HEART = Card(
    name="by-heart",
    title="240 characters by heart",
    question=(
        "The whole text is 240 characters long, and the model has some 60,000 parameters. Where does the loss go?"
    ),
    choices=(
        Choice(key="a", text="towards zero: it knows the text by heart", high=0.5),
        Choice(key="b", text="to what a text of that kind costs, one to two nats a character", low=0.5, high=2.2),
        Choice(key="c", text="hardly anywhere: so little text is too little to learn from", low=2.2),
    ),
    expected="a",
    quantity=Quantity(kind="train", arms=("whole model",)),
    settings={**SHORT, "eval_every": 0},
    arms=(("whole model", {}), ("no attention", {"attention": False})),
    piece=Piece(characters=240),
    watch="The loss falls through every level at which a model of language would stop. Nothing is held back to say so.",
    theme=THEME,
    claims=(
        Claim(
            text="without attention it cannot: one character does not tell where in the text it stands",
            quantity=Quantity(kind="train", arms=("no attention",)),
            low=0.8,
        ),
    ),
    numbers={
        "loss": Quantity(kind="train", arms=("whole model",)),
        "blind": Quantity(kind="train", arms=("no attention",)),
    },
    explanation=(
        "The loss came down to {loss} a character: a few characters of context say where in the text one is, and there "
        "is only one way on. Without attention it ended at {blind}, because one character stands in many places. "
        "Nothing is wrong with the model; the loss is right and says nothing about language. That is what a part of "
        "the text is held back for, and why the first text to try a new model on is one that it can learn by heart: "
        "if it cannot, there is a bug."
    ),
    equation="min of −Σ ln p(x_t | x_<t) is 0 when every context stands in the text once.",
    paper=(
        "Zhang et al. 2017, Understanding deep learning requires rethinking generalization, arXiv:1611.03530; "
        "Carlini et al. 2022, Quantifying Memorization Across Neural Language Models, arXiv:2202.07646."
    ),
    otherwise="With a text that repeats itself there is more than one way on; a longer text needs more steps.",
)

DROPOUT = Card(
    name="dropout",
    title="Dropout on little data",
    question=(
        "1,200 characters, read through a hundred times. While training, a fifth of the activations is dropped at "
        "random. What does that do to the loss on the part that is held back?"
    ),
    choices=(
        Choice(key="a", text="it ends clearly lower with dropout", high=-0.1),
        Choice(key="b", text="it ends about the same", low=-0.1, high=0.1),
        Choice(key="c", text="it ends clearly higher: noise only slows learning down", low=0.1),
    ),
    expected="a",
    quantity=Quantity(kind="delta", arms=("dropout 0.2", "none")),
    settings={**SHORT, "steps": 500, "eval_every": 20},
    arms=(("none", {}), ("dropout 0.2", {"dropout": 0.2})),
    piece=Piece(characters=1200),
    watch="Both losses of both runs: where the validation loss turns, while the training loss goes on falling.",
    theme=THEME,
    claims=(
        Claim(
            text="without dropout the validation loss has turned, and risen",
            quantity=Quantity(kind="rise", arms=("none",)),
            low=0.2,
        ),
        Claim(
            text="with dropout it knows less of the text by heart: its training loss is higher",
            quantity=Quantity(kind="cost", arms=("dropout 0.2", "none")),
            low=0.3,
        ),
    ),
    numbers={
        "delta": Quantity(kind="delta", arms=("dropout 0.2", "none")),
        "rise": Quantity(kind="rise", arms=("none",)),
        "later": Quantity(kind="rise", arms=("dropout 0.2",)),
        "gap": Quantity(kind="gap", arms=("none",)),
        "cost": Quantity(kind="cost", arms=("dropout 0.2", "none")),
    },
    explanation=(
        "Without dropout the validation loss rose by {rise} from its lowest point, and ended {gap} above the training "
        "loss: the model learnt the text itself, not what texts of that kind have in common. With dropout it rose by "
        "{later} and ended {delta} against the run without, while the training loss was {cost} higher, its own noise "
        "included. What cannot rely on any one unit cannot store single strings as easily. It is a delay, not a cure: "
        "more text, or to stop at the lowest point, helps more. Large models read their text about once, so there is "
        "little to store twice, and most are trained without."
    ),
    equation="y = m ⊙ x / (1 − p) with m ~ Bernoulli(1 − p) while training; y = x afterwards.",
    paper=(
        "Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15; "
        "Geiping & Goldstein 2022, Cramming: Training a Language Model on a Single GPU in One Day, arXiv:2212.14034."
    ),
    otherwise="If the validation loss has not turned yet, the text is too long or the run too short for overfitting.",
)

TIED = Card(
    name="tied-embeddings",
    title="One matrix for reading and writing",
    question="GPT-2 embeds tokens and predicts them with the same matrix. Given a second one of its own, what changes?",
    choices=(
        Choice(key="a", text="it gets clearly better: twice the freedom", high=-0.2),
        Choice(key="b", text="hardly anything: less than a fifth of a nat", low=-0.2, high=0.2),
        Choice(key="c", text="it gets clearly worse: twice as much to learn", low=0.2),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("untied", "tied")),
    settings=SHORT,
    arms=(("tied", {}), ("untied", {"tied_embeddings": False})),
    watch="How close the curves lie, and how little the number of parameters differs.",
    theme=THEME,
    numbers={"delta": Quantity(kind="delta", arms=("untied", "tied"))},
    explanation=(
        "No visible effect at this size: they ended {delta} apart, and two seeds of one and the same model differ by "
        "about as much. The reason is the vocabulary. Here it is some 70 or 100 characters, and the matrix a "
        "twentieth of the parameters; in the smallest GPT-2 it is 50,257 tokens by 768, 31 % of 124 million. There "
        "tying saves memory, and rare words learn from being predicted as well as from being read."
    ),
    equation="logits = h Eᵀ with the E of x = E[token]; untied: logits = h Uᵀ.",
    paper=(
        "Press & Wolf 2017, Using the Output Embedding to Improve Language Models, arXiv:1608.05859; "
        "Inan et al. 2017, Tying Word Vectors and Word Classifiers, arXiv:1611.01462."
    ),
    otherwise="A single pair of runs can differ by chance: several seeds tell more.",
)
