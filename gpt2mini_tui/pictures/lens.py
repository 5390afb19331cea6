"""The logit lens: under each token of the text, what the model would say next if it stopped after each layer."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.picture import Look, Matrix, Picture, glyph, named, number, padded
from gpt2mini_tui.pictures.stretch import GUTTER, Stretch, stretch

if TYPE_CHECKING:
    from gpt2mini.views import LensView
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["LensPicture"]

_SCALE = Scale(what="probability")
_BOLD = 0.5
"""From this probability on a guess is bold, for those who see no colours."""


class LensPicture(Picture):
    """A row is a layer, a column a position; it scrolls with what is pointed at."""

    @staticmethod
    def span(seen: "Seen") -> tuple[int, int]:
        return seen.n_layer + 1, len(seen.ids)

    @cached_property
    def view(self) -> "LensView":
        """The numbers."""
        return cast("LensView", self.seen.view)

    @property
    def scale(self) -> Scale:
        return _SCALE

    @property
    def natural_size(self) -> tuple[int, int]:
        return max(GUTTER + 2 * len(self.seen.ids), 60), 2 * self._layers + 5

    @property
    def _layers(self) -> int:
        return len(self.view.top)

    def _name(self, token: int) -> str:
        return self.seen.names[int(token)]

    def _shown(self, page: Page) -> Stretch:
        """Return which positions are drawn."""
        spoken = {*self.seen.ids, *(int(token) for token in self.view.top.flat)}
        glyphs = (glyph(self._name(token)) for token in spoken)
        return stretch(page.width, len(self.seen.ids), pointed=self.look.column, glyphs=glyphs)

    def matrices(self) -> Sequence[Matrix]:
        return [Matrix(self.view.probability, _SCALE)]

    def draw(self, page: Page) -> None:
        shown = self._shown(page)
        self._axis(page, 0, shown, "text", self.seen.tokens)
        for layer in range(self._layers):
            self.write(page, 1 + layer, 0, self._layer_name(layer), self.label(is_marked=layer == self.look.row))
            for place in shown.places:
                self._draw_guess(page, layer, place, shown)
        self._axis(page, 1 + self._layers, shown, "next", self.seen.tokens[1:])
        if page.height >= 2 * self._layers + 5:
            self._draw_table(page, self._layers + 3)

    def place(self, row: int, column: int, page: Page) -> Look | None:
        place = self._shown(page).at(column)
        return replace(self.look, row=row - 1, column=place) if 1 <= row <= self._layers and place is not None else None

    def read(self) -> str:
        layer, place = self.look.row, self.look.column
        said = named(self._name(self.view.top[layer, place]))
        where = "from the embedding" if layer == 0 else f"after layer {layer - 1}"
        if layer == self._layers - 1:
            where += ", the output"
        guess = f"after {named(self.seen.tokens[place])} at {place}, {where}: {said} {number(self.probability)}"
        if place + 1 == len(self.seen.ids):
            return guess
        truth = number(self.view.truth[layer, place])
        return f"{guess}; what came, {named(self.seen.tokens[place + 1])}: {truth}"

    @property
    def probability(self) -> float:
        """Of the guess that is pointed at."""
        return float(self.view.probability[self.look.row, self.look.column])

    def _layer_name(self, layer: int) -> str:
        return "embed." if layer == 0 else "output" if layer == self._layers - 1 else f"{layer - 1:>5}"

    def _axis(self, page: Page, row: int, shown: Stretch, name: str, tokens: Sequence[str]) -> None:
        self.write(page, row, 0, name, self.muted)
        for place, token in enumerate(tokens[shown.first : shown.first + shown.length], shown.first):
            self.write(page, row, shown.left(place), glyph(token), self.label(is_marked=place == self.look.column))

    def _draw_guess(self, page: Page, layer: int, place: int, shown: Stretch) -> None:
        share = float(self.view.probability[layer, place])
        text = glyph(self._name(self.view.top[layer, place]))
        text += " " * (shown.cell - cell_len(text))
        is_marked = self.look.is_pointing and (layer, place) == (self.look.row, self.look.column)
        if is_marked:
            ink = self.palette.ink(self.palette.background, self.palette.marker, bold=True)
            ink = ink if self.palette.is_colored else self.palette.ink(reverse=True)
        else:
            ink = self.palette.ink(self.palette.on_heat(share), self.palette.heat(share), bold=share >= _BOLD)
        self.write(page, 1 + layer, shown.left(place), text, ink)

    def _draw_table(self, page: Page, top: int) -> None:
        """Write down all layers at the position that is pointed at."""
        place = self.look.column
        has_next = place + 1 < len(self.seen.ids)
        after = named(self.seen.tokens[place])
        came = f", what came: {named(self.seen.tokens[place + 1])}" if has_next else ""
        self.write(page, top, 0, f"after {after} at {place}{came}", self.text_ink)
        widths = (6, 15, 13, 21, 9)
        heads = ("layer", "says", "probability", "that of what came", "entropy")
        self.write(page, top + 1, 0, padded(zip(heads, widths, strict=True)), self.muted)
        for layer in range(self._layers):
            cells = (
                self._layer_name(layer).strip(),
                named(self._name(self.view.top[layer, place])),
                number(self.view.probability[layer, place]),
                number(self.view.truth[layer, place]),
                number(self.view.entropy[layer, place], 2),
            )
            ink = self.palette.ink("marker" if layer == self.look.row else "text")
            self.write(page, top + 2 + layer, 0, padded(zip(cells, widths, strict=True)), ink)
