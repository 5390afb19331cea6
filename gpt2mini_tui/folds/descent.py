"""Whether the training loss still falls: told from its latest steps, and not told otherwise for noise alone."""

from collections.abc import Sequence
from statistics import fmean

__all__ = ["Descent"]

_FALLS = 0.02  # nats between two halves of the latest losses, where it begins to be called a fall
_STILL = 0.0  # and below which it is one no longer
_EVERY = 5  # steps between two looks


class Descent:
    """The fall of the training loss since the last change; only `look` writes."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self.goes_on = False
        """Whether it falls."""
        self._taken = 0  # steps

    def look(self, losses: Sequence[float]) -> None:
        """Look at the latest losses after each step; most of the times that is too soon again."""
        self._taken += 1
        half = len(losses) // 2
        if self._taken % _EVERY or half < 2:
            return
        latest = list(losses)
        fallen = fmean(latest[:half]) - fmean(latest[-half:])
        self.goes_on = fallen >= (_STILL if self.goes_on else _FALLS)
