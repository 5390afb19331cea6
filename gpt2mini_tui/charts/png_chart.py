"""A chart as PNG, painted from the marks that the SVG is made of, without any library for images."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from gpt2mini_tui.charts.figure import Picture
from gpt2mini_tui.charts.lettering import ADVANCE, letter
from gpt2mini_tui.charts.svg_chart import Dot, Mark, Stroke, Words, marks
from gpt2mini_tui.png import encoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["png_chart"]

_SCALE = 2
"""Pixels for one of SVG, so that it is sharp on a screen of today."""


def png_chart(picture: Picture, *, width: int = 760, height: int = 360) -> bytes:
    """Return a PNG file, of twice as many pixels; letters that are not ASCII are boxes there."""
    import numpy as np

    sheet = _Sheet(np.full((height * _SCALE, width * _SCALE, 3), 255, dtype=np.uint8))
    for mark in marks(picture, width=width, height=height):
        sheet.paint(mark)
    return encoded(sheet.pixels)


class _Sheet:
    def __init__(self, pixels: "NDArray[np.uint8]") -> None:
        self.pixels = pixels
        """(height, width, 3)"""

    def paint(self, mark: Mark) -> None:
        match mark:
            case Stroke(places=places, color=color, width=width, dash=dash):
                for x, y in _along(places, [float(part) for part in dash.split()]):
                    self._disc(x, y, width / 2, color)
            case Dot(x=x, y=y, radius=radius, color=color):
                self._disc(x, y, radius, color)
            case Words():
                self._write(mark)

    def _disc(self, x: float, y: float, radius: float, color: str) -> None:
        reach = max(1, round(radius * _SCALE))
        left, top = (math.floor(place * _SCALE - reach / 2 + 0.5) for place in (x, y))
        if reach <= 4:  # a line: a square is as good
            self._fill(left, top, reach, reach, color)
            return
        for row in range(-reach, reach + 1):
            half = math.isqrt(reach * reach - row * row)
            self._fill(round(x * _SCALE) - half, round(y * _SCALE) + row, 2 * half + 1, 1, color)

    def _fill(self, left: int, top: int, columns: int, rows: int, color: str) -> None:
        ink = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
        self.pixels[max(0, top) : max(0, top + rows), max(0, left) : max(0, left + columns)] = ink

    def _write(self, words: Words) -> None:
        width = len(words.text) * ADVANCE * _SCALE
        left = round(words.x * _SCALE) - {"start": 0, "middle": width // 2, "end": width}[words.anchor]
        top = round(words.y * _SCALE) - 7 * _SCALE
        for place, sign in enumerate(words.text):
            for column, bits in enumerate(letter(sign)):
                for row in range(8):
                    if bits >> row & 1:
                        at = left + (place * ADVANCE + column) * _SCALE
                        self._fill(at, top + row * _SCALE, _SCALE, _SCALE, words.color)


def _along(places: Sequence[tuple[float, float]], dash: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Yield places half a unit apart along a line, without those that a dash leaves out."""
    if len(places) == 1:
        yield places[0]
    gone = 0.0
    for (x, y), (to_x, to_y) in pairwise(places):
        length = math.hypot(to_x - x, to_y - y)
        count = max(1, math.ceil(2 * length))
        for part in range(count):
            share = part / count
            if _is_drawn(gone + share * length, dash):
                yield x + share * (to_x - x), y + share * (to_y - y)
        gone += length


def _is_drawn(distance: float, dash: Sequence[float]) -> bool:
    if not dash:
        return True
    rest = distance % sum(dash)
    for place, length in enumerate(dash):
        if rest < length:
            return place % 2 == 0
        rest -= length
    return False
