"""Means over stretches of steps that are the same for every run, so that two of them can be set against each other.

Two runs on the same batches differ by far less than one of them differs from step to step; but only if a step is
compared with the same step. A decimated curve keeps other steps in each run; stretches do not move.
"""

import math
from collections.abc import Iterator, Sequence

from gpt2mini.series import Point

__all__ = ["Bins", "differences"]

_MOST = 512
"""Stretches that are kept; beyond, two become one."""


class Bins:
    """The mean of a number over the steps 0 to w-1, w to 2w-1, …, where w is a power of two."""

    def __init__(self) -> None:
        self.width = 1
        self._sums: list[float] = []
        self._counts: list[int] = []

    def add(self, step: int, value: float) -> None:
        """Take in what was measured at a step; one that is not finite is left out."""
        if not math.isfinite(value) or step < 0:
            return
        while step // self.width >= _MOST:
            self._double()
        place = step // self.width
        missing = place + 1 - len(self._sums)
        if missing > 0:
            self._sums += [0.0] * missing
            self._counts += [0] * missing
        self._sums[place] += value
        self._counts[place] += 1

    def at(self, width: int) -> list[tuple[float, int]]:
        """Return the sum and the count of each stretch of another width, a multiple of the own one."""
        together = width // self.width
        places = range(0, len(self._sums), together)
        return [(math.fsum(self._sums[at : at + together]), sum(self._counts[at : at + together])) for at in places]

    def _double(self) -> None:
        self._sums = [math.fsum(self._sums[at : at + 2]) for at in range(0, len(self._sums), 2)]
        self._counts = [sum(self._counts[at : at + 2]) for at in range(0, len(self._counts), 2)]
        self.width *= 2


def differences(one: Bins, other: Bins) -> list[Point]:
    """Return by how much the means of `one` are larger, at the middle of each stretch that both have whole."""
    return list(_differences(one, other))


def _differences(one: Bins, other: Bins) -> Iterator[Point]:
    width = max(one.width, other.width)
    pairs: Sequence[tuple[tuple[float, int], tuple[float, int]]] = list(
        zip(one.at(width), other.at(width), strict=False)
    )
    for place, ((mine, count), (theirs, same)) in enumerate(pairs):
        if count and count == same:
            yield Point(place * width + (width - 1) / 2, mine / count - theirs / same)
