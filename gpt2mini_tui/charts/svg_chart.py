"""A chart as a file, for a report or a paper: the values that the terminal draws, laid out as strokes, dots and words.

SVG has real letters; PNG is painted from the same marks, see `png_chart`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from gpt2mini_tui.charts.axis import Span, Tick, fit, fit_steps, log_ticks, step_ticks, to_log, usual, value_ticks
from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.words import number

__all__ = ["COLORS", "Dot", "Mark", "Stroke", "Words", "marks", "svg_chart"]

COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22")
_NAMES_AT = 62
"""Units from the curves to their names; those of the reference lines stand between."""
_DASHES = ("", "6 3", "2 3", "8 3 2 3")  # after the last colour they begin anew, with another dash
_ROWS = 4
"""Lines of text, one below another, for marks that stand close together."""
_LINE = 12
"""Units from a line of text to the next."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 150, 26, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line through some places."""

    places: Sequence[tuple[float, float]]
    color: str
    width: float = 1.0
    dash: str = ""
    """Lengths of what is drawn and what is left out, in turn; empty for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    color: str
    radius: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A line of text; `y` is where its letters stand."""

    x: float
    y: float
    text: str
    anchor: str
    """`start`, `middle` or `end`: which part of the text is at `x`."""
    color: str = "#333333"


Mark = Stroke | Dot | Words


def svg_chart(picture: Picture, *, width: int = 760, height: int = 360) -> str:
    """Return an SVG document; a number that cannot be drawn is left out."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12">\n'
        + "\n".join(map(_svg, marks(picture, width=width, height=height)))
        + "\n</svg>\n"
    )


def marks(picture: Picture, *, width: int, height: int) -> list[Mark]:
    """Return everything that a chart consists of, what lies below first."""
    sheet = _Sheet(picture, width, height)
    return [*sheet.axes(), *sheet.references(), *sheet.markers(), *sheet.curves(), *sheet.beyond()]


class _Sheet:
    def __init__(self, picture: Picture, width: int, height: int) -> None:
        names = max((len(curve.label) for curve in picture.curves), default=0)
        self.right = max(_RIGHT, _NAMES_AT + 7 * names)  # a long name is not cut off
        self.picture, self.width, self.height = picture, width, height
        self.to_x = to_log if picture.log_x else float
        self.to_y = to_log if picture.log_y else float
        points = [(x, y) for curve in picture.curves for x, y in self._known(curve.points)]
        xs = [x for x, _ in points]
        self.x = _padded(fit(xs)) if picture.log_x else fit_steps(xs)
        self.y = fit(self._usual(), near=(self.to_y(y) for _, y in picture.references))

    def _usual(self) -> Iterator[float]:
        """Yield the heights that the frame is to hold: of all curves but what explodes, and without a rare spike."""
        known = [(curve, self._known(curve.points)) for curve in self.picture.curves]
        sane = [pair for pair in known if pair[1] and not _explodes(pair[0], self.picture.ceiling)]
        for curve, points in sane or known:
            heights = [y for _, y in points]
            yield from heights[:1]
            yield from heights if curve.is_dots else usual(heights)

    def _known(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        both = [(self.to_x(x), self.to_y(y)) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        return [(x, y) for x, y in both if abs(x) < 1e99 and abs(y) < 1e99]

    def _at(self, x: float, y: float) -> tuple[float, float]:
        across = _LEFT + self.x.share(x) * (self.width - _LEFT - self.right)
        return across, self.height - _BOTTOM - self.y.share(y) * (self.height - _TOP - _BOTTOM)

    def axes(self) -> Iterator[Mark]:
        """Yield the grid, the numbers and what they count."""
        y_ticks = (log_ticks if self.picture.log_y else value_ticks)(self.y, 6)
        for tick in _inside(y_ticks, self.y):
            left, right = self._at(self.x.low, tick.at), self._at(self.x.high, tick.at)
            yield Stroke(places=(left, right), color="#dddddd")
            yield Words(x=left[0] - 6, y=left[1] + 4, text=tick.label, anchor="end")
        x_ticks = log_ticks(self.x, 6) if self.picture.log_x else step_ticks(self.x, 6)
        for tick in _inside(x_ticks, self.x):
            at, bottom = self._at(tick.at, self.y.low)
            yield Stroke(places=((at, bottom), (at, bottom + 5)), color="#888888")
            yield Words(x=at, y=bottom + 18, text=tick.label, anchor="middle")
        middle = (_LEFT + self.width - self.right) / 2
        yield Words(x=middle, y=self.height - 6, text=self.picture.x_name, anchor="middle")
        yield Words(x=6, y=_TOP - 14, text=self.picture.y_name, anchor="start")

    def references(self) -> Iterator[Mark]:
        """Yield the levels to compare with that are in sight; names that are close stand below one another."""
        levels = [(self.to_y(value), name) for name, value in self.picture.references]
        seen = sorted((level for level in levels if self.y.holds(level[0])), key=lambda level: -level[0])
        heights = [self._at(self.x.high, y)[1] + 4 for y, _ in seen]
        for (y, name), height in zip(seen, _apart(heights, self.height - _BOTTOM + 4), strict=True):
            left, right = self._at(self.x.low, y), self._at(self.x.high, y)
            yield Stroke(places=(left, right), color="#888888", dash="4 4")
            yield Words(x=right[0] + 4, y=height, text=name, anchor="start", color="#888888")

    def markers(self) -> Iterator[Mark]:
        """Yield a line at each place where something happened, its mark above it, or lower where that is taken."""
        ends = [-math.inf] * _ROWS
        for place, mark in sorted(self.picture.markers):
            if not self.x.holds(self.to_x(place)):
                continue
            top, bottom = self._at(self.to_x(place), self.y.high), self._at(self.to_x(place), self.y.low)
            row = next((row for row, end in enumerate(ends) if end < top[0] - 4 * len(mark)), _ROWS - 1)
            ends[row] = top[0] + 4 * len(mark)
            yield Stroke(places=(top, bottom), color="#bbbbbb", dash="2 3")
            yield Words(x=top[0], y=top[1] + 10 + 12 * row, text=mark, anchor="middle", color="#555555")

    def curves(self) -> Iterator[Mark]:
        """Yield every curve, and its name at the side."""
        for place, curve in enumerate(self.picture.curves):
            color = COLORS[place % len(COLORS)]
            dash = _DASHES[place // len(COLORS) % len(_DASHES)]
            places = [self._at(x, y) for x, y in self._known(curve.points)]
            if curve.is_dots:
                yield from (Dot(x=x, y=y, color=color) for x, y in places)
            elif places:
                yield Stroke(places=places, color=color, width=1.8, dash=dash)
            row = _TOP + 14 + 15 * place
            yield Words(x=self.width - self.right + _NAMES_AT, y=row, text=curve.label, anchor="start", color=color)

    def beyond(self) -> Iterator[Mark]:
        """Yield how far each curve goes that leaves the frame, above where it does so; where two meet, the farther."""
        taken: list[float] = []
        farthest = []
        for place, curve in enumerate(self.picture.curves):
            outside = [point for point in self._known(curve.points) if not self.y.holds(point[1])]
            if outside:
                x, y = max(outside, key=lambda point: abs(point[1] - self.y.low))
                farthest.append((abs(y - self.y.low), x, y, COLORS[place % len(COLORS)]))
        for _, x, y, color in sorted(farthest, reverse=True):
            text = f"{'▲' if y > self.y.high else '▼'}{number(10**y if self.picture.log_y else y)}"
            across = max(self._at(x, y)[0], _LEFT + 4 * len(text))
            if all(abs(across - other) > 8 * len(text) for other in taken):
                taken.append(across)
                yield Words(x=across, y=_TOP - 4, text=text, anchor="middle", color=color)


def _explodes(curve: Curve, ceiling: float) -> bool:
    return any(math.isfinite(y) and abs(y) > ceiling for _, y in curve.points)


def _svg(mark: Mark) -> str:
    match mark:
        case Stroke(places=[(left, top), (right, bottom)], color=color, width=1.0, dash=dash):
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            return f'<path d="M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}" stroke="{color}"{dashed}/>'
        case Stroke(places=places, color=color, width=width, dash=dash):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width:g}"{dashed}/>'
        case Dot(x=x, y=y, color=color, radius=radius):
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{color}"/>'
        case Words(x=x, y=y, text=text, anchor=anchor, color=color):
            return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'


def _apart(heights: Sequence[float], lowest: float) -> list[float]:
    """Return heights of lines of text, in their order, moved so that none lies over another nor below the lowest."""
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + _LINE) if found else height)
    for place in range(len(found) - 1, -1, -1):
        found[place] = min(found[place], lowest)
        lowest = found[place] - _LINE
    return found


def _inside(ticks: Sequence[Tick], axis: Span) -> list[Tick]:
    return [tick for tick in ticks if axis.holds(tick.at)]


def _padded(axis: Span) -> Span:
    reach = 0.04 * (axis.high - axis.low)
    return Span(axis.low - reach, axis.high + reach)
