"""What all pictures have in common: they draw themselves into a page, and read aloud what is pointed at."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.heat import Scale
from gpt2mini_tui.pictures.palette import DARK, Palette
from gpt2mini_tui.safe import safe

if TYPE_CHECKING:
    from gpt2mini.views import Numbers
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["BLOCKS", "Look", "Matrix", "Picture", "glyph", "named", "number", "padded"]

BLOCKS = "▏▎▍▌▋▊▉█"
"""One eighth of a cell to a whole one."""

_GLYPHS = {" ": "·", "": "∅", "\t": "⇥"}
_NAMES = {" ": "space", "\n": "line break", "\t": "tab", "": "nothing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How somebody looks at a view."""

    row: int = 0
    column: int = 0
    """What is pointed at, in the numbers of the view."""
    head: int = 0
    is_whole: bool = True
    """Whether a matrix that is too large is pooled until it fits; otherwise it is drawn one to one, in part."""
    is_pointing: bool = True


class Matrix(NamedTuple):
    """Numbers to be drawn as pixels."""

    values: "Numbers"
    scale: Scale


class Picture(ABC):
    """A view as it is drawn for one look at it."""

    can_zoom: ClassVar[bool] = False

    def __init__(self, seen: "Seen", look: Look = Look(), palette: Palette = DARK) -> None:
        self.seen, self.palette = seen, palette
        rows, columns = self.span(seen)
        self.look = Look(
            row=min(max(look.row, 0), max(0, rows - 1)),
            column=min(max(look.column, 0), max(0, columns - 1)),
            head=min(max(look.head, 0), seen.n_head - 1),
            is_whole=look.is_whole,
            is_pointing=look.is_pointing,
        )

    @staticmethod
    @abstractmethod
    def span(seen: "Seen") -> tuple[int, int]:
        """Return how many rows and columns can be pointed at."""

    @property
    @abstractmethod
    def scale(self) -> Scale:
        """What the brightness means."""

    @property
    @abstractmethod
    def natural_size(self) -> tuple[int, int]:
        """How many columns and rows of cells show everything."""

    @abstractmethod
    def draw(self, page: Page) -> None:
        """Draw as much of it as the page holds."""

    @abstractmethod
    def read(self) -> str:
        """Return what is pointed at, in words and numbers."""

    def place(self, row: int, column: int, page: Page) -> Look | None:
        """Return how one looks after pointing at a cell of the page; None where there is nothing to point at."""
        return None

    def matrices(self) -> Sequence[Matrix]:
        """Return the numbers as pixels, where they are a matrix."""
        return ()

    def paged(self, width: int, height: int) -> Page:
        """Return a page of that size with the picture on it."""
        page = Page(max(1, width), max(1, height))
        self.draw(page)
        return page

    # For those who draw

    def write(self, page: Page, row: int, column: int, text: str, ink: Style | None = None) -> None:
        """Write as much of a text as there is room for."""
        room = page.width - column
        if not 0 <= row < page.height or room <= 0 or not text:
            return
        page.write(row, column, text if cell_len(text) <= room else set_cell_size(text, room), ink or self.text_ink)

    @property
    def text_ink(self) -> Style:
        """The ink of plain text."""
        return self.palette.ink("text")

    @property
    def muted(self) -> Style:
        """The ink of names and notes."""
        return self.palette.ink("muted")

    def label(self, *, is_marked: bool) -> Style:
        """Return the ink of a token on an axis."""
        if is_marked and self.look.is_pointing:
            return self.palette.ink("marker", bold=True, reverse=not self.palette.is_colored)
        return self.muted


def glyph(token: str) -> str:
    """Return the first character of a token, so that a blank can be seen: one cell, or two of a wide one."""
    return _GLYPHS.get(token) or safe(token[0])[0]


def named(token: str) -> str:
    """Return a token in a sentence: in quotes, or by its name."""
    return _NAMES.get(token) or f"‘{safe(token)}’"


def number(value: float, digits: int = 3) -> str:
    """Return a number without a leading zero, a dash where there is none: `.132`, `1.000`, `–`."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.removeprefix("0") if text.startswith("0.") else text.replace("-0.", "-.", 1)


def padded(parts: Iterable[tuple[str, int]]) -> str:
    """Return columns of text of the given widths, aligned right."""
    return "".join(" " * max(0, width - cell_len(text)) + text for text, width in parts)
