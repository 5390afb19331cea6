"""A curve of any length in constant space: a redraw costs the same at step 100 and at step 1,000,000.

Consecutive points share a bucket, and a bucket remembers its lowest and its highest point. When the buckets run out,
neighbours are merged in pairs and each bucket holds twice as many points from then on: O(1) per point on average, and
a spike of a single step stays visible for ever. Averaging, or taking every n-th point, would lose exactly the steps
somebody looks for.
"""

import math
from collections import deque
from typing import NamedTuple

__all__ = ["SMOOTHING", "Point", "Series"]

SMOOTHING = 0.9
"""How much of its past a training loss keeps wherever one number stands for it."""

_BUCKETS = 218  # two points each, and the first and the last of all: at most 438; even, so that all merge in pairs
_REMEMBERED = 64
_TAIL = 400  # latest points that are kept as they came, for a chart that shows no more than those

_Pair = tuple[float, float]


class Point(NamedTuple):
    """A step and what was measured there."""

    x: float
    y: float


NOTHING = Point(math.nan, math.nan)


class Series:
    """The points of one curve, thinned so that a chart can draw them, beside a smoothed version of all of them.

    A number that is not finite never becomes a point: its step is remembered in `non_finite`, and a chart leaves a gap
    there. Steps are added in order; after a rewind, build a new series.
    """

    def __init__(self, *, smoothing: float = SMOOTHING) -> None:
        """Start empty. `smoothing` is how much of the average each new point keeps: 0.9 looks back some 10 points."""
        if not 0 <= smoothing < 1:
            raise ValueError(f"smoothing must be at least 0 and below 1, not {smoothing}")
        self._raw = _Buckets()
        self._averaged = _Buckets()
        self._tail: deque[tuple[float, float, float]] = deque(maxlen=_TAIL)  # step, number, average
        self._smoothing = smoothing
        self._decay = 1.0  # smoothing to the power of the finite points so far
        self._x = -math.inf
        self._seen = 0
        self._non_finite: list[float] = []

    def add(self, x: float, y: float) -> None:
        """Append one measurement.

        Raises ValueError where `x` is not finite, or lies before the step that came last.
        """
        if not self._x <= x < math.inf:
            raise ValueError(f"a series goes forward: {x} cannot follow {self._x}")
        self._x = x
        self._seen += 1
        if not math.isfinite(y):
            self._forget(x)
            return
        before = self._averaged.last[1] if self._raw.lows else y
        self._decay *= self._smoothing
        weight = (1 - self._smoothing) / (1 - self._decay)
        average = (1 - weight) * before + weight * y
        if not (before <= average <= y or y <= average <= before):
            average = y  # rounding must not leave the interval: it could make infinity of the largest numbers
        self._raw.add((x, y))
        self._averaged.add((x, average))
        self._tail.append((x, y, average))

    def points(self, since: float = -math.inf) -> list[Point]:
        """Return what a line chart needs, in order: the extremes of every bucket, the first and the last point.

        For a chart that begins at a step among the latest 400, every point from there on.
        """
        if self._tail and since >= self._tail[0][0]:
            return [Point(x, y) for x, y, _ in self._tail]
        return self._raw.points()

    def smooth(self, since: float = -math.inf) -> list[Point]:
        """Return the moving average, thinned the same way.

        It is exponential with Adam's bias correction (Kingma & Ba 2015, section 3), taken over every point as it came,
        so that it does not depend on how many points a chart keeps.
        """
        if self._tail and since >= self._tail[0][0]:
            return [Point(x, average) for x, _, average in self._tail]
        return self._averaged.points()

    @property
    def last(self) -> Point:
        """The latest finite point, exactly; (NaN, NaN) before there is one."""
        return Point(*self._raw.last)

    @property
    def smoothed(self) -> Point:
        """The moving average at the latest finite point; (NaN, NaN) before there is one."""
        return Point(*self._averaged.last)

    @property
    def min(self) -> Point:
        """The lowest point of all, the earliest of equals; (NaN, NaN) before there is one."""
        return Point(*min(self._raw.lows, key=_height, default=NOTHING))

    @property
    def max(self) -> Point:
        """The highest point of all, the earliest of equals; (NaN, NaN) before there is one."""
        return Point(*max(self._raw.highs, key=_height, default=NOTHING))

    @property
    def non_finite(self) -> tuple[float, ...]:
        """Steps with a NaN or an infinity, in order: at most 64, the first and the latest always among them."""
        return tuple(self._non_finite)

    def __len__(self) -> int:
        """Return the number of points seen, those that are not finite among them."""
        return self._seen

    def _forget(self, x: float) -> None:
        if len(self._non_finite) == _REMEMBERED:
            self._non_finite = self._non_finite[::2]
        self._non_finite.append(x)


class _Buckets:
    """The lowest and the highest point of each bucket, in parallel lists of plain pairs (a Point each is slow)."""

    __slots__ = ("_room", "_width", "first", "highs", "last", "lows")

    def __init__(self) -> None:
        self.first: _Pair = NOTHING
        self.last: _Pair = NOTHING
        self.lows: list[_Pair] = []
        self.highs: list[_Pair] = []
        self._width = 1  # points a full bucket holds
        self._room = 0  # points the last bucket can still take

    def add(self, point: _Pair) -> None:
        self.last = point
        if not self._room:
            self._open(point)
        elif point[1] < self.lows[-1][1]:
            self.lows[-1] = point
        elif point[1] > self.highs[-1][1]:
            self.highs[-1] = point
        self._room -= 1

    def points(self) -> list[Point]:
        if not self.lows:
            return []
        kept = [self.first]
        for low, high in zip(self.lows, self.highs, strict=True):
            kept += (low, high) if low[0] < high[0] else (high, low)
        kept.append(self.last)
        return [Point(*pair) for pair, before in zip(kept, [None, *kept], strict=False) if pair != before]

    def _open(self, point: _Pair) -> None:
        if not self.lows:
            self.first = point
        if len(self.lows) == _BUCKETS:
            self.lows = [min(pair, key=_height) for pair in zip(self.lows[::2], self.lows[1::2], strict=True)]
            self.highs = [max(pair, key=_height) for pair in zip(self.highs[::2], self.highs[1::2], strict=True)]
            self._width *= 2
        self.lows.append(point)
        self.highs.append(point)
        self._room = self._width


def _height(point: _Pair) -> float:
    return point[1]
