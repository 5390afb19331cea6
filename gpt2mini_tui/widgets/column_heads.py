"""The titles above a list; a click on one sorts by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.widgets.rows import fit

__all__ = ["ColumnHeads", "Head"]


class Head(NamedTuple):
    """A title in a column."""

    key: str
    title: str
    width: int
    is_right: bool = False


class ColumnHeads(Widget):
    """One line of titles, the sorted one with an arrow."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"heads--sorted"}

    @dataclass
    class Pressed(Message):
        """Somebody wants the list sorted by this column."""

        key: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heads: Sequence[Head] = ()
        self._sorted, self._falls = "", False

    def show(self, heads: Sequence[Head], *, by: str, falls: bool) -> None:
        """Show these titles; the list is sorted `by` one of them, and falls from the largest to the smallest."""
        if (heads, by, falls) != (self._heads, self._sorted, self._falls):
            self._heads, self._sorted, self._falls = heads, by, falls
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the titles."""
        segments = [Segment(" ", self.rich_style)]
        for head in self._heads:
            is_sorted = head.key == self._sorted
            title = f"{head.title}{'▾' if self._falls else '▴'}" if is_sorted else head.title
            ink = self.get_component_rich_style("heads--sorted") if is_sorted else self.rich_style
            segments.append(Segment(fit(title, head.width, is_right=head.is_right), ink))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: Click) -> None:
        """Ask for the list to be sorted."""
        end = 1
        for head in self._heads:
            end += head.width
            if event.x < end:
                self.post_message(self.Pressed(head.key))
                return
