"""Surprise: the text, each token as bright as it was unforeseen, and the worst of them listed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.picture import Look, Matrix, Picture, named, number, padded
from gpt2mini_tui.safe import safe

if TYPE_CHECKING:
    from gpt2mini.views import SurpriseView
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["SurprisePicture"]

_LIST = 48
"""Columns of the list of the worst."""
_LEAST = 30
"""Columns that the text needs beside it."""
_WIDEST = 72
"""Columns of a line of text where there is all the room in the world."""
_BOLD = 0.5
_HEADS = (("nats", 5), ("p", 7), ("likelier", 9), ("token", 11), ("foreseen", 16))


class SurprisePicture(Picture):
    """What is pointed at is a token; there is one row."""

    @staticmethod
    def span(seen: "Seen") -> tuple[int, int]:
        return 1, len(seen.ids)

    @cached_property
    def view(self) -> "SurpriseView":
        """The numbers."""
        return cast("SurpriseView", self.seen.view)

    @property
    def scale(self) -> Scale:
        even = math.log(self.seen.vocab_size) if self.seen.vocab_size > 1 else 1.0
        return Scale(what="nats", high=even, marks=tuple(even * share for share in (0, 0.25, 0.5, 0.75, 1)))

    @property
    def natural_size(self) -> tuple[int, int]:
        rows = max(self._placed(_WIDEST)[-1][0] + 1, min(12, len(self.view.nats) + 2))
        return _WIDEST + 2 + _LIST, rows + 2

    def matrices(self) -> Sequence[Matrix]:
        return [Matrix(self.view.nats[None], self.scale)] if len(self.view.nats) else []

    def draw(self, page: Page) -> None:
        width = self._text_width(page)
        rows = self._draw_text(page, width)
        if width < page.width:
            self._draw_worst(page, 0, width + 2, page.height)
        elif page.height - rows > 3:
            self._draw_worst(page, rows + 1, 0, page.height - rows - 1)

    def place(self, row: int, column: int, page: Page) -> Look | None:
        placed = self._placed(self._text_width(page))
        first = self._first_line(placed, page)
        for place, (line, left, text) in enumerate(placed):
            if line - first == row and left <= column < left + max(1, cell_len(text)):
                return replace(self.look, column=place)
        return None

    def read(self) -> str:
        place, tokens = self.look.column, self.seen.tokens
        if place == 0:
            return f"{named(tokens[0])} is the first token: nothing came before it"
        view, at = self.view, place - 1
        rank = f"{view.rank[at]:,} were likelier"
        foreseen = f"foreseen: {named(self.seen.names[int(view.expected[at])])} {number(view.expected_probability[at])}"
        came = f"{named(tokens[place])} at {place}: {number(view.nats[at])} nats, p {number(math.exp(-view.nats[at]))}"
        return f"{came}, {rank}; {foreseen}"

    @staticmethod
    def _text_width(page: Page) -> int:
        """Return how many columns the text has: all of them, or what the list beside it leaves."""
        return min(_WIDEST, page.width - 2 - _LIST) if page.width >= _LEAST + 2 + _LIST else page.width

    def _first_line(self, placed: Sequence[tuple[int, int, str]], page: Page) -> int:
        """Return the line of the text that is drawn first, so that what is pointed at is in sight."""
        return min(max(0, placed[self.look.column][0] - page.height // 2), max(0, placed[-1][0] + 1 - page.height))

    def _placed(self, width: int) -> list[tuple[int, int, str]]:
        """Return the line, the column and the text of each token; a line break ends its line."""
        placed: list[tuple[int, int, str]] = []
        line = column = 0
        for token in self.seen.tokens:
            text = safe(token) or "∅"
            size = cell_len(text)
            if column and column + size > width:
                line, column = line + 1, 0
            placed.append((line, column, text))
            column += size
            if token.endswith("\n"):
                line, column = line + 1, 0
        return placed

    def _draw_text(self, page: Page, width: int) -> int:
        """Draw the text, scrolled so that what is pointed at can be seen; return how many rows it took."""
        placed = self._placed(width)
        first = self._first_line(placed, page)
        scale = self.scale
        for place, (line, column, text) in enumerate(placed):
            share = scale.share(float(self.view.nats[place - 1])) if place else 0.0
            ink = self.palette.ink(self.palette.on_heat(share), self.palette.heat(share), bold=share >= _BOLD)
            if place == self.look.column and self.look.is_pointing:
                ink = self.palette.ink(self.palette.background, self.palette.marker, bold=True)
                ink = ink if self.palette.is_colored else self.palette.ink(reverse=True)
            self.write(page, line - first, column, text, ink)
        return min(placed[-1][0] + 1, page.height)

    def _draw_worst(self, page: Page, top: int, left: int, room: int) -> None:
        heading = f"loss {number(self.view.loss)} nats/token, mean of {len(self.view.nats):,}; the worst:"
        if not len(self.view.nats):
            self.write(page, top, left, "a single token has no loss", self.text_ink)
            return
        self.write(page, top, left, heading, self.text_ink)
        self.write(page, top + 1, left, padded(_HEADS), self.muted)
        for row, place in enumerate(self.view.worst(max(0, room - 2)), top + 2):
            is_marked = place + 1 == self.look.column and self.look.is_pointing
            ink = self.palette.ink("marker" if is_marked else "text")
            self.write(page, row, left, padded(zip(self._cells(place), (w for _, w in _HEADS), strict=True)), ink)

    def _cells(self, place: int) -> Iterator[str]:
        view = self.view
        yield number(view.nats[place], 2)
        yield number(math.exp(-view.nats[place]), 4)
        yield f"{view.rank[place]:,}"
        yield named(self.seen.tokens[place + 1])
        yield f"{named(self.seen.names[int(view.expected[place])])} {number(view.expected_probability[place], 2)}"
