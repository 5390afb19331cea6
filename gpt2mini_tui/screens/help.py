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
    ("Δ", "a hyper-parameter was changed here"),
    ("◆", "the best validation so far"),
    ("▾ ^", "a checkpoint was written; the warm-up ended"),
    ("layers", "a row for each block, time to the right; dark is little, bright is much"),
    ("…", "the sentence below the charts is longer: a larger window has all of it, and so has `runs show`"),
    ("!", "a number was not finite at this step; the step was skipped"),
)


_KEYS = 'under [keys] gives actions other keys, by the names on the right: train.start = "S"; `config path`: where'


class HelpLine(NamedTuple):
    """A key and what it does."""

    group: str
    key: str
    words: str
    name: str = ""
    """What `config.toml` calls it."""


class HelpScreen(ModalScreen[None]):
    """A page over the app; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,f1,q,enter", "dismiss", "Close", id="help.close", tooltip="Back to where you were."
        ),
    ]

    def __init__(
        self, lines: Iterable[HelpLine], *, about: Content = Content(), legend: Sequence[tuple[str, str]] = ()
    ) -> None:
        """`about` is what the widget in focus is for; `legend` are the marks of the place, and what they mean."""
        super().__init__()
        self._lines, self._about, self._legend = list(lines), about, legend

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            if self._about:
                yield Static(self._about, id="about-focus", markup=False)
            yield Static(Group(*self._groups()), markup=False)

    def on_mount(self) -> None:
        box = self.query_one("#help")
        box.border_title = Content("help")
        box.border_subtitle = Content("Escape closes")
        box.focus()

    def _groups(self) -> Iterator[Table]:
        groups: dict[str, dict[tuple[str, str], list[str]]] = {}
        for line in self._lines:
            groups.setdefault(line.group, {}).setdefault((line.words, line.name), []).append(line.key)
        for title, rows in groups.items():
            yield _table(title, [(" ".join(keys), words, name) for (words, name), keys in rows.items()])
        if self._legend:
            yield _table("Reading the lists", [(sign, words, "") for sign, words in self._legend])
        yield _table("Reading the charts", [(sign, words, "") for sign, words in _LEGEND])
        yield _table("Your own keys", [("config.toml", _KEYS, "")])


def _table(title: str, rows: Sequence[tuple[str, str, str]]) -> Table:
    table = Table.grid(Column(width=11), Column(ratio=1), Column(justify="right"), padding=(0, 1, 0, 0), expand=True)
    table.title, table.title_style, table.title_justify = f"\n{title}", "bold", "left"
    for key, words, name in rows:
        table.add_row(Text(key, style="bold"), Text(words), Text(name, style="dim"))
    return table
