"""A number for each layer and each moment as colour, with the latest numbers beside it.

A cell of the terminal holds two moments, its left half and its right half. Where there are no colours to mix, on a
terminal of sixteen or of none, five shades do: nothing has to be told from a hue. The ramp runs from dark blue to
yellow and grows in lightness all the way (cividis, Nuñez et al. 2018), so it reads on any background and for any kind
of colour vision.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gpt2mini_tui.charts.axis import Span, clamp, fit, to_log
from gpt2mini_tui.words import number

__all__ = ["Map", "Scale", "draw_map", "scale_of", "used"]

SHADES = "·░▒▓█"
_STOPS = ((0, 34, 78), (58, 72, 107), (112, 113, 115), (165, 154, 114), (217, 199, 93), (254, 232, 56))
_DECADES = 2.0  # what a logarithmic scale holds at least, so that noise is not blown up into drama
_NUMBER = 9  # cells for the numbers on the right
_LEGEND = 14  # cells of the ramp in the legend
_BLANK = Style()


class Scale(NamedTuple):
    """From a number to a share of the ramp."""

    ends: Span
    is_log: bool

    def share(self, value: float) -> float:
        """Return 0 to 1, or NaN for what has no colour."""
        if not math.isfinite(value):
            return math.nan
        if not self.is_log:
            return self.ends.share(value)
        return self.ends.share(math.log10(value)) if value > 0 else 0.0

    def ends_in_words(self) -> tuple[str, str]:
        """Return what the darkest and the lightest stand for."""
        low, high = (10**end for end in self.ends) if self.is_log else self.ends
        return number(low), number(high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """What there is to see."""

    labels: Sequence[str]
    """One for each row."""
    steps: Sequence[float]
    """When each column was measured, in order."""
    columns: Sequence[Sequence[float]]
    """For each step a number for each row; NaN where there is none."""
    scale: Scale
    x_limits: tuple[float, float]
    is_log_x: bool = False
    """Whether the moments are as far apart as the logarithms of their steps, as in charts above."""
    begin: float = 0.0
    """The step before which there was nothing to measure."""
    cursor: float | None = None
    """A step whose numbers stand on the right, in place of the latest."""
    offset: int = 0
    """The first row that is shown, where not all of them fit."""


def scale_of(columns: Sequence[Sequence[float]], *, is_log: bool) -> Scale:
    """Return a scale for all these numbers: whole decades, or round numbers."""
    values = [value for column in columns for value in column if math.isfinite(value) and (value > 0 or not is_log)]
    if not is_log:
        return Scale(fit(values), is_log=False)
    low = math.floor(math.log10(min(values, default=1.0)))
    high = math.ceil(math.log10(max(values, default=1.0)))
    return Scale(Span(float(low), max(float(high), low + _DECADES)), is_log=True)


def draw_map(
    shown: Map, width: int, height: int, *, margin: int, in_color: bool, ink: Style = _BLANK, quiet: Style = _BLANK
) -> list[Strip]:
    """Return the picture as `height` strips of `width` cells; below the rows stands the legend.

    `margin` cells on the left are for the labels, so that the moments align with the charts above. `ink` is for the
    numbers and the shades, `quiet` for what is said beside them.
    """
    if width < margin + _NUMBER + 4 or height < 2 or not shown.columns:
        return [Strip.blank(max(0, width))] * max(0, height)
    cells = width - margin - _NUMBER
    lines, rows = height - 1, len(shown.labels)
    tall = _tall(rows, lines)
    first = max(0, min(shown.offset, rows - lines)) if tall == 1 else 0
    at = _moments(shown, cells * 2 if in_color else cells)
    strips = []
    for line in range(lines):
        row, part = first + line // tall, line % tall
        if row >= rows:
            break
        values = [math.nan if place is None else shown.columns[place][row] for place in at]
        painted = _colored(values, shown.scale) if in_color else _shaded(values, shown.scale, ink)
        is_named = part == (tall - 1) // 2
        label = shown.labels[row] if is_named else ""
        said = number(_chosen(shown)[row]) if is_named else ""
        ends = (Segment(f"{label:>{margin - 1}} "[-margin:], quiet), Segment(f" {said:<{_NUMBER - 1}}", ink))
        strips.append(Strip([ends[0], *painted, ends[1]], width).crop(0, width))
    hidden = rows - first - lines // tall
    strips.append(_legend(shown, width, margin, in_color=in_color, quiet=quiet, hidden=hidden, before=first))
    return strips + [Strip.blank(width)] * (height - len(strips))


def used(rows: int, height: int) -> int:
    """Return how many of so many strips a picture of some rows uses, the legend among them."""
    lines = max(0, height - 1)
    return min(height, min(lines, rows * _tall(rows, lines)) + 1)


def _tall(rows: int, lines: int) -> int:
    return max(1, min(3, lines // max(1, rows)))


def _chosen(shown: Map) -> Sequence[float]:
    """Return the numbers to write: those at the cursor, or the latest."""
    if shown.cursor is None:
        return shown.columns[-1]
    return shown.columns[min(bisect_left(shown.steps, shown.cursor), len(shown.columns) - 1)]


def _moments(shown: Map, count: int) -> list[int | None]:
    """Return which column each moment of the picture shows; None where nothing has been measured yet."""
    to_axis = to_log if shown.is_log_x else clamp
    low, high = map(to_axis, shown.x_limits)
    begin, steps = to_axis(shown.begin), [to_axis(step) for step in shown.steps]
    width = (high - low) / max(1, count - 1)
    found: list[int | None] = []
    for moment in range(count):
        at = low + moment * width
        place = bisect_left(steps, at - width / 2)
        is_measured = place < len(steps) and begin - width / 2 <= at <= steps[-1] + width / 2
        found.append(place if is_measured else None)
    return found


def _colored(values: Sequence[float], scale: Scale) -> list[Segment]:
    """Return two moments a cell: `▌` in the colour of the left one, on the colour of the right one."""
    shares = [scale.share(value) for value in values]
    return [_cell(_step(left), _step(right)) for left, right in zip(shares[::2], shares[1::2], strict=True)]


@lru_cache(maxsize=8192)
def _cell(left: int, right: int) -> Segment:
    if left < 0 and right < 0:
        return Segment(" ", _BLANK)
    if left < 0:
        return Segment("▐", Style(color=_ramp(right)))
    if right < 0:
        return Segment("▌", Style(color=_ramp(left)))
    return Segment("▌", Style(color=_ramp(left), bgcolor=_ramp(right)))


def _step(share: float) -> int:
    return -1 if math.isnan(share) else round(share * 63)


@lru_cache(maxsize=64)
def _ramp(step: int) -> Color:
    """Return one of 64 colours."""
    place = step / 63 * (len(_STOPS) - 1)
    below = min(int(place), len(_STOPS) - 2)
    mixed = (a + (b - a) * (place - below) for a, b in zip(_STOPS[below], _STOPS[below + 1], strict=True))
    return Color.from_rgb(*(round(part) for part in mixed))


def _shaded(values: Sequence[float], scale: Scale, ink: Style) -> list[Segment]:
    shares = [scale.share(value) for value in values]
    last = len(SHADES) - 1
    return [Segment("".join(" " if math.isnan(one) else SHADES[round(one * last)] for one in shares), ink)]


def _legend(shown: Map, width: int, margin: int, *, in_color: bool, quiet: Style, hidden: int, before: int) -> Strip:
    """Return the line that says what the colours stand for, and whether there are more rows."""
    low, high = shown.scale.ends_in_words()
    if in_color:
        ramp = [_cell(_step(place / 27), _step((place + 1) / 27)) for place in range(0, 2 * _LEGEND, 2)]
    else:
        ramp = [Segment(SHADES, quiet)]
    more = f"  {before + hidden} more: up, down" if hidden > 0 or before else ""
    kind = " log" if shown.scale.is_log else ""
    parts = [Segment(" " * margin), Segment(f"{low} ", quiet), *ramp, Segment(f" {high}{kind}{more}", quiet)]
    return Strip(parts).adjust_cell_length(width)
