"""Tokens side by side: as many as there is room for, scrolled to the one that is pointed at."""

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len

__all__ = ["GUTTER", "Stretch", "stretch"]

GUTTER = 7
"""Columns on the left, for the names of the layers."""


class Stretch(NamedTuple):
    """Which positions are drawn, and how many columns each takes."""

    first: int
    length: int
    cell: int

    @property
    def places(self) -> range:
        """The positions."""
        return range(self.first, self.first + self.length)

    def left(self, place: int) -> int:
        """Return the column of a position."""
        return GUTTER + (place - self.first) * self.cell

    def at(self, column: int) -> int | None:
        """Return the position at a column, None where there is none."""
        position = (column - GUTTER) // self.cell
        return self.first + position if 0 <= position < self.length else None


def stretch(width: int, count: int, *, pointed: int, glyphs: Iterable[str]) -> Stretch:
    """Return which of so many positions a page of that width shows, drawn with these glyphs.

    A position takes two columns where a glyph is wide, or where there is room.
    """
    is_roomy = GUTTER + 2 * count <= width
    cell = 2 if is_roomy or any(cell_len(glyph) > 1 for glyph in glyphs) else 1
    length = min(count, max(1, (width - GUTTER) // cell))
    return Stretch(min(max(0, pointed - length // 2), count - length), length, cell)
