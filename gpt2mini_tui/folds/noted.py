"""What a history notes of single steps: what was changed, measured, left out or written."""

import math
from dataclasses import dataclass

from gpt2mini.ablations import SWITCHES, Ablations
from gpt2mini.settings import Value
from gpt2mini_tui.switches import mark

__all__ = ["Adjustment", "Change", "Flip", "Skip", "Text", "Validation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that was set while training, and how things stood just then."""

    step: int
    name: str
    value: Value
    was: Value
    loss: float
    """Smoothed training loss in nats before it; NaN where there was none."""
    val: float
    """The validation loss before it; NaN where there was none."""
    was_still: bool
    """Whether the training loss no longer fell just before it."""


class Flip(Change):
    """Of a switch."""

    __slots__ = ()

    @property
    def is_default(self) -> bool:
        """Whether this put the part back as GPT-2 has it."""
        return self.value == SWITCHES[self.name].default

    @property
    def mark(self) -> str:
        """Return its mark: a capital when something was changed, a small letter when it was put back."""
        return mark(self.name, self.value)


class Adjustment(Change):
    """Of a hyper-parameter."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """A measurement on text held back, and what it was measured with."""

    step: int
    loss: float
    ablations: Ablations
    train_loss: float
    """Smoothed training loss in nats at that step; NaN where there was none."""

    @property
    def gap(self) -> float:
        """By how much the text held back is harder than the text it learns from; NaN before it has learned."""
        return self.loss - self.train_loss

    @property
    def is_prediction(self) -> bool:
        """Whether the model had to predict; else this is no measure of it, however low."""
        return self.ablations.predicts

    def is_better_than(self, best: "Validation | None") -> bool:
        """Tell whether it is the best so far; a number that is not finite never is."""
        return self.is_prediction and math.isfinite(self.loss) and (best is None or self.loss < best.loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A step that was left out, because a number in it was not finite."""

    step: int
    tensor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Something the model wrote."""

    step: int
    prompt: str
    text: str
    asked: bool
