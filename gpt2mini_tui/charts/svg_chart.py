"""A chart as SVG, for a report or a paper: the same values that the terminal draws, with letters and numbers."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from gpt2mini_tui.charts.axis import Span, Tick, fit, fit_steps, log_ticks, step_ticks, to_log, value_ticks
from gpt2mini_tui.charts.experiment_curves import Picture

__all__ = ["COLORS", "svg_chart"]

COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")  # after the last colour they begin anew, with another dash
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 150, 14, 40


def svg_chart(picture: Picture, *, width: int = 760, height: int = 360) -> str:
    """Return an SVG document; a number that cannot be drawn is left out."""
    return _Sheet(picture, width, height).document()


class _Sheet:
    def __init__(self, picture: Picture, width: int, height: int) -> None:
        self.picture, self.width, self.height = picture, width, height
        self.to_x = to_log if picture.log_x else float
        self.to_y = to_log if picture.log_y else float
        points = [(x, y) for curve in picture.curves for x, y in self._known(curve.points)]
        xs = [x for x, _ in points]
        self.x = _padded(fit(xs)) if picture.log_x else fit_steps(xs)
        self.y = fit((y for _, y in points), near=(self.to_y(y) for _, y in picture.references))

    def _known(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        both = [(self.to_x(x), self.to_y(y)) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        return [(x, y) for x, y in both if abs(x) < 1e99 and abs(y) < 1e99]

    def _at(self, x: float, y: float) -> tuple[float, float]:
        across = _LEFT + self.x.share(x) * (self.width - _LEFT - _RIGHT)
        return across, self.height - _BOTTOM - self.y.share(y) * (self.height - _TOP - _BOTTOM)

    def document(self) -> str:
        """Return the whole of it."""
        parts = [*self._axes(), *self._references(), *self._curves()]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'font-family="sans-serif" font-size="12">\n' + "\n".join(parts) + "\n</svg>\n"
        )

    def _axes(self) -> list[str]:
        parts = []
        y_ticks = (log_ticks if self.picture.log_y else value_ticks)(self.y, 6)
        for tick in _inside(y_ticks, self.y):
            left, at = self._at(self.x.low, tick.at)
            right, _ = self._at(self.x.high, tick.at)
            parts.append(f'<path d="M{left:.1f} {at:.1f}H{right:.1f}" stroke="#ddd"/>')
            parts.append(_text(left - 6, at + 4, tick.label, "end"))
        x_ticks = log_ticks(self.x, 6) if self.picture.log_x else step_ticks(self.x, 6)
        for tick in _inside(x_ticks, self.x):
            at, bottom = self._at(tick.at, self.y.low)
            parts.append(f'<path d="M{at:.1f} {bottom:.1f}v5" stroke="#888"/>')
            parts.append(_text(at, bottom + 18, tick.label, "middle"))
        middle = (_LEFT + self.width - _RIGHT) / 2
        parts.append(_text(middle, self.height - 6, self.picture.x_name, "middle"))
        parts.append(_text(6, _TOP - 2, self.picture.y_name, "start"))
        return parts

    def _references(self) -> list[str]:
        parts = []
        for name, value in self.picture.references:
            y = self.to_y(value)
            if self.y.holds(y):
                left, at = self._at(self.x.low, y)
                right, _ = self._at(self.x.high, y)
                parts.append(f'<path d="M{left:.1f} {at:.1f}H{right:.1f}" stroke="#888" stroke-dasharray="4 4"/>')
                parts.append(_text(right + 4, at + 4, name, "start", "#888"))
        return parts

    def _curves(self) -> list[str]:
        parts = []
        for place, curve in enumerate(self.picture.curves):
            color = COLORS[place % len(COLORS)]
            dash = _DASHES[place // len(COLORS) % len(_DASHES)]
            places = [self._at(x, y) for x, y in self._known(curve.points)]
            if curve.is_dots:
                parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>' for x, y in places]
            elif places:
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
                style = f'fill="none" stroke="{color}" stroke-width="1.8" stroke-dasharray="{dash}"'
                parts.append(f'<polyline points="{path}" {style}/>')
            row = _TOP + 14 + 15 * place
            parts.append(_text(self.width - _RIGHT + 62, row, curve.label, "start", color))
        return parts


def _inside(ticks: Sequence[Tick], axis: Span) -> list[Tick]:
    return [tick for tick in ticks if axis.holds(tick.at)]


def _padded(axis: Span) -> Span:
    reach = 0.04 * (axis.high - axis.low)
    return Span(axis.low - reach, axis.high + reach)


def _text(x: float, y: float, text: str, anchor: str, color: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'
