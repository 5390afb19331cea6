"""Draws curves in a terminal: the one place that knows plotext.

plotext 6.1 does what it is good at, turning points into braille, one curve at a time. Everything around the curves is
placed here, where nothing can overlap. Left alone, plotext aborts the whole process for a NaN in a connected line or a
point far outside the limits, raises for infinities and for the logarithm of zero, and hides the start of the curve
behind its legend; so all it ever sees are finite points of the unit square, without axes.

One thread draws: plotext has a single figure per process.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from gpt2mini_tui.charts.axis import (
    Span,
    Tick,
    clamp,
    fit,
    fit_steps,
    log_ticks,
    span,
    step_ticks,
    to_log,
    usual,
    value_ticks,
)
from gpt2mini_tui.charts.marks import Mark, place
from gpt2mini_tui.charts.names import beside, on_rows
from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.charts.plot import Chart, Colors, Line, Marker, Options, Pin, Reference
from gpt2mini_tui.runs.short_names import short_name
from gpt2mini_tui.safe import safe
from gpt2mini_tui.words import number

__all__ = ["Chart", "Colors", "Line", "Marker", "Options", "Pin", "Reference", "get_ready", "render", "step_at"]


class _Glyphs(NamedTuple):
    line: str
    faint: str
    dots: str
    across: str
    down: str
    pin: str
    cursor: str


_GLYPHS = {
    "braille": _Glyphs("braille", "braille", "•", "╌", "┊", "◆", "│"),
    "blocks": _Glyphs("hd", "hd", "•", "╌", "┊", "◆", "│"),
    "ascii": _Glyphs("*", ".", "o", "-", ":", "#", "|"),
}


def render(chart: Chart, width: int, height: int, options: Options = Options()) -> list[Strip]:
    """Return the picture as `height` strips of exactly `width` cells, for a widget's `render_line`.

    The strips have no background: a widget lays its own under them, `strip.apply_style(self.rich_style)`. Never raises
    for any numbers or any size: what does not fit is left out, the curves last.
    """
    if width < 1 or height < 1:
        return [Strip.blank(max(0, width))] * max(0, height)
    return _Drawing(chart, width, height, options).strips()


def step_at(chart: Chart, width: int, height: int, options: Options, column: int) -> float:
    """Return the step that a column of the picture stands for, at the nearest end for one beside the curves."""
    drawing = _Drawing(chart, max(1, width), max(1, height), options)
    share = (column - drawing.left) / max(1, drawing.columns - 1)
    at = drawing.x.low + min(max(share, 0.0), 1.0) * (drawing.x.high - drawing.x.low)
    return 10**at if options.log_x else at


class _Level(NamedTuple):
    """A level in the units of its axis, the higher one being the greater."""

    y: float
    name: str
    since: float
    until: float


class _Curve(NamedTuple):
    """What of a line can be drawn, in the units of its axes."""

    runs: list[list[tuple[float, float]]]
    """Points without a gap between them."""
    lost: list[float]
    """Steps where a number was not finite."""


class _Drawing:
    """A chart on its way to the page: first the axes, then the cells that are left for the curves."""

    def __init__(self, chart: Chart, width: int, height: int, options: Options) -> None:
        self.chart, self.options, self.page = chart, options, Page(width, height)
        self.glyphs = _GLYPHS[options.glyphs]
        self.to_axis = to_log if options.log_y else clamp
        self.to_step = to_log if options.log_x else clamp
        self.curves = [_curve(line, self.to_step, self.to_axis) for line in chart.lines]
        self.lost = sorted({x for curve in self.curves for x in curve.lost})
        self.y_ticks: list[Tick] = []
        self.levels = sorted(map(self._level, chart.references), reverse=True)
        self.names = [short_name(line.label, width // 4 - 1) for line in chart.lines]
        self.x, self.y = self._fit()
        self.beyond = [] if options.y_limits else [*self._beyond()]
        self._divide(width, height)

    def _divide(self, width: int, height: int) -> None:
        """Share out the cells: marks above, numbers left and below, names on the right, curves in the rest.

        Nothing here depends on the data more than it must, so that the curves stay where they are from draw to draw.
        """
        is_crowded = self.beyond or any(not marker.is_quiet for marker in self.chart.markers)
        self.top = int(height >= 5 and bool(is_crowded or self.lost or (self.chart.markers and height >= 7)))
        self.rows = max(1, height - self.top - int(height >= 4))
        if self.options.y_limits or any(curve.runs for curve in self.curves):
            choose = log_ticks if self.options.log_y else value_ticks
            self.y_ticks = choose(self.y, max(2, (self.rows - 1) // 3))
        self.left = max([self.options.margin, *(len(tick.label) + 1 for tick in self.y_ticks)]) if width >= 20 else 0
        held = [level for level in self.levels if level.name and self._is_shown(level) and level.until >= self.x.high]
        self.named = on_rows([(self._row(level.y), level.name) for level in held], width // 4 - 1)
        names = [*self.names, *(level.name for level in self.levels), *(name for _, name in self.named)]
        gutter = max([self.options.gutter, *(cell_len(name) + 1 for name in names if name)])
        self.right = gutter if gutter <= width // 4 else 0
        self.columns = max(1, width - self.left - self.right)

    def strips(self) -> list[Strip]:
        """Draw everything, what matters most first: later things only take cells that are still blank."""
        self._draw_axes()
        if any(curve.runs or curve.lost for curve in self.curves):
            self._draw_curves()
            self._draw_pins()
            self._write_names()
            self._draw_cursor()
            self._draw_marks()
            self._draw_references()
        else:
            self._say(self.options.hint)
        return [Strip(row, self.page.width) for row in self.page.rows()]

    def _fit(self) -> tuple[Span, Span]:
        x_given, y_given = self.options.x_limits, self.options.y_limits
        x = span(self.to_step(x_given[0]), self.to_step(x_given[1])) if x_given else None
        y = span(self.to_axis(y_given[0]), self.to_axis(y_given[1])) if y_given else None
        steps = (x for curve in self.curves for run in curve.runs for x, _ in run)
        x = x or fit_steps([*steps, *self.lost])
        return x, y or fit(self._usual(x), near=(level.y for level in self.levels if _overlap(level, x)))

    def _usual(self, x: Span) -> Iterator[float]:
        """Yield what the axis is to hold: where each curve begins, and all of it but a rare spike."""
        for line, curve in zip(self.chart.lines, self.curves, strict=True):
            values = [y for run in curve.runs for at, y in run if x.holds(at)] if line.sets_scale else []
            yield from values[:1]
            yield from usual(values) if line.shape == "line" else values

    def _beyond(self) -> Iterator[Marker]:
        """Yield a mark for each spike that leaves the frame, with its height."""
        for line, curve in zip(self.chart.lines, self.curves, strict=True):
            for run in curve.runs if line.sets_scale else ():
                for is_far, spike in groupby(run, key=lambda point: not self.y.holds(point[1])):
                    inside = [point for point in spike if self.x.holds(point[0])]
                    if is_far and inside:
                        x, y = max(inside, key=lambda point: abs(point[1] - self.y.low))
                        sign = "▲" if y > self.y.high else "▼"
                        value = 10**y if self.options.log_y and y > -300 else y
                        yield Marker(x=self._step(x), label=f"{sign}{number(value)}", rank=1, is_quiet=True)

    def _step(self, x: float) -> float:
        """Return a place on the axis as a step again."""
        return 10**x if self.options.log_x and x < 18 else x

    def _level(self, item: Reference) -> _Level:
        return _Level(self.to_axis(item.y), safe(item.label), self.to_step(item.since), self.to_step(item.until))

    def _is_shown(self, level: _Level) -> bool:
        return self.y.holds(level.y) and _overlap(level, self.x)

    def _row(self, y: float) -> int:
        return self.top + self.rows - 1 - self.y.cell(y, self.rows)

    def _column(self, x: float) -> int:
        return self.left + self.x.cell(self.to_step(x), self.columns)

    def _ink(self, color: str, *, dim: bool = False, bold: bool = False) -> Style:
        return _ink(color if self.options.in_color else "", dim=dim, bold=bold)

    def _draw_axes(self) -> None:
        page, ink = self.page, self._ink(self.options.colors.axis, dim=True)
        for tick in sorted(self.y_ticks, key=lambda one: self.options.log_y and one.at != round(one.at)):
            if not self.left:
                break
            page.write_if_free(self._row(tick.at), self.left - 1 - cell_len(tick.label), tick.label, ink)
        if self.top + self.rows < page.height:
            self._draw_steps(self.top + self.rows, ink)

    def _draw_steps(self, row: int, ink: Style) -> None:
        ticks = (log_ticks if self.options.log_x else step_ticks)(self.x, self.columns // 12)
        for tick in ticks:
            size = cell_len(tick.label)
            start = min(max(self.left + self.x.cell(tick.at, self.columns) - size // 2, 0), self.page.width - size)
            self.page.write_if_free(row, start, tick.label, ink, room=1)
            if tick is ticks[-1]:
                self.page.write_if_free(row, start + size + 1, safe(self.options.unit), ink)

    def _say(self, hint: str) -> None:
        hint = safe(hint)
        hint = set_cell_size(hint, min(cell_len(hint), self.page.width))
        column = (self.page.width - cell_len(hint)) // 2
        self.page.write(self.top + (self.rows - 1) // 2, column, hint, self._ink(self.options.colors.axis, dim=True))

    def _draw_curves(self) -> None:
        for line, curve in zip(self.chart.lines, self.curves, strict=True):
            inside = [[(self.x.share(x), self.y.share(y)) for x, y in run if self.x.holds(x)] for run in curve.runs]
            connected = line.shape == "line"
            glyph = self.glyphs.dots if not connected else self.glyphs.faint if line.faint else self.glyphs.line
            ink = self._ink(line.color, dim=line.faint)
            for row, text in enumerate(_rasterise(inside, self.columns, self.rows, glyph, connected=connected)):
                self.page.stamp(self.top + row, self.left, text, ink)

    def _write_names(self) -> None:
        """Write the names of curves and levels: beside the picture in the order of their heights, else into it."""
        color = self.options.colors.reference
        ink = self._ink(color, dim=not color)
        levels = self.named
        if not self.right:
            for row, name in levels:
                self.page.write_rightmost(row, self.left, self.left + self.columns, name, ink)
            return
        curves = sorted(zip(self.chart.lines, self.curves, self.names, strict=True), key=lambda one: one[0].faint)
        ends = [
            (self._row(end), name, self._ink(line.color))
            for line, curve, name in curves
            if name and (end := _end(curve, self.x)) is not None
        ]
        of_levels, of_ends = beside(
            [row - self.top for row, _ in levels], [row - self.top for row, _, _ in ends], self.rows
        )
        self._write_beside(of_levels, [(name, ink) for _, name in levels])
        self._write_beside(of_ends, [(name, ink) for _, name, ink in ends])

    def _write_beside(self, rows: list[int | None], names: list[tuple[str, Style]]) -> None:
        for row, (name, ink) in zip(rows, names, strict=True):
            if row is not None:
                self.page.write_if_free(self.top + row, self.page.width - self.right + 1, name, ink)

    def _draw_pins(self) -> None:
        for pin in self.chart.pins:
            y = self.to_axis(pin.y)
            if self._is_inside(pin.x) and self.y.holds(y):
                self.page.write(self._row(y), self._column(pin.x), self.glyphs.pin, self._ink(pin.color, bold=True))

    def _draw_cursor(self) -> None:
        at = self.options.cursor
        if at is not None and self._is_inside(at):
            ink = self._ink(self.options.colors.cursor, bold=True)
            for row in range(self.top, self.top + self.rows):
                self.page.fill(row, self._column(at), self._column(at) + 1, self.glyphs.cursor, ink)

    def _is_inside(self, x: float) -> bool:
        return self.x.holds(self.to_step(x))

    def _draw_marks(self) -> None:
        if not self.top:
            return
        colors = self.options.colors
        alarms = [Marker(x=x, label="!", rank=-1, is_quiet=True) for x in map(self._step, self.lost)]
        strong = [*alarms, *self.beyond]
        markers = [marker for marker in (*strong, *self.chart.markers) if self._is_inside(marker.x)]
        markers = list({(self._column(one.x), one if one.words else one.label): one for one in markers}.values())
        marks = [Mark(self._column(one.x), safe(one.label), safe(one.words), one.rank) for one in markers]
        for column, text, of in place(marks, self.left, self.page.width):
            is_alarm = markers[of] in alarms
            is_dim = markers[of].is_quiet and markers[of] not in strong
            self.page.write(
                0, column, text, self._ink(colors.alarm if is_alarm else colors.marker, dim=is_dim, bold=not is_dim)
            )
        for marker, mark in zip(markers, marks, strict=True):
            for row in range(self.top, self.top + self.rows) if not marker.is_quiet else ():
                ink = self._ink(colors.marker, dim=True)
                self.page.fill(row, mark.column, mark.column + 1, self.glyphs.down, ink)

    def _draw_references(self) -> None:
        ink = self._ink(self.options.colors.reference, dim=True)
        for level in filter(self._is_shown, self.levels):
            begin, end = (self.left + self.x.cell(at, self.columns) for at in (level.since, level.until))
            self.page.fill(self._row(level.y), begin, end + 1, self.glyphs.across, ink)


def _end(curve: _Curve, steps: Span) -> float | None:
    """Return the last value of a curve between two steps; None where it is not there at all."""
    return next((y for run in reversed(curve.runs) for x, y in reversed(run) if steps.holds(x)), None)


def _overlap(level: _Level, steps: Span) -> bool:
    """Tell whether a level holds anywhere between two steps."""
    return level.since < steps.high and level.until > steps.low


@lru_cache(maxsize=256)
def _ink(color: str, *, dim: bool, bold: bool) -> Style:
    return Style(color=Color.parse(color).rich_color if color else None, dim=dim or None, bold=bold or None)


def _curve(line: Line, to_step: Callable[[float], float], to_axis: Callable[[float], float]) -> _Curve:
    gaps = sorted(to_step(x) for x in line.gaps if math.isfinite(x))
    curve = _Curve(runs=[], lost=gaps.copy())
    passed = -1  # gaps left behind
    for x, y in line.points:
        if not math.isfinite(x):
            continue
        at = to_step(x)
        if not math.isfinite(y):
            curve.lost.append(at)
            passed = -1
            continue
        if (now := bisect_right(gaps, at)) != passed:
            curve.runs.append([])
            passed = now
        curve.runs[-1].append((at, to_axis(y)))
    return curve


def get_ready() -> None:
    """Import what draws curves: 0.2 s, which a thread beside the screen has, and the screen has not."""
    import plotext  # type: ignore[import-untyped]  # noqa: F401  # has no types


def _rasterise(
    runs: list[list[tuple[float, float]]], columns: int, rows: int, glyph: str, *, connected: bool
) -> list[str]:
    """Return the rows of a picture of points in the unit square, the highest first."""
    points = [point for run in runs for point in run]
    if not points:
        return []
    import plotext  # 0.2 s that an empty chart must not pay

    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear.data()
    figure.plot_size(columns, rows)
    figure.axes(False)
    figure.canvas("default")
    for axis in ("x", "y"):
        figure.ruler(axis).lim(0, 1)
        figure.ruler(axis).frequency(0)
    signal = figure.signal([x for x, _ in points], [y for _, y in points], marker=plotext.marker(glyph))
    signal.lines(connected)
    start = 0
    for run in runs:
        signal.line(start, False)
        start += len(run)
    figure.draw(signal)
    picture: str = figure.build().string(colorless=True)
    return picture.splitlines()
