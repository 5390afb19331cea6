"""How far the training loss has gone ahead of val, or stands above it: folds that do not change their mind for noise.

A number that wobbles about a limit would be overfitting at one validation and none at the next. So whatever was said is
taken back only by two in a row that are clearly on the other side.
"""

import math
from collections.abc import Sequence

from gpt2mini_tui.folds.noted import Validation

__all__ = ["Above", "Ahead", "Rise"]

_FAR = 0.25  # nats between val and the training loss, whichever is the larger
_GROWN = 0.2  # and by how much that is more than it was
_BACK = 0.1  # nats below that limit, where it is no longer far
_FEW = 5  # training losses that tell something
_ENOUGH = 2  # validations in a row
_RISEN = 0.05  # nats of val over its best, and of the training loss below what it was there
_BURST = 1.0  # nats of val over its best, which no noise explains: it has exploded too
_LEVEL = 0.02  # nats; what has risen by less has come back
_FALLEN = 0.02  # nats below the lowest val so far that are a fall
_STANDS = 3  # validations without one after which val falls no longer


class Ahead:
    """Whether the gap is far, from the validations since the last change; only `add` writes."""

    def __init__(self) -> None:
        """Start before anything was measured."""
        self.closest: Validation | None = None
        """The one with the smallest gap."""
        self.is_far = False
        """Whether the gap is large, and larger than it was."""
        self._against = 0  # validations in a row that say otherwise
        self._low = math.inf  # of val, as it last fell
        self._since = 0  # validations after that

    @property
    def val_falls(self) -> bool:
        """Whether val itself still falls, however far ahead the training loss is."""
        return self._since < _STANDS

    def add(self, found: Validation) -> None:
        """Take in the next validation; one without a gap says nothing."""
        if not math.isfinite(found.gap):
            return
        self._since += 1
        if found.loss < self._low - _FALLEN:
            self._low, self._since = found.loss, 0
        if self.closest is None or found.gap < self.closest.gap:
            self.closest = found
        limit = max(_FAR, self.closest.gap + _GROWN)
        is_against = found.gap < limit - _BACK if self.is_far else found.gap >= limit
        self._against = self._against + 1 if is_against else 0
        if self._against >= _ENOUGH:
            self.is_far, self._against = not self.is_far, 0


class Above:
    """Whether even the lowest of the latest training losses stands far above a val as good as ever; only `add` writes.

    A loss that falls fast is above what is measured right after it, but its lowest is not; one that explodes takes val
    with it.
    """

    def __init__(self) -> None:
        """Start before anything was measured."""
        self.is_far = False
        """Whether it does."""
        self._val = math.nan

    def add(self, found: Validation, best: Validation, losses: Sequence[float]) -> None:
        """Take in the next validation, the best so far, and the training losses that came right before it."""
        is_good = len(losses) >= _FEW and found.loss <= best.loss + _BURST
        above = min(losses) - found.loss if is_good else math.nan
        self.is_far = above > (_FAR - _BACK if self.is_far else _FAR)
        self._val = found.loss

    def holds_for(self, loss: float) -> bool:
        """Tell whether a later training loss, too, is far above the val that was measured last."""
        return self.is_far and loss - self._val > _FAR - _BACK


class Rise:
    """Whether val has risen from its best while the training loss fell; only `add` writes."""

    def __init__(self) -> None:
        """Start before anything was measured."""
        self.is_far = False
        """Whether both have."""
        self._against = 0  # validations in a row that say otherwise

    def add(self, found: Validation, best: Validation) -> None:
        """Take in the next validation, and the best so far, which may be the same."""
        parted = min(found.loss - best.loss, best.train_loss - found.train_loss)
        if found is best or not self.is_far:
            self.is_far, self._against = parted >= _RISEN, 0
            return
        self._against = 0 if parted >= _LEVEL else self._against + 1
        self.is_far = self._against < _ENOUGH
