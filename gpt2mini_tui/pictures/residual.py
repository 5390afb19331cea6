"""The residual stream: how long it is after each layer, who added how much, and how it differs from token to token."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.picture import BLOCKS, Look, Matrix, Picture, glyph, named, number
from gpt2mini_tui.pictures.stretch import GUTTER, Stretch, stretch

if TYPE_CHECKING:
    from gpt2mini.views import ResidualView
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["ResidualPicture"]

_SAME = 0.95
"""Mean token cosine from which on the positions are as good as one."""


class ResidualPicture(Picture):
    """A row is a layer, a column a token."""

    @staticmethod
    def span(seen: "Seen") -> tuple[int, int]:
        return seen.n_layer + 1, len(seen.ids)

    @cached_property
    def view(self) -> "ResidualView":
        """The numbers."""
        return cast("ResidualView", self.seen.view)

    @property
    def scale(self) -> Scale:
        longest = max(float(self.view.stream.max()), 1e-9)
        return Scale(what="length", high=longest, marks=tuple(longest * n / 4 for n in range(5)))

    @property
    def natural_size(self) -> tuple[int, int]:
        return max(76, GUTTER + 2 * len(self.seen.ids)), 2 * len(self.view.stream) + 4

    def matrices(self) -> Sequence[Matrix]:
        return [Matrix(self.view.stream, self.scale)]

    def draw(self, page: Page) -> None:
        bar = max(1, (page.width - GUTTER - 8) // 3 - 8)
        self._draw_heads(page, bar)
        for layer in range(len(self.view.stream)):
            self._draw_bars(page, 1 + layer, layer, bar)
        if page.height >= 2 * len(self.view.stream) + 3:
            self._draw_tokens(page, len(self.view.stream) + 2)

    def place(self, row: int, column: int, page: Page) -> Look | None:
        layers = len(self.view.stream)
        if 1 <= row <= layers:
            return replace(self.look, row=row - 1)
        layer, place = row - layers - 3, self._shown(page).at(column)
        return replace(self.look, row=layer, column=place) if 0 <= layer < layers and place is not None else None

    def read(self) -> str:
        view, layer, place = self.view, self.look.row, self.look.column
        whose = f"{named(self.seen.tokens[place])} at {place}"
        if layer == 0:
            return f"{whose}, as embedded: length {number(view.stream[0, place], 2)}"
        added = f"attention {number(view.attention[layer - 1, place], 2)}, MLP {number(view.mlp[layer - 1, place], 2)}"
        return f"{whose}, after layer {layer - 1}: length {number(view.stream[layer, place], 2)}; {added}"

    def _draw_heads(self, page: Page, bar: int) -> None:
        self.write(page, 0, 0, "layer", self.muted)
        for place, name in enumerate(("stream", "attention gave", "MLP gave")):
            self.write(page, 0, GUTTER + place * (bar + 8), name, self.muted)
        self.write(page, 0, GUTTER + 3 * (bar + 8), "cosine", self.muted)

    def _draw_bars(self, page: Page, row: int, layer: int, bar: int) -> None:
        """Draw the means over all tokens, on one scale for all of them."""
        view = self.view
        rows = [view.stream] if layer == 0 else [view.stream, view.attention, view.mlp]
        means = [float(values[layer if values is view.stream else layer - 1].mean()) for values in rows]
        longest = max(1e-9, *(float(values.mean(axis=1).max()) for values in (view.stream, view.attention, view.mlp)))
        self.write(page, row, 0, self._layer_name(layer), self.label(is_marked=layer == self.look.row))
        for place, mean in enumerate(means):
            left = GUTTER + place * (bar + 8)
            ink = self.palette.ink("accent" if place == 0 else "second" if place == 1 else "text")
            self.write(page, row, left, _bar(mean / longest, bar), ink)
            self.write(page, row, left + bar + 1, number(mean, 2), self.text_ink)
        cosine = float(view.cosine[layer])
        ink = self.palette.ink("marker", bold=True) if cosine >= _SAME else self.text_ink
        self.write(page, row, GUTTER + 3 * (bar + 8), number(cosine, 2), ink)

    def _draw_tokens(self, page: Page, top: int) -> None:
        """Draw the length of the stream of every token after every layer."""
        shown, scale = self._shown(page), self.scale
        self.write(page, top, 0, "text", self.muted)
        for place in shown.places:
            left = shown.left(place)
            ink = self.label(is_marked=place == self.look.column)
            self.write(page, top, left, glyph(self.seen.tokens[place]), ink)
            for layer in range(len(self.view.stream)):
                share = scale.share(float(self.view.stream[layer, place]))
                is_marked = self.look.is_pointing and (layer, place) == (self.look.row, self.look.column)
                self._fill(page, top + 1 + layer, left, shown.cell, share, is_marked=is_marked)
        for layer in range(len(self.view.stream)):
            ink = self.label(is_marked=layer == self.look.row)
            self.write(page, top + 1 + layer, 0, self._layer_name(layer), ink)

    def _fill(self, page: Page, row: int, column: int, cell: int, share: float, *, is_marked: bool) -> None:
        palette = self.palette
        if not palette.is_colored:
            self.write(page, row, column, ("┼" if is_marked else palette.shade(share)) * cell)
        else:
            color = palette.marker if is_marked else palette.heat(share)
            self.write(page, row, column, " " * cell, palette.ink("", color))

    def _shown(self, page: Page) -> Stretch:
        """Return which positions are drawn."""
        glyphs = map(glyph, self.seen.tokens)
        return stretch(page.width, len(self.seen.ids), pointed=self.look.column, glyphs=glyphs)

    def _layer_name(self, layer: int) -> str:
        return "embed." if layer == 0 else f"{layer - 1:>5}"


def _bar(share: float, room: int) -> str:
    whole, rest = divmod(round(min(max(share, 0.0), 1.0) * room * 8), 8)
    return (BLOCKS[-1] * whole + (BLOCKS[rest - 1] if rest else ""))[:room]
