"""What the probes of a run saw, layer by layer, in constant space: neighbouring looks are merged when they get many.

A merged look keeps the mean, of the logarithms where orders of magnitude matter: a gradient that vanished for half of
the time is not hidden by the other half.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from gpt2mini.probes import PROBES, Probe, Probed

__all__ = ["Layers", "Look"]

_LOOKS = 256
"""Looks that are kept; even, so that all merge in pairs."""

Rows = tuple[float, ...]


class Look(NamedTuple):
    """What was seen at a step, or the mean of a few steps that end with it: a row of numbers for each probe."""

    step: float
    rows: tuple[Rows, ...]


class Layers:
    """The looks of a run, from the first to the last."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.last: Probed | None = None
        self.count = 0
        self._width, self._room = 1, 0  # looks that a full column holds, and that the last one can still take

    def add(self, event: Probed) -> None:
        """Take in one look; one of another shape than those before it begins anew."""
        look = Look(event.step, tuple(probe.read(event) for probe in PROBES))
        if self.looks and any(map(_differ, look.rows, self.looks[-1].rows)):
            self.looks, self._width, self._room = [], 1, 0  # a damaged log: nothing of before can stand beside this
        self.last, self.count = event, self.count + 1
        if self._room:
            held = self._width - self._room
            self.looks[-1] = _merged(self.looks[-1], look, share=1 / (held + 1))
        else:
            if len(self.looks) == _LOOKS:
                self.looks = [_merged(*pair, share=0.5) for pair in zip(self.looks[::2], self.looks[1::2], strict=True)]
                self._width *= 2
            self.looks.append(look)
            self._room = self._width
        self._room -= 1

    def labels(self, probe: Probe) -> list[str]:
        """Return what the rows of a probe are called."""
        return [] if self.last is None else probe.labels(self.last)

    def values(self, probe: Probe) -> list[Rows]:
        """Return the numbers of a probe for each look, one a label; NaN where it was not measured yet."""
        place = PROBES.index(probe)
        missing = (math.nan,) * len(self.labels(probe))
        return [look.rows[place][: len(missing)] or missing for look in self.looks]


def _differ(row: Rows, other: Rows) -> bool:
    """Tell whether two rows are of different models; a log from before a probe was measured has none of it."""
    return bool(row and other) and len(row) != len(other)


def _merged(before: Look, look: Look, *, share: float) -> Look:
    """Return the mean of two looks; `share` is how much the second one counts."""
    pairs = zip(PROBES, before.rows, look.rows, strict=True)
    return Look(look.step, tuple(_mean(one, other, share, is_log=probe.is_log) for probe, one, other in pairs))


def _mean(one: Sequence[float], other: Sequence[float], share: float, *, is_log: bool) -> Rows:
    if not one or not other:
        return tuple(one or other)
    return tuple(_between(a, b, share, is_log=is_log) for a, b in zip(one, other, strict=True))


def _between(a: float, b: float, share: float, *, is_log: bool) -> float:
    if not math.isfinite(a) or not math.isfinite(b):
        return b if math.isfinite(b) else a
    if is_log and a > 0 and b > 0:
        return math.exp((1 - share) * math.log(a) + share * math.log(b))
    return (1 - share) * a + share * b
