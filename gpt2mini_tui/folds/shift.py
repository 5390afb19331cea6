"""How far the training loss has moved since something was changed, in words that do not change back and forth.

A number that wobbles about a limit would be a rise at one step and none at the next. So each word has two limits: one
from which on it is said, and a farther one at which it is taken back.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from gpt2mini_tui.folds.noted import Adjustment, Change, Flip

__all__ = ["ENOUGH", "Shift", "at_once", "latest", "taken_away"]

ENOUGH = 5
"""Training losses before anything is said."""
_DIFFERENT, _NOT_DIFFERENT = 0.1, 0.07  # nats; less is noise
_SAME, _NOT_SAME = 0.055, 0.085  # nats; what is between this and a difference may be noise or not
_LOWER, _NOT_LOWER = 0.02, 0.01
_BACK, _NOT_BACK = 0.1, 0.15  # nats above what it was
_CLOSE = 50  # steps within which two changes cannot be told apart


class Shift:
    """Where the latest losses lie, set against what they were before a change; only `look` writes."""

    def __init__(self, before: float = math.nan, goal: float = math.nan) -> None:
        """Start with the loss from before a change, and, where a part was put back, the one from before it went."""
        self.before, self.goal = before, goal
        self.is_different = False
        """Whether it moved more than noise does, up or down."""
        self.is_same = False
        """Whether it moved less than would be worth a word."""
        self.is_lower = False
        """Whether it is below what it was, however little."""
        self.is_back = False
        """Whether it is where it was before a part was taken away."""
        self.back_at: int | None = None
        """The step since which it is there; None where it is not."""

    @classmethod
    def after(cls, flips: Sequence[Flip], adjustments: Sequence[Adjustment]) -> "Shift":
        """Return the shift that begins with the latest change."""
        change = latest(flips, adjustments)
        if change is None:
            return cls()
        taken = taken_away(flips, change)
        if taken is not None:
            return cls(change.loss, taken.loss)
        return cls(at_once(flips, adjustments, change)[0].loss)

    def look(self, losses: Sequence[float], step: int = 0) -> None:
        """Look at the latest losses, after each step."""
        if len(losses) < ENOUGH or math.isnan(self.before):
            return
        now = fmean(losses)
        moved = abs(now - self.before)
        self.is_different = moved >= (_NOT_DIFFERENT if self.is_different else _DIFFERENT)
        self.is_same = moved < (_NOT_SAME if self.is_same else _SAME)
        self.is_lower = self.before - now > (_NOT_LOWER if self.is_lower else _LOWER)
        self.is_back = now < self.goal + (_NOT_BACK if self.is_back else _BACK)
        if self.is_back != (self.back_at is not None):
            self.back_at = step if self.is_back else None


def latest(flips: Sequence[Flip], adjustments: Sequence[Adjustment]) -> Change | None:
    """Return the switch or the number that was changed last."""
    last: list[Change] = [*list(flips)[-1:], *list(adjustments)[-1:]]
    return max(last, key=lambda change: change.step, default=None)


def taken_away(flips: Sequence[Flip], change: Change) -> Flip | None:
    """Return the flip that a flip has undone, if the loss had risen since."""
    if not isinstance(change, Flip) or not change.is_default:
        return None
    earlier = [flip for flip in flips if flip.name == change.name and flip is not change]
    taken = earlier[-1] if earlier else None
    return taken if taken is not None and change.loss > taken.loss + _DIFFERENT else None


def at_once(flips: Sequence[Flip], adjustments: Sequence[Adjustment], change: Change) -> list[Change]:
    """Return the changes that cannot be told apart from the latest one, in their order; one of each name."""
    earlier: list[Change] = sorted([*flips, *adjustments], key=lambda one: one.step)
    found: list[Change] = [change]
    for one in reversed(earlier):
        if one is change or any(one.name == other.name for other in found):
            continue
        if found[0].step - one.step > _CLOSE or math.isnan(one.loss) or len(found) == 3:
            break
        found.insert(0, one)
    return found
