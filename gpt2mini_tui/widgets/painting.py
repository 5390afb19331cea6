"""A picture that is drawn whole, and again only when what it shows, its size or its colours have changed.

Most of a chart stays as it was when a run takes another step, so only the cells that differ are sent to the terminal.
"""

import time
from collections.abc import Iterator
from itertools import takewhile

from rich.cells import cell_len
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

__all__ = ["Painting"]

_APART = 12
"""So many cells between two changes cost as much as to move the cursor over them."""
_FRAMING = 4
"""Cells beside a title that belong to it."""


class Painting(Widget):
    """Keeps the lines that `draw` made; whoever shows something else calls `outdate`."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []
        self._drawn: tuple[int, int] | None = None  # the size of what is in the strips; None once it is out of date
        self._title = Content()
        self._titled: Region | None = None  # what is to be shown again, while a title is set
        self.cost = 0.0
        """Seconds of CPU that drawing took the last time."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the lines of the picture."""
        raise NotImplementedError

    def outdate(self) -> None:
        """Have it drawn again; where it stands on the screen, only what has changed of it is shown again."""
        if self._drawn is None or self._drawn != tuple(self.content_size) or not self.is_on_screen:
            self._drawn = None
            self.refresh()
            return
        before = self._strips
        self._draw(*self._drawn)
        changed = [
            Region(left, row, right - left, 1)
            for row, pair in enumerate(zip(before, self._strips, strict=False))
            for left, right in _difference(*pair)
        ]
        if len(before) != len(self._strips):
            self.refresh()
        elif changed:
            self.refresh(*changed)

    def entitle(self, title: Content) -> None:
        """Write a title into the frame above, and show again only what is different of it."""
        if title != self._title:
            before, self._title = self._title, title
            pairs = zip(before.plain, title.plain, strict=False)
            begin = cell_len("".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
            end = max(before.cell_length, title.cell_length) + _FRAMING
            self._titled = Region(begin, -1, end - begin, 1)
            self.border_title = title
            self._titled = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "Painting":
        """Show it again: all of it, but for a new title, for which the toolkit would do so too."""
        if self._titled is not None and self.is_mounted:
            regions = (self._titled,)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _draw(self, width: int, height: int) -> None:
        began = time.thread_time()
        self._strips = self.draw(width, height)
        self.cost = time.thread_time() - began
        self._drawn = (width, height)

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture; the first one asked for draws all of them."""
        width, height = self.content_size
        if self._drawn != (width, height):
            self._draw(width, height)
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(width)
        return strip.apply_style(self.rich_style)

    def notify_style_update(self) -> None:
        """Draw again in the colours of another theme."""
        self._drawn = None
        super().notify_style_update()


def _difference(before: Strip, after: Strip) -> Iterator[tuple[int, int]]:
    """Yield from which cell to which two lines differ; nothing where they are the same."""
    if before == after:
        return
    old, new = _cells(before), _cells(after)
    if len(old) != len(new):
        yield 0, max(len(old), len(new))
        return
    left = right = 0
    for x in (x for x, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]):
        if right and x - right >= _APART:
            yield left, right
            right = 0
        left, right = (left if right else x), x + 1
    if right:
        yield left, right


def _cells(strip: Strip) -> list[tuple[str, Style | None, int]]:
    """Return what stands in each cell: a character, its style, and which of its cells it is."""
    cells: list[tuple[str, Style | None, int]] = []
    for text, style, _ in strip:
        for character in text:
            cells += [(character, style, part) for part in range(cell_len(character))]
    return cells
