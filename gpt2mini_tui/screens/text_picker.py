"""The texts that are here: the built-in ones, then those that were prepared before."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from gpt2mini.corpus import Entry, list_corpora, reopen
from gpt2mini.errors import LabError
from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.rows import Cell, Rows

__all__ = ["TextPicker"]

_HEADS = "  characters  different   on disk"
_COLLECT = 1 / 20


class TextPicker(ModalScreen[str | None]):
    """Choose with Enter or a click; Escape keeps the text as it is."""

    CSS_PATH = "text_picker.tcss"
    BINDING_GROUP_TITLE = "Texts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="texts.choose", tooltip="Train on this text."),
        Binding("escape", "dismiss(None)", "Cancel", id="texts.cancel", tooltip="Keep the text as it is."),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._errands = Errands("texts-reader")
        self._entries: list[Entry] = []

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(id="texts"):
            with Horizontal(id="texts-heads"):
                yield Static(" Train on", id="texts-title", markup=False)
                yield Static(_HEADS, id="texts-columns", markup=False)
            yield Rows(self._draw, id="texts-rows", hint="looking for texts")
            yield Static(id="texts-about", markup=False)

    def on_mount(self) -> None:
        """See what there is."""
        self.set_interval(_COLLECT, self._errands.drain)
        self._errands.run("texts", self._read, self._show, self._fail)
        self.query_one(Rows).focus()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._errands.close()

    def _read(self) -> Iterator[list[Entry]]:
        entries = list_corpora(self._home)
        prepared = {entry.source: entry for entry in entries if not entry.description}
        named = [entry for entry in entries if entry.description]
        known = {entry.source for entry in named}
        counted = [
            replace(prepared[one.source], description=one.description) if one.source in prepared else one
            for one in named
        ]
        yield counted + [entry for source, entry in prepared.items() if source not in known and source != "-"]

    def _measure(self, entry: Entry) -> Iterator[str]:
        """Yield the reference lines of a text that was prepared before."""
        found = reopen(entry.fingerprint, self._home).references
        ordered = sorted(found.items(), key=lambda reference: -reference[1])
        yield "loss of " + ", ".join(f"{words.reference(name)} {words.loss(value)}" for name, value in ordered)

    def _show(self, entries: list[Entry]) -> None:
        self._entries = entries
        self.query_one(Rows).show(len(entries))
        self._say()

    def _fail(self, error: LabError) -> None:
        self.query_one(Rows).hint = safe(error)

    @on(Rows.Moved)
    def _say(self) -> None:
        rows = self.query_one(Rows)
        if rows.cursor < len(self._entries):
            entry = self._entries[rows.cursor]
            self._tell(entry, "" if entry.fingerprint else "Its reference lines are counted when it is chosen.")
            if entry.fingerprint:
                self._errands.run(
                    "lines", lambda: self._measure(entry), lambda line: self._tell(entry, line), self._fail
                )

    def _tell(self, entry: Entry, lines: str) -> None:
        about = safe(entry.problem or entry.description or entry.source)
        self.query_one("#texts-about", Static).update(f"{about}\n{lines}")

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Take the one that is pointed at."""
        rows = self.query_one(Rows)
        if rows.cursor < len(self._entries):
            self.dismiss(self._entries[rows.cursor].source)

    def _draw(self, index: int, width: int) -> list[Cell]:
        entry = self._entries[index]
        return [
            Cell(f" {entry.name}", max(0, width - len(_HEADS)), "bad" if entry.problem else "strong"),
            Cell(f"{entry.characters:,}" if entry.characters else "", 12, is_right=True),
            Cell(f"{entry.vocabulary:,}" if entry.vocabulary else "", 11, is_right=True),
            Cell(words.size(entry.size) if entry.size else "", 10, "dim", is_right=True),
        ]
