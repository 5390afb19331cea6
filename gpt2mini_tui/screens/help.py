"""The keys that work here, and how to read the charts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from rich.console import Group
from rich.table import Column, Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

__all__ = ["HelpLine", "HelpScreen"]

_LEGEND = (
    ("bright line", "training loss, smoothed; the faint one behind it is every single step"),
    ("dots", "validation loss, on text held back from training"),
    ("dashes", "what guessing reaches, and what counting the 1, 2, 3 characters before reaches"),
    ("floor", "the true entropy of the text, where it is known: nobody can do better"),
    ("R, r", "a switch was flipped here: a capital away from GPT-2, a small letter back to it"),
    ("!", "a number was not finite at this step; the step was skipped"),
)


class HelpLine(NamedTuple):
    """A key and what it does."""

    group: str
    key: str
    words: str


class HelpScreen(ModalScreen[None]):
    """A page over the app; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", tooltip="Back to where you were."),
    ]

    def __init__(self, lines: Iterable[HelpLine]) -> None:
        super().__init__()
        self._lines = list(lines)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(Group(*self._groups()), markup=False)

    def on_mount(self) -> None:
        box = self.query_one("#help")
        box.border_title = Content("help")
        box.border_subtitle = Content("Escape closes")
        box.focus()

    def _groups(self) -> Iterator[Table]:
        groups: dict[str, dict[str, list[str]]] = {}
        for line in self._lines:
            groups.setdefault(line.group, {}).setdefault(line.words, []).append(line.key)
        for title, rows in groups.items():
            yield _table(title, [(" ".join(keys), words) for words, keys in rows.items()])
        yield _table("Reading the charts", list(_LEGEND))


def _table(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(Column(width=10), Column(), padding=(0, 2, 0, 0), expand=True)
    table.title, table.title_style, table.title_justify = f"\n{title}", "bold", "left"
    for key, words in rows:
        table.add_row(Text(key, style="bold"), Text(words))
    return table
