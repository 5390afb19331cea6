"""Positions: how alike the vectors of any two of them are."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.picture import Look, Matrix, Picture, number
from gpt2mini_tui.pictures.square import Square, draw_square, fitted

if TYPE_CHECKING:
    from gpt2mini.views import PositionView
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["PositionPicture"]

_SCALE = Scale(what="cosine", low=-1.0, high=1.0, marks=(-1.0, -0.5, 0.0, 0.5, 1.0))
_EVERY = 8
"""Columns between two numbers above the map."""


class PositionPicture(Picture):
    """Rows and columns are positions."""

    can_zoom = True

    @staticmethod
    def span(seen: "Seen") -> tuple[int, int]:
        count = len(cast("PositionView", seen.view).positions)
        return count, count

    @cached_property
    def view(self) -> "PositionView":
        """The numbers."""
        return cast("PositionView", self.seen.view)

    @property
    def scale(self) -> Scale:
        return _SCALE

    @property
    def natural_size(self) -> tuple[int, int]:
        count = len(self.view.positions)
        return self._gutter + count, 1 + (-(-count // 2) if self.palette.is_colored else count)

    @cached_property
    def _gutter(self) -> int:
        return len(str(self.view.positions[-1])) + 1

    def matrices(self) -> Sequence[Matrix]:
        return [Matrix(self.view.cosine, _SCALE)]

    def draw(self, page: Page) -> None:
        square = self._square(page)
        part = square.part
        names = [str(position) for position in self.view.positions]
        rows = ["" for _ in names]
        for place in range(part.top, len(names), part.factor * square.lines):
            rows[place] = names[place]

        def column(place: int) -> str:
            is_named = (place - part.left) // part.factor % _EVERY == 0 or place == self.look.column
            return names[place] if is_named else ""

        draw_square(self, page, square, Matrix(self.view.cosine, _SCALE), labels=(rows, column))

    def place(self, row: int, column: int, page: Page) -> Look | None:
        found = self._square(page).number_at(row, column)
        return None if found is None else replace(self.look, row=found[0], column=found[1])

    def read(self) -> str:
        row, column = self.look.row, self.look.column
        one, other = self.view.positions[row], self.view.positions[column]
        return f"position {one} and position {other}: {number(self.view.cosine[row, column], 3)}"

    def _square(self, page: Page) -> Square:
        return fitted(self, page, len(self.view.positions), gutter=self._gutter)
