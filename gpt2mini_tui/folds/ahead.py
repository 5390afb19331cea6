"""How far the training loss has gone ahead of val: a fold over validations that does not change its mind for noise.

A gap that wobbles about a limit would be overfitting at one validation and none at the next. So it takes two in a row
to say so, and two in a row that are clearly below the limit to take it back.
"""

import math

from gpt2mini_tui.folds.noted import Validation

__all__ = ["Ahead"]

_FAR = 0.25  # nats between val and the training loss
_GROWN = 0.2  # and by how much that is more than it was
_BACK = 0.1  # nats below that limit, where it is no longer far
_ENOUGH = 2  # validations in a row


class Ahead:
    """Whether the gap is far, from the validations since the last change; only `add` writes."""

    def __init__(self) -> None:
        """Start before anything was measured."""
        self.closest: Validation | None = None
        """The one with the smallest gap."""
        self.is_far = False
        """Whether the gap is large, and larger than it was."""
        self._against = 0  # validations in a row that say otherwise

    def add(self, found: Validation) -> None:
        """Take in the next validation; one without a gap says nothing."""
        if not math.isfinite(found.gap):
            return
        if self.closest is None or found.gap < self.closest.gap:
            self.closest = found
        limit = max(_FAR, self.closest.gap + _GROWN)
        is_against = found.gap < limit - _BACK if self.is_far else found.gap >= limit
        self._against = self._against + 1 if is_against else 0
        if self._against >= _ENOUGH:
            self.is_far, self._against = not self.is_far, 0
