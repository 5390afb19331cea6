"""When a loss is out of the ordinary: a fold over the losses of a run, so small that a checkpoint can carry it."""

import math
from dataclasses import dataclass

from gpt2mini.errors import UsageError

__all__ = ["Usual"]

SPAN = 10
"""Steps over which what is usual is averaged: few, because the loss falls."""
LEARNING = 20
"""Steps before there is anything usual."""
SPREADS, LEAST = 4.0, 0.5
"""A spike is so many mean changes above the mean, and at least so many nats: the noise of a batch is neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The running mean of the loss, how much it changes from step to step, and whether the last one was a spike."""

    mean: float = 0.0
    last: float = 0.0
    spread: float = 0.0
    """Mean absolute change from one step to the next, in nats."""
    count: int = 0
    is_high: bool = False

    def __post_init__(self) -> None:
        """Refuse what no losses could have left."""
        numbers = (self.mean, self.last, self.spread, self.count)
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise UsageError("the usual loss is not a number")
        if not isinstance(self.is_high, bool) or self.count < 0:
            raise UsageError("the usual loss makes no sense")

    def is_spike(self, loss: float) -> bool:
        """Tell whether this loss jumps out of what is usual; only the first of several in a row does."""
        return not self.is_high and self._is_high(loss)

    def after(self, loss: float) -> "Usual":
        """Return what is usual once this loss has been seen."""
        change = abs(loss - self.last) if self.count else 0.0
        return Usual(
            mean=self.mean + (loss - self.mean) / min(self.count + 1, SPAN),
            last=loss,
            spread=self.spread + (change - self.spread) / min(self.count + 1, 5 * SPAN),
            count=self.count + 1,
            is_high=self._is_high(loss),
        )

    def _is_high(self, loss: float) -> bool:
        return self.count >= LEARNING and loss > self.mean + max(LEAST, SPREADS * self.spread)
