"""The switches: every part of a transformer that can be turned off while it trains.

Switches are an argument of the forward pass, never a state of the model: `model(idx, on)`. So the same weights can be
asked with and without a part, and nothing has to be put back afterwards.
"""

from dataclasses import dataclass, replace
from typing import Literal

from gpt2mini.errors import UsageError
from gpt2mini.settings import Spec, Value, check, setting, specs

__all__ = ["ALL_ON", "SWITCHES", "TRAINING_AIDS", "Ablations", "Activation", "LnStyle"]

LnStyle = Literal["pre", "post", "none"]
Activation = Literal["gelu", "relu", "identity", "gelu_tanh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablations:
    """Which parts of the transformer are on. The default is GPT-2 with everything on.

    Raises UsageError for a value that a switch does not have.
    """

    residual: bool = setting(
        True,
        live=True,
        help="Add each sublayer's input to its output: x + f(x).",
        expect="Off from the start, the loss stays on the 1-gram line: all positions end up alike, and the gradients "
        "of the first blocks vanish.",
    )
    attention: bool = setting(
        True,
        live=True,
        help="Let positions read from one another.",
        expect="Without it each position knows only its own token: the loss never passes the 2-gram line, however "
        "long it trains.",
    )
    mlp: bool = setting(
        True,
        live=True,
        help="Transform each position by a two-layer perceptron.",
        expect="Without it the loss falls more slowly and ends higher; attention alone can only mix what is there.",
    )
    ln_style: LnStyle = setting(
        "pre",
        live=True,
        choices=("pre", "post", "none"),
        help="Where LayerNorm stands: before each sublayer (GPT-2), after the sum (the 2017 form), or nowhere.",
        expect="Post-LN at a high rate without warm-up dies on the 1-gram line; without LayerNorm the gradient norm "
        "shoots up.",
    )
    position_embedding: bool = setting(
        True,
        live=True,
        help="Add a learned vector for the position.",
        expect="Hardly anything on text: the causal mask alone tells positions apart.",
    )
    causal_mask: bool = setting(
        True,
        live=True,
        help="Forbid attending to the future.",
        expect="Without it the loss falls far below the 4-gram line while samples turn to noise: it reads the answer.",
    )
    attention_scale: bool = setting(
        True,
        live=True,
        help="Divide attention scores by the square root of the head width.",
        expect="Little at small head widths; at larger ones attention saturates and learns more slowly.",
    )
    dropout: bool = setting(
        True,
        live=True,
        help="Drop activations at random while training (the rate is --dropout).",
        expect="Without it training loss falls faster; on little data validation loss turns up sooner.",
    )
    grad_clip: bool = setting(
        True,
        live=True,
        help="Limit the global gradient norm (the limit is --grad-clip).",
        expect="Without it spikes of the gradient norm reach the weights; the loss may jump.",
    )
    warmup: bool = setting(
        True,
        live=True,
        help="Raise the learning rate linearly over the first steps.",
        expect="Without it the first steps are the largest: Post-LN and deep models may never recover.",
    )
    weight_decay: bool = setting(
        True,
        live=True,
        help="Pull weight matrices towards zero a little at each step.",
        expect="Hardly anything in a short run; it matters over many passes through little data.",
    )
    activation: Activation = setting(
        "gelu",
        live=True,
        choices=("gelu", "relu", "identity", "gelu_tanh"),
        help="The nonlinearity inside the MLP; gelu_tanh is the approximation that the published GPT-2 uses.",
        expect="ReLU and the approximation do about as well as GELU; identity makes the MLP linear, little better than "
        "none.",
    )

    def __post_init__(self) -> None:
        """Refuse a value that a switch does not have."""
        check(self)

    @property
    def predicts(self) -> bool:
        """Whether the model has to predict: without the causal mask it reads what comes, and no loss counts as best."""
        return self.causal_mask

    @property
    def network(self) -> dict[str, Value]:
        """Return the switches that the function of a trained model depends on, by name: all but the training aids."""
        return {name: getattr(self, name) for name in SWITCHES if name not in TRAINING_AIDS}

    def with_switch(self, name: str, value: Value) -> "Ablations":
        """Return a copy with one switch set; raises UsageError if there is no such switch or no such value."""
        if name not in SWITCHES:
            raise UsageError(f"there is no switch {name!r}", do=f"The switches are {', '.join(SWITCHES)}.")
        SWITCHES[name].check(value)
        return replace(self, **{name: value})  # type: ignore[arg-type]  # checked in the line above

    def changed(self) -> dict[str, Value]:
        """Return what differs from GPT-2 as it is, by name."""
        return {name: getattr(self, name) for name, spec in SWITCHES.items() if getattr(self, name) != spec.default}


SWITCHES: dict[str, Spec] = {spec.name: spec for spec in specs(Ablations)}
ALL_ON = Ablations()
TRAINING_AIDS = ("dropout", "grad_clip", "warmup", "weight_decay")
"""Switches that matter only while a model is trained."""
