"""Every branch of a text, those that begin alike next to each other; Enter goes to one."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from gpt2mini_tui.talk.branches import Way
from gpt2mini_tui.talk.transcripts import summary
from gpt2mini_tui.widgets.rows import Cell, Rows

__all__ = ["WayList"]

_CONTEXT = 12
"""Tokens that are shown of what two ways have in common."""


class WayList(ModalScreen[Way | None]):
    """The tree as a list: each way is shown from where it parts from the one above it."""

    CSS_PATH = "way_list.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="ways.cancel", tooltip="Stay on this branch."),
        Binding("enter", "choose", "Go", id="ways.choose", tooltip="Go to this branch."),
    ]

    def __init__(self, ways: Sequence[Way]) -> None:
        super().__init__()
        self._ways = ways

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(id="ways") as box:
            box.border_title = Content("branches of this text")
            box.border_subtitle = Content("Enter goes to one, Escape stays")
            yield Rows(self._draw)

    def on_mount(self) -> None:
        """Point at the branch that is current."""
        rows = self.query_one(Rows)
        rows.show(len(self._ways))
        rows.cursor = next((index for index, way in enumerate(self._ways) if way.is_current), 0)
        rows.focus()

    def action_choose(self) -> None:
        """Take the one that is pointed at."""
        if self._ways:
            self.dismiss(self._ways[self.query_one(Rows).cursor])

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def _draw(self, index: int, width: int) -> list[Cell]:
        way = self._ways[index]
        start = max(0, way.parts_at - _CONTEXT)
        shared = "".join(one.text for one in way.said[start : way.parts_at])
        own = "".join(one.text for one in way.said[way.parts_at : way.parts_at + width])
        about = summary(way.said)
        room = max(0, width - len(about) - 3)
        mark = "● " if way.is_current else "  "
        before = f"{'…' if start else ''}{shared}"
        left = min(cell_len(before) + 1, room // 3) if before else 0
        return [
            Cell(mark, 2, "accent"),
            Cell(before, left, "dim"),
            Cell(own, room - left, "strong" if way.is_current else ""),
            Cell(about, len(about) + 1, "dim", is_right=True),
        ]
