"""The embedding map: every token on a plane, where its vector lies along the two directions of greatest spread."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.picture import Look, Picture, glyph, named, number

if TYPE_CHECKING:
    from gpt2mini.views import EmbeddingView
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["EmbeddingPicture"]


class EmbeddingPicture(Picture):
    """What is pointed at is a token of the vocabulary; there is one row. Tokens of the text are bright."""

    @staticmethod
    def span(seen: "Seen") -> tuple[int, int]:
        return 1, min(len(cast("EmbeddingView", seen.view).points), len(seen.names))

    @cached_property
    def view(self) -> "EmbeddingView":
        """The numbers."""
        return cast("EmbeddingView", self.seen.view)

    @property
    def scale(self) -> Scale:
        return Scale(what="", marks=())

    @property
    def natural_size(self) -> tuple[int, int]:
        return 100, 32

    def draw(self, page: Page) -> None:
        top = max(1, page.height - 1)
        for row in range(top):
            page.fill(row, page.width // 2, page.width // 2 + 1, "┊" if row != top // 2 else "┼", self.muted)
        page.fill(top // 2, 0, page.width, "╌", self.muted)
        used = {glyph(token) for token in self.seen.tokens}
        hidden, taken = 0, set[tuple[int, int]]()
        places = dict(self._places(page.width, top))
        for token in sorted(places, key=lambda token: (token != self.look.column, self.seen.names[token] not in used)):
            row, column = places[token]
            text = glyph(self.seen.names[token])
            is_marked = token == self.look.column and self.look.is_pointing
            ink = self.palette.ink("text", bold=True) if text in used else self.muted
            cells = {(row, column + more) for more in range(cell_len(text))}
            if cells & taken or column + cell_len(text) > page.width:
                hidden += 1
            else:
                page.write(row, column, text, self.label(is_marked=True) if is_marked else ink)
                taken |= cells
        self._note(page, top, hidden)

    def place(self, row: int, column: int, page: Page) -> Look | None:
        places = self._places(page.width, max(1, page.height - 1))
        distances = {token: abs(at[0] - row) * 2 + abs(at[1] - column) for token, at in places}
        nearest = min(distances, key=lambda token: distances[token], default=0)
        return replace(self.look, column=nearest) if distances.get(nearest, 9) <= 3 else None

    def read(self) -> str:
        token = self.look.column
        x, y = self.view.points[token]
        where = f"({number(x, 2)}, {number(y, 2)})"
        return f"{named(self.seen.names.get(token, ''))}, token {token}, at {where}; nearest: {self._nearest(token)}"

    def _nearest(self, token: int) -> str:
        """Return the three tokens that lie nearest on the map."""
        points = self.view.points
        count = self.span(self.seen)[1]
        distance = ((points[:count] - points[token]) ** 2).sum(axis=1)
        near = [other for other in distance.argsort(kind="stable") if other != token][:3]
        return ", ".join(named(self.seen.names[int(other)]) for other in near) or "no other"

    def _places(self, width: int, height: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the cell of each token; both directions have the scale that just shows everything."""
        points = self.view.points
        reach = [max(1e-9, float(abs(points[:, axis]).max())) for axis in (0, 1)]
        for token in range(self.span(self.seen)[1]):
            x, y = (float(points[token, axis]) / reach[axis] for axis in (0, 1))
            row = round((1 - y) / 2 * (height - 1))
            yield token, (row, min(round((1 + x) / 2 * (width - 1)), width - 2) if width > 1 else 0)

    def _note(self, page: Page, row: int, hidden: int) -> None:
        across, up = (f"{share:.1%}" for share in self.view.explained)
        shown = self.span(self.seen)[1]
        left_out = f", {len(self.view.points) - shown:,} not named" if shown < len(self.view.points) else ""
        behind = f"; {hidden:,} lie behind others{left_out}" if hidden or left_out else ""
        self.write(page, row, 0, f"→ first component {across} of the spread, ↑ second {up}{behind}", self.muted)
