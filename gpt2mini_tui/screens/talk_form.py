"""How a conversation goes: plain or in turns, and how fresh the copy of a run is that trains meanwhile."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from gpt2mini.errors import UsageError
from gpt2mini_tui.safe import safe
from gpt2mini_tui.talk.turns import FORMS, PLAIN, Turns, escaped, turns

__all__ = ["Talk", "TalkForm"]

_ABOUT = r"""
A base model goes on with a text. A model of dialogues can take turns, if it is asked in their form: {} is where your
words go, \n breaks the line, and the turn of the model ends where the form would break it.
"""
_MOST = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How a conversation goes."""

    turns: Turns = PLAIN
    every: int = 50
    """Steps after which a newer copy is taken of a run that trains."""


class TalkForm(ModalScreen[Talk | None]):
    """Two lines to fill in; the form of the turns can be a name, and the arrow keys go through the names."""

    CSS_PATH = "talk_form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="talk.cancel", tooltip="Leave everything as it is."),
        Binding("up", "other(-1)", "Before", id="talk.before", tooltip="The form before."),
        Binding("down", "other(1)", "Next form", id="talk.next", tooltip="The next form."),
    ]

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self._talk = talk

    def compose(self) -> ComposeResult:
        """Make the form."""
        named = {pattern: name for name, pattern in FORMS.items()}
        pattern = self._talk.turns.pattern
        with Vertical(id="talk") as box:
            box.border_title = Content("how to talk")
            yield Static(Content(" ".join(_ABOUT.split())))
            with Horizontal(classes="talk-row"):
                yield Label("turns ")
                yield Input(named.get(pattern, escaped(pattern)), id="talk-turns", compact=True)
            yield Static(id="talk-seen", markup=False)
            with Horizontal(classes="talk-row"):
                yield Label("fresh copy of a run that trains, every ")
                yield Input(str(self._talk.every), id="talk-every", compact=True, type="integer")
                yield Label(" steps")
            yield Static(id="talk-problem", markup=False)

    def on_mount(self) -> None:
        """Begin with the turns."""
        self.query_one("#talk-turns", Input).focus()

    def action_other(self, direction: int) -> None:
        """Go to another of the named forms."""
        field, names = self.query_one("#talk-turns", Input), list(FORMS)
        at = names.index(field.value) if field.value in names else -direction
        field.value = names[(at + direction) % len(names)]

    @on(Input.Changed)
    def _changed(self) -> None:
        problem, seen = "", ""
        try:
            seen = _example(self._read().turns)
        except UsageError as error:
            problem = str(error)
        self.query_one("#talk-seen", Static).update(safe(seen, lines=True))
        self.query_one("#talk-problem", Static).update(safe(problem))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        try:
            self.dismiss(self._read())
        except UsageError as error:
            self.query_one("#talk-problem", Static).update(safe(error))

    def _read(self) -> Talk:
        every = self.query_one("#talk-every", Input).value
        if not every.isdecimal() or not 1 <= int(every) <= _MOST:
            raise UsageError("a copy is taken after a number of steps", do=f"Give a whole number from 1 to {_MOST:,}.")
        return Talk(turns=turns(self.query_one("#talk-turns", Input).value), every=int(every))


def _example(form: Turns) -> str:
    """Return how something would be put."""
    return f"{form.put('…')}…" if not form.is_plain else "…"
