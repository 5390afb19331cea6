"""How surprised a model was by what it wrote, as five steps: of colour, and of weight for those who see no colour."""

import math
from bisect import bisect_right
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.safe import safe

__all__ = ["LEVELS", "SURPRISE_CLASSES", "Legend", "level"]

_LIMITS = (1.0, 2.0, 4.0, 6.0)
"""Bits at which the next step begins: a probability of 1/2, 1/4, 1/16, 1/64."""
LEVELS = ("under 1", "1–2", "2–4", "4–6", "over 6")
SURPRISE_CLASSES = tuple(f"surprise--{step}" for step in range(len(LEVELS)))


def level(bits: float) -> int:
    """Return the step that a surprise belongs to, 0 to 4; -1 for one that is not known."""
    if math.isnan(bits):
        return -1
    return bisect_right(_LIMITS, bits)


class Legend(Widget):
    """One line that says what the colours mean, and at its right the numbers of the token under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(SURPRISE_CLASSES)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._of = ""
        self._number = ""

    def show(self, *, of: str | None = None, number: str | None = None) -> None:
        """Say whose surprise it is, empty for its writer, and what it is at the cursor; None for as before."""
        self._of = self._of if of is None else safe(of)
        self._number = self._number if number is None else number
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the names of the steps, each as text of that step is drawn."""
        base, width = self.rich_style, self.size.width
        segments = [Segment(f"surprise of {self._of} " if self._of else "surprise ", base)]
        for name, words in zip(SURPRISE_CLASSES, LEVELS, strict=True):
            segments += [Segment(words, self.get_component_rich_style(name)), Segment("  ", base)]
        segments[-1] = Segment(" bits", base)
        used = sum(cell_len(segment.text) for segment in segments)
        room = width - used - 2
        if cell_len(self._number) <= room:
            segments.append(Segment(" " * (width - used - cell_len(self._number)) + self._number, base))
        return Strip(segments).adjust_cell_length(width, base)
