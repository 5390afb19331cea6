"""Attention: who looks at whom in one head, large; beside it all heads of the layer, small, and what kind each is."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale, paint, pooled, window
from gpt2mini_tui.pictures.picture import Look, Matrix, Picture, glyph, named, number, padded
from gpt2mini_tui.pictures.square import Square, draw_square, fitted

if TYPE_CHECKING:
    from gpt2mini.views import AttentionView
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["AttentionPicture"]

_SCALE = Scale(what="weight", is_root=True, marks=(0.0, 0.01, 0.1, 0.25, 0.5, 1.0))
_PANEL = 32
"""Columns of the table of heads."""
_LEAST = 72
"""Columns of a page from which on there is room for the panel."""
_SMALLEST = 6
"""Columns of a small map below which it shows nothing."""


class _Tiles(NamedTuple):
    """How small maps lie beside and below one another."""

    size: int
    """Columns of each, without the space around it; half as many rows."""
    across: int
    rows: int
    columns: int


class AttentionPicture(Picture):
    """A row is a token that asks, a column one that is asked."""

    can_zoom = True

    @staticmethod
    def span(seen: "Seen") -> tuple[int, int]:
        return len(seen.ids), len(seen.ids)

    @cached_property
    def view(self) -> "AttentionView":
        """The numbers."""
        return cast("AttentionView", self.seen.view)

    @property
    def scale(self) -> Scale:
        return _SCALE

    @property
    def natural_size(self) -> tuple[int, int]:
        T = len(self.seen.ids)
        rows = -(-T // 2) if self.palette.is_colored else T
        return self._gutter + T + 2 + _PANEL, max(1 + rows + self._below, self._below + 8)

    @property
    def _below(self) -> int:
        """How many rows the table of heads and a space above it take."""
        return 2 + len(self.view.entropy[0])

    def _is_stacked(self, page: Page) -> bool:
        """Tell whether the table stands below the map: there is height enough for all of it, and not the width."""
        lines = 2 if self.palette.is_colored else 1
        T = len(self.seen.ids)
        is_narrow = page.width < self.natural_size[0]
        return is_narrow and self._gutter + T <= page.width and page.height >= 1 + -(-T // lines) + self._below

    def _is_beside(self, page: Page) -> bool:
        """Tell whether the table stands beside the map."""
        return page.width >= min(_LEAST, self.natural_size[0]) and not self._is_stacked(page)

    @property
    def _head(self) -> int:
        """Which of the matrices is drawn large; a view of one head has only that."""
        return self.look.head if len(self.view.weights) > 1 else 0

    @cached_property
    def _gutter(self) -> int:
        widest = max(map(cell_len, self._glyphs))
        return widest * (2 if self.palette.is_colored else 1) + 1

    @cached_property
    def _glyphs(self) -> list[str]:
        return [glyph(token) for token in self.seen.tokens]

    def matrices(self) -> Sequence[Matrix]:
        return [Matrix(weights, _SCALE) for weights in self.view.weights]

    def draw(self, page: Page) -> None:
        square = self._square(page)
        chosen = Matrix(self.view.weights[self._head], _SCALE)
        draw_square(self, page, square, chosen, labels=(self._glyphs, lambda place: self._glyphs[place]))
        if self._is_stacked(page):
            self._draw_heads(page, self._heads_below(square), 0)
        elif self._is_beside(page):
            left = square.left + square.part.columns + 2
            self._draw_heads(page, 0, left)
            self._draw_tiles(page, left, 2 + len(self.view.entropy[0]))

    def place(self, row: int, column: int, page: Page) -> Look | None:
        found = self._square(page).number_at(row, column)
        if found is not None:
            return replace(self.look, row=found[0], column=found[1])
        head = self._head_at(row, column, page)
        return None if head is None else replace(self.look, head=head)

    def read(self) -> str:
        look, tokens = self.look, self.seen.tokens
        weight = self.view.weights[self._head, look.row, look.column]
        asks, asked = named(tokens[look.row]), named(tokens[look.column])
        return f"{asks} at {look.row} looks at {asked} at {look.column}: {number(weight, 4)}"

    def _square(self, page: Page) -> Square:
        right = _PANEL + 2 if self._is_beside(page) else 0
        return fitted(self, page, len(self.seen.ids), gutter=self._gutter, right=right)

    # The panel

    @staticmethod
    def _heads_below(square: Square) -> int:
        """Return where the table of heads begins that stands below the map."""
        return square.top + -(-square.part.rows // square.lines) + 1

    def _draw_heads(self, page: Page, top: int, left: int) -> None:
        view, layer = self.view, self.view.layer
        self.write(page, top, left, padded([("head", 4), ("entropy", 9), ("previous", 10), ("induct.", 9)]), self.muted)
        for head in range(len(view.entropy[layer])):
            is_chosen = head == self.look.head
            ink = self.palette.ink("marker" if is_chosen else "text", bold=is_chosen)
            mark = "›" if is_chosen else " "
            self.write(page, top + 1 + head, left, mark + padded([(str(head), 3), *self._scores(head)]), ink)

    def _scores(self, head: int) -> list[tuple[str, int]]:
        """Return entropy, previous-token and induction score of a head, each with the width of its column."""
        view, place = self.view, (self.view.layer, head)
        scores = ((view.entropy, 9), (view.previous, 10), (view.induction, 9))
        return [(number(values[place], 2), width) for values, width in scores]

    def _draw_tiles(self, page: Page, left: int, top: int) -> None:
        tiles = self._tiles(page, left, top)
        lines = 2 if self.palette.is_colored else 1
        for head, weights in enumerate(self.view.weights) if tiles.size >= _SMALLEST else ():
            row, column = top + head // tiles.across * tiles.rows, left + head % tiles.across * tiles.columns
            is_chosen = head == self.look.head
            ink = self.palette.ink("marker" if is_chosen else "muted", bold=is_chosen)
            self.write(page, row, column, f"{'›' if is_chosen else ' '}head {head}", ink)
            part = window(weights.shape, (tiles.size * lines // 2, tiles.size))
            paint(page, (row + 1, column + 1), pooled(weights, part), _SCALE, self.palette)

    def _tiles(self, page: Page, left: int, top: int) -> _Tiles:
        """Return how the small maps of all heads lie so that they are as large as can be."""
        heads, room = len(self.view.weights), (page.height - top, page.width - left)
        found = []
        for across in range(1, heads + 1):
            rows, columns = room[0] // -(-heads // across), room[1] // across
            found.append(_Tiles(min(columns - 2, 2 * (rows - 2)), across, rows, columns))
        return max(found) if heads > 1 else _Tiles(0, 1, 1, 1)

    def _head_at(self, row: int, column: int, page: Page) -> int | None:
        """Return the head whose line or small map a cell belongs to."""
        square = self._square(page)
        left = square.left + square.part.columns + 2
        heads = len(self.view.weights)
        if heads == 1:
            return None
        if self._is_stacked(page):
            head = row - self._heads_below(square) - 1
            return head if 0 <= head < heads else None
        if not self._is_beside(page) or column < left:
            return None
        if 1 <= row <= heads:
            return row - 1
        top = 2 + heads
        tiles = self._tiles(page, left, top)
        if row < top or tiles.size < _SMALLEST or (column - left) // tiles.columns >= tiles.across:
            return None
        head = (row - top) // tiles.rows * tiles.across + (column - left) // tiles.columns
        return head if head < heads else None
