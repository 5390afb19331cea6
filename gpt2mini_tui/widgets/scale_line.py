"""What brightness means, in numbers: the legend of a picture."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.palette import DARK, LIGHT, PLAIN, Palette
from gpt2mini_tui.pictures.picture import number

__all__ = ["ScaleLine"]

_ROOMY = 100
"""Columns of the window from which on every mark has its number."""


class ScaleLine(Widget):
    """A swatch for each mark of a scale; as wide as it has to be."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._scale: Scale | None = None

    def show(self, scale: Scale | None) -> None:
        """Show a scale, or nothing."""
        self._scale = scale if scale is not None and scale.marks else None
        self.fit()

    def fit(self) -> None:
        """Be as wide as the window allows."""
        self.styles.width = sum(len(segment.text) for segment in self._segments())
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        return Strip(self._segments()).apply_style(self.rich_style).adjust_cell_length(self.size.width, self.rich_style)

    def _segments(self) -> list[Segment]:
        if self._scale is None:
            return []
        theme = self.app.current_theme
        palette = PLAIN if theme.ansi else DARK if theme.dark else LIGHT
        muted, scale = palette.ink("muted"), self._scale
        if self.app.size.width < _ROOMY:
            swatches = [_swatch(step / 7, palette, 1) for step in range(8)]
            ends = [Segment(f" {_short(mark)} ", muted) for mark in (scale.low, scale.high)]
            return [Segment(f" {scale.what}", muted), ends[0], *swatches, ends[1]]
        found = [Segment(f" {scale.what} ", muted)]
        for mark in scale.marks:
            found += [_swatch(scale.share(mark), palette, 2), Segment(f" {_short(mark)} ", muted)]
        return found


def _swatch(share: float, palette: Palette, size: int) -> Segment:
    if palette.is_colored:
        return Segment(" " * size, palette.ink("", palette.heat(share)))
    return Segment(palette.shade(share) * size)


def _short(mark: float) -> str:
    return f"{mark:.0f}" if mark == round(mark) else number(mark, 1 if abs(mark) >= 1 else 2).rstrip("0").rstrip(".")
