"""Where an axis begins and ends, and which round numbers stand on it. Only numbers here: no terminal, no colours.

Limits snap outwards to round numbers, so that an axis moves now and then and not with every new point.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gpt2mini_tui.words import short

__all__ = [
    "Span",
    "Tick",
    "clamp",
    "fit",
    "fit_steps",
    "log_ticks",
    "span",
    "step_ticks",
    "to_log",
    "usual",
    "value_ticks",
]

_HAIR = 1e-9  # what arithmetic may lose of a half
_HUGE = 1e100  # beyond it even differences of two numbers overflow
_REACH = 0.25  # of the height of the data: how far a reference line may lie outside and still be shown
_RARE = 0.01  # of the points of a curve: so few may lie beyond the frame
_ENOUGH = 20  # points, before any of them is called rare
_LONG = 5  # characters of a number beside an axis; where there are longer ones, fewer and rounder ones will do
_FLAT = 1e-6  # a wiggle below a millionth of the value is drawn as a constant


class Span(NamedTuple):
    """The two ends of an axis, never quite the same."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether a value lies between the ends; NaN does not."""
        return self.low <= value <= self.high

    def share(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end, never outside."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def cell(self, value: float, cells: int) -> int:
        """Return the cell of a value; the ends of the axis are the middles of the first and the last cell.

        A value between two cells goes to the upper one, always: so what is evenly spaced stands evenly spaced.
        """
        return math.floor(self.share(value) * (cells - 1) + 0.5 + _HAIR)


class Tick(NamedTuple):
    """A labelled place on an axis."""

    at: float
    label: str


def clamp(value: float) -> float:
    """Return the number, or the nearest one that can be drawn."""
    return min(max(value, -_HUGE), _HUGE)


def to_log(value: float) -> float:
    """Return the decimal logarithm; of zero and below, something under every axis."""
    return math.log10(value) if value > 0 else -_HUGE


def span(low: float, high: float) -> Span | None:
    """Return the axis between two numbers, or None where there is none: they are not finite, or not apart."""
    return Span(low, high) if -_HUGE < low < high < _HUGE and not _is_flat(low, high) else None


def fit(values: Iterable[float], near: Iterable[float] = ()) -> Span:
    """Return limits that hold all values, and those of `near` that lie near them.

    A reference line far away never squashes the curve: it is simply not shown until the curve comes close.
    """
    drawable = [value for value in values if value > -_HUGE]
    low, high = min(drawable, default=0.0), max(drawable, default=1.0)
    if _is_flat(low, high):
        size = max(abs(low), abs(high))
        half = 0.05 * size if size > 1 / _HUGE else 0.5
        low, high = low - half, high + half
    reach = _REACH * (high - low)
    shown = [low, high, *(value for value in near if low - reach <= value <= high + reach)]
    low, high = min(shown), max(shown)
    quantum = _round_up((high - low) / 20)
    return Span(math.floor(low / quantum) * quantum, math.ceil(high / quantum) * quantum)


def usual(values: Sequence[float]) -> list[float]:
    """Return the two ends of what is usual: all of it but the few points that would take more than half of the frame.

    A hundredth at each end may be left out, where it lies farther away than all the others reach; a curve that goes up
    and stays there is usual.
    """
    ordered = sorted(value for value in values if value > -_HUGE)
    few = max(1, round(_RARE * len(ordered))) if len(ordered) >= _ENOUGH else 0
    if not few or _is_flat(ordered[few], ordered[-1 - few]):
        return [ordered[0], ordered[-1]] if ordered else []
    low, high = ordered[few], ordered[-1 - few]
    reach = high - low
    return [ordered[bisect_left(ordered, low - reach)], ordered[bisect_right(ordered, high + reach) - 1]]


def fit_steps(steps: Iterable[float]) -> Span:
    """Return limits that begin and end exactly with the first and the last step."""
    drawable = list(steps) or [0.0]
    low, high = min(drawable), max(drawable)
    return span(low, high) or Span(low, low + max(1.0, _FLAT * abs(low)))


def value_ticks(axis: Span, most: int) -> list[Tick]:
    """Return round numbers inside an axis: `most` or a few less, yet two wherever that is possible."""
    step = _round_up((axis.high - axis.low) / max(1, most))
    places = list(_multiples(step, axis))
    while len(places) < 2 <= most:
        step = _round_up(step / 3)
        places = list(_multiples(step, axis))
    ticks = _labelled(step, axis)
    while any(len(tick.label) > _LONG for tick in ticks):
        step = _round_up(1.5 * step)
        fewer = _labelled(step, axis)
        if len(fewer) < 2:
            break
        ticks = fewer
    return ticks


def _labelled(step: float, axis: Span) -> list[Tick]:
    return [Tick(place, _label(place, step)) for place in _multiples(step, axis)]


def step_ticks(axis: Span, most: int) -> list[Tick]:
    """Return round whole numbers inside an axis, at most some `most`, written like 1.5k."""
    step = max(1.0, _round_up((axis.high - axis.low) / max(1, most)))
    return [Tick(place, short(place)) for place in _multiples(step, axis)]


def log_ticks(axis: Span, most: int) -> list[Tick]:
    """Return powers of ten inside an axis of decimal logarithms, or finer numbers where it holds less than two."""
    decades = range(math.ceil(axis.low), math.floor(axis.high) + 1)
    if len(decades) >= 2:
        every = -(-len(decades) // max(2, most))
        return [Tick(power, _power(power)) for power in decades if power % every == 0 or every >= len(decades)]
    between = [(power, digit) for power in range(math.floor(axis.low), math.ceil(axis.high)) for digit in (1, 2, 5)]
    ticks = [Tick(power + math.log10(digit), _power(power, digit)) for power, digit in between]
    inside = [tick for tick in ticks if axis.low <= tick.at <= axis.high]
    if len(inside) >= 2:
        return inside
    linear = value_ticks(Span(10**axis.low, 10**axis.high), most)
    found = [Tick(math.log10(tick.at), tick.label) for tick in linear if tick.at > 0]
    return [tick for tick in found if len(tick.label) <= _LONG] or found


def _is_flat(low: float, high: float) -> bool:
    return high - low <= max(_FLAT * max(abs(low), abs(high)), 1 / _HUGE)


def _power(power: int, digit: int = 1) -> str:
    return short(float(f"{digit}e{power}")) if -3 <= power < 9 else f"{digit}e{power}"


def _round_up(size: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not smaller."""
    power = 10.0 ** math.floor(math.log10(size))
    return next((digit * power for digit in (1, 2, 5) if digit * power >= size * (1 - 1e-9)), 10 * power)


def _multiples(step: float, axis: Span) -> Iterator[float]:
    slack = (axis.high - axis.low) * 1e-9  # 0.30000000000000004 is still 0.3
    for count in range(math.ceil((axis.low - slack) / step), math.floor((axis.high + slack) / step) + 1):
        yield count * step


def _label(value: float, step: float) -> str:
    """Return a number with as many decimals as its step needs, so that the labels of an axis align."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals > 3 and abs(value) < 0.1:
        return _tiny(value, step)
    if decimals > 4 or abs(value) >= 10_000:
        return short(float(f"{value:.6g}"))
    return f"{value or 0.0:.{decimals}f}"


def _tiny(value: float, step: float) -> str:
    """Return a small number as people write a learning rate: 3e-4."""
    if abs(value) < step / 2:
        return "0"
    power = math.floor(math.log10(abs(value)) + 1e-9)
    return f"{value / 10.0**power:.4g}e{power}"
