"""The conversations that were saved, the newest first, with what is in the one that is pointed at."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from gpt2mini.errors import LabError
from gpt2mini_tui import words
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.safe import safe
from gpt2mini_tui.talk.reopening import Kept, kept_in, reopen
from gpt2mini_tui.widgets.rows import Cell, Rows

__all__ = ["TranscriptPicker"]

_COLLECT = 1 / 20
_EXCERPT = 200
"""Characters that are shown of a conversation."""
_NONE = "No conversation was saved yet.\nEscape, then s in the transcript saves the one that is open."


class TranscriptPicker(ModalScreen[Path | None]):
    """Choose with Enter or a click; Escape leaves the transcript as it is."""

    CSS_PATH = "transcript_picker.tcss"
    BINDING_GROUP_TITLE = "Saved conversations"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", id="transcripts.choose", tooltip="Bring this conversation back."),
        Binding("escape", "dismiss(None)", "Cancel", id="transcripts.cancel", tooltip="Bring none back."),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._errands = Errands("transcripts-reader")
        self._kept: list[Kept] = []

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(id="transcripts") as box:
            box.border_title = Content("conversations that were saved")
            box.border_subtitle = Content("Enter opens one, Escape none")
            yield Rows(self._draw, id="transcripts-rows", hint="looking for conversations")
            yield Static(id="transcripts-about", markup=False)

    def on_mount(self) -> None:
        """See what there is."""
        self.set_interval(_COLLECT, self._errands.drain)
        self._errands.run("list", self._list, self._show, self._fail)
        self.query_one(Rows).focus()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._errands.close()

    def _list(self) -> Iterator[list[Kept]]:
        yield kept_in(self._folder)

    def _show(self, kept: list[Kept]) -> None:
        self._kept = kept
        rows = self.query_one(Rows)
        rows.hint = _NONE
        rows.show(len(kept))
        self._say()

    def _fail(self, error: LabError) -> None:
        self._tell(str(error))

    def _tell(self, about: str) -> None:
        self.query_one("#transcripts-about", Static).update(safe(about, lines=True))

    @on(Rows.Moved)
    def _say(self) -> None:
        rows = self.query_one(Rows)
        if rows.cursor < len(self._kept):
            path = self._kept[rows.cursor].path
            self._errands.run("about", lambda: _about(path), self._tell, self._fail)

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Take the one that is pointed at."""
        rows = self.query_one(Rows)
        if rows.cursor < len(self._kept):
            self.dismiss(self._kept[rows.cursor].path)

    def _draw(self, index: int, width: int) -> list[Cell]:
        kept = self._kept[index]
        return [
            Cell(f" {kept.path.stem}", max(0, width - 20), "strong"),
            Cell(words.size(kept.size), 10, "dim", is_right=True),
            Cell(words.age(kept.saved), 9, "dim", is_right=True),
        ]


def _about(path: Path) -> Iterator[str]:
    """Yield what is in a conversation, in two lines."""
    records = reopen(path)
    models = ", ".join(dict.fromkeys(record.model for record in records if record.model)) or "nobody yet"
    ways = sum(record.branches.count for record in records)
    counted = f"{words.count(len(records), 'text')}, {words.count(ways, 'branch', 'branches')}, written by {models}"
    yield f"{counted}\n{safe(records[-1].branches.text[:_EXCERPT])}"
