"""How a run starts: the first weights, and the first steps."""

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.deck.sizes import DEEP
from gpt2mini.experiments.quantities import Quantity

__all__ = ["INITIAL_LOSS", "LEARNING_RATE", "ZERO_INIT"]

THEME = "How it starts"

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
    watch="The first point of each curve, and the line called guessing, which is ln V.",
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
    paper=(
        "Radford et al. 2019, Language Models are Unsupervised Multitask Learners, section 2.3; "
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks."
    ),
    otherwise="With tied embeddings the spread reaches the logits twice; untied ones show less.",
    theme=THEME,
)

ZERO_INIT = Card(
    name="zero-init",
    title="All first weights zero",
    question="Instead of small random numbers every matrix begins with zeros. Where is the loss after 50 steps?",
    choices=(
        Choice(key="a", text="below ln V: the gradient finds a way from any start", high=-0.2),
        Choice(key="b", text="at ln V, to the last digit: nothing has moved", low=-0.2, high=0.2),
        Choice(key="c", text="above ln V: it goes the wrong way", low=0.2),
    ),
    expected="b",
    quantity=Quantity(kind="above", arms=("zeros",), line="uniform"),
    settings={**DEEP, "n_layer": 2, "steps": 50, "eval_every": 10},
    arms=(("random", {}), ("zeros", {"init_std": 0.0})),
    watch="The gradient norm of both runs, and the line called guessing, which is ln V.",
    theme=THEME,
    claims=(
        Claim(
            text="its gradient was zero in every step",
            quantity=Quantity(kind="spikes", arms=("zeros", "random")),
            high=1e-6,
        ),
        Claim(
            text="with random numbers the same steps do learn",
            quantity=Quantity(kind="delta", arms=("zeros", "random")),
            low=0.5,
        ),
    ),
    numbers={
        "stuck": Quantity(kind="above", arms=("zeros",), line="uniform"),
        "behind": Quantity(kind="delta", arms=("zeros", "random")),
    },
    explanation=(
        "It ended {stuck} from ln V, {behind} behind the usual start. The gradient of a matrix is a product: what "
        "goes in, times what comes back from above. Here both are zero everywhere, in the embedding, in every block "
        "and in the head, so every gradient is zero and stays so, whatever the rate. Random numbers are not there to "
        "be a good guess. They are there so that the parts of the network differ, and each gets a gradient of its own."
    ),
    equation="∂L/∂W = Σ δ xᵀ: zero where the input x or the error δ behind the next matrix, Wᵀδ, is zero.",
    paper=(
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks; "
        "Zhang, Dauphin & Ma 2019, Fixup Initialization, arXiv:1901.09321, on which parts may begin at zero."
    ),
    otherwise="Some zeros are harmless, such as those of the biases or of the last matrix of each branch; all are not.",
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
    paper=(
        "Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, section 2.1, arXiv:1412.6980; "
        "Smith 2017, Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186, on range tests."
    ),
    otherwise="With more steps the low rate catches up: a rate is too low only for a budget.",
    theme=THEME,
)
