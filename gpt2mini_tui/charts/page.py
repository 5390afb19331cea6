"""A grid of cells to draw on, with or without a screen; a wide character never pushes its neighbours aside."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

__all__ = ["Page"]

_BLANK = Style()


class Page:
    """Rows of cells, all blank at first. Whatever does not fit whole is not written at all."""

    def __init__(self, width: int, height: int) -> None:
        """Make a page of `width` by `height` cells."""
        self.width, self.height = width, height
        # A text lies in its first cell; the others it covers are empty strings.
        self._cells = [[" "] * width for _ in range(height)]
        self._inks = [[_BLANK] * width for _ in range(height)]

    def write(self, row: int, column: int, text: str, ink: Style) -> None:
        """Put a text over whatever is there."""
        end = column + cell_len(text)
        if not 0 <= column < end <= self.width:
            return
        self._clear(row, column, end)
        self._cells[row][column:end] = [text, *[""] * (end - column - 1)]
        self._inks[row][column:end] = [ink] * (end - column)

    def write_if_free(self, row: int, column: int, text: str, ink: Style, *, room: int = 0) -> bool:
        """Write only over blank cells, with `room` more of them on both sides; tell whether that was possible."""
        end = column + cell_len(text)
        wanted = self._cells[row][max(0, column - room) : end + room]
        is_free = 0 <= column < end <= self.width and all(cell == " " for cell in wanted)
        if is_free:
            self.write(row, column, text, ink)
        return is_free

    def write_rightmost(self, row: int, left: int, right: int, text: str, ink: Style) -> None:
        """Write into the rightmost blank cells that hold the text with a space on both sides, if there are any."""
        spaced = f" {text} "
        for column in range(right - cell_len(spaced), left - 1, -1):
            if self.write_if_free(row, column, spaced, ink):
                return

    def fill(self, row: int, left: int, right: int, glyph: str, ink: Style) -> None:
        """Put a narrow glyph into every blank cell from `left` up to, not including, `right`."""
        cells, inks = self._cells[row], self._inks[row]
        for place in range(left, right):
            if cells[place] == " ":
                cells[place], inks[place] = glyph, ink

    def stamp(self, row: int, column: int, glyphs: str, ink: Style) -> None:
        """Lay narrow glyphs over what is there; their blanks let it shine through."""
        cells, inks = self._cells[row], self._inks[row]
        for place, glyph in enumerate(glyphs, column):
            if glyph != " ":
                cells[place], inks[place] = glyph, ink

    def tint(self, row: int, column: int, glyphs: str, inks: Sequence[Style]) -> None:
        """Lay narrow glyphs, each with its own ink, over cells on which nothing wide lies; what is outside is lost."""
        room = max(0, min(len(glyphs), self.width - column))
        self._cells[row][column : column + room] = glyphs[:room]
        self._inks[row][column : column + room] = inks[:room]

    def rows(self, *, whole: bool = True) -> list[list[Segment]]:
        """Return the rows, each of exactly `width` cells; cells without an ink have no style.

        Unless it is to be whole, the page ends with the last row that is not blank.
        """
        used = len(self._cells)
        while not whole and used and not "".join(self._cells[used - 1]).strip():
            used -= 1
        return [list(_segments(*row)) for row in zip(self._cells[:used], self._inks[:used], strict=True)]

    def _clear(self, row: int, start: int, end: int) -> None:
        """Blank some cells, and the rest of a text of which they are a part."""
        cells = self._cells[row]
        while cells[start] == "":
            start -= 1
        while end < self.width and cells[end] == "":
            end += 1
        cells[start:end] = [" "] * (end - start)


def _segments(cells: list[str], inks: list[Style]) -> Iterable[Segment]:
    start = 0
    for _, same in groupby(inks, key=id):
        end = start + len(list(same))
        yield Segment("".join(cells[start:end]), inks[start])
        start = end
