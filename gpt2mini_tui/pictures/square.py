"""A matrix with its axes: letters or numbers above and on the left, what is pointed at marked on both."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Window, paint, pooled, window
from gpt2mini_tui.pictures.picture import Matrix, Picture

__all__ = ["Square", "draw_square", "fitted"]


Labels = tuple[Sequence[str], Callable[[int], str]]
"""Of the rows, and what stands above a column, which may be nothing."""


class Square(NamedTuple):
    """Where a matrix lies on a page."""

    top: int
    left: int
    part: Window
    lines: int
    """Rows of the picture in one row of cells: two, or one where there are no colours."""

    def number_at(self, row: int, column: int) -> tuple[int, int] | None:
        """Return which number of the matrix a cell of the page shows, the upper of two."""
        inside = (row - self.top) * self.lines, column - self.left
        if not (0 <= inside[0] < self.part.rows and 0 <= inside[1] < self.part.columns):
            return None
        f = self.part.factor
        return self.part.top + inside[0] * f, self.part.left + inside[1] * f


def fitted(picture: Picture, page: Page, size: int, *, gutter: int, right: int = 0) -> Square:
    """Return where a square matrix fits: below a row of labels, between a gutter and what stands on the right."""
    lines = 2 if picture.palette.is_colored else 1
    room = max(1, page.height - 1) * lines, max(1, page.width - gutter - right)
    look = picture.look
    part = window((size, size), room, cursor=(look.row, look.column), is_whole=look.is_whole)
    return Square(top=1, left=gutter, part=part, lines=lines)


def draw_square(picture: Picture, page: Page, square: Square, matrix: Matrix, *, labels: Labels) -> None:
    """Draw a matrix there with its labels."""
    rows, column = labels
    look, part = picture.look, square.part
    mark = part.place(look.row, look.column) if look.is_pointing else None
    paint(page, (square.top, square.left), pooled(matrix.values, part), matrix.scale, picture.palette, mark=mark)
    for line in range(0, part.rows, square.lines):
        places = [part.top + (line + half) * part.factor for half in range(square.lines)]
        text = "".join(rows[place] for place in places if place < len(rows))
        is_marked = mark is not None and line <= mark[0] < line + square.lines
        at = square.left - 1 - cell_len(text)
        picture.write(page, square.top + line // square.lines, max(0, at), text, picture.label(is_marked=is_marked))
    for place in range(part.columns):
        text = column(part.left + place * part.factor)
        is_marked = mark is not None and place == mark[1]
        if is_marked:
            page.write(0, square.left + place, text, picture.label(is_marked=True))
        elif text:
            page.write_if_free(0, square.left + place, text, picture.label(is_marked=False))
