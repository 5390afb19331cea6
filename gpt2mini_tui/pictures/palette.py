"""From a share to an ink. Lightness alone tells more from less, so nothing is lost without hue, or on paper."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color
from rich.style import Style

__all__ = ["DARK", "LEVELS", "LIGHT", "PALETTES", "PLAIN", "Palette", "ink", "rgb"]

LEVELS = 64
"""Shades that are told apart; few enough for neighbours to share one."""

_SHADES = " ░▒▓█"
_STEPS = (0.05, 0.25, 0.5, 0.75)  # shares from which on the next of the shades is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of a theme. All are `#rrggbb`; `stops` run from nothing to everything."""

    stops: tuple[str, ...]
    background: str
    text: str
    muted: str
    accent: str
    marker: str
    """Of the place that is pointed at."""
    second: str
    """Of a second kind of bar."""
    is_colored: bool = True
    """Without colours a share is a shade of grey made of dots."""

    def heat(self, share: float) -> str:
        """Return the colour of a share from 0 to 1; of NaN, that of nothing."""
        return self.level(round(min(max(share, 0.0), 1.0) * (LEVELS - 1)) if not math.isnan(share) else 0)

    def level(self, level: int) -> str:
        """Return one of the shades, from 0 to `LEVELS` - 1."""
        return _mixed(self.stops, level)

    def halves(self, upper: int, lower: int) -> Style:
        """Return the ink of an upper half block: its shade above, the other below, or nothing for -1."""
        return _halves(self.stops, upper, lower)

    def on_heat(self, share: float) -> str:
        """Return the colour of text on that of a share: whichever can be read."""
        darkest, lightest = sorted((self.stops[0], self.stops[-1]), key=_lightness)
        return darkest if _lightness(self.heat(share)) > 0.45 else lightest

    def shade(self, share: float) -> str:
        """Return the glyph of a share where there are no colours."""
        return _SHADES[bisect_right(_STEPS, share)] if not math.isnan(share) else " "

    def ink(
        self, color: str = "", on: str = "", *, bold: bool = False, reverse: bool = False, underline: bool = False
    ) -> Style:
        """Return an ink in the colour named `text`, `muted`, …, or none at all where there are no colours."""
        if not self.is_colored:
            return ink("", "", bold=bold, reverse=reverse, underline=underline)
        return ink(getattr(self, color, color), on, bold=bold, reverse=reverse, underline=underline)


DARK = Palette(
    stops=("#1a1e25", "#1f3c58", "#2f6f9f", "#7fb7dd", "#f6ecc8"),
    background="#14171c",
    text="#d3d7de",
    muted="#98a1ae",
    accent="#88b4d8",
    marker="#e07a5f",
    second="#e0b878",
)
LIGHT = Palette(
    stops=("#efefea", "#cfdfe9", "#7fabc9", "#22648f", "#0d2a42"),
    background="#f7f7f4",
    text="#23282f",
    muted="#5b626c",
    accent="#22648f",
    marker="#c4441f",
    second="#9a5b00",
)
PLAIN = Palette(
    stops=("#000000", "#ffffff"),
    background="",
    text="",
    muted="",
    accent="",
    marker="",
    second="",
    is_colored=False,
)
PALETTES = {"dark": DARK, "light": LIGHT}


@lru_cache(maxsize=8192)
def ink(color: str, on: str, *, bold: bool = False, reverse: bool = False, underline: bool = False) -> Style:
    """Return a style; the same one for the same wishes, so that a page can tell where one ends."""
    return Style(
        color=_color(color), bgcolor=_color(on), bold=bold or None, reverse=reverse or None, underline=underline or None
    )


@lru_cache(maxsize=16384)
def _halves(stops: tuple[str, ...], upper: int, lower: int) -> Style:
    return ink(_mixed(stops, upper), "" if lower < 0 else _mixed(stops, lower))


@lru_cache(maxsize=1024)
def _color(color: str) -> Color | None:
    return Color.parse(color) if color else None


@lru_cache(maxsize=256)
def _mixed(stops: tuple[str, ...], level: int) -> str:
    place = level / (LEVELS - 1) * (len(stops) - 1)
    before = min(int(place), len(stops) - 2)
    parts = zip(rgb(stops[before]), rgb(stops[before + 1]), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * (place - before)):02x}" for low, high in parts)


def rgb(color: str) -> tuple[int, int, int]:
    """Return the red, green and blue of a `#rrggbb`, each from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


@lru_cache(maxsize=1024)
def _lightness(color: str) -> float:
    red, green, blue = rgb(color)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
