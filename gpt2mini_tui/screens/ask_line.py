"""One line to type, about one thing; what is wrong with it is said while it is typed."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.asking import anything

__all__ = ["KEYS", "AskLine"]


KEYS = "Enter keeps it, Escape leaves it as it was"
"""What the two keys do, where nothing else is said."""


class AskLine(ModalScreen[str | None]):
    """Enter gives the line, Escape gives none."""

    DEFAULT_CSS = """
    AskLine {
        align: center middle;
        #ask { width: 70%; min-width: 50; max-width: 90; height: auto; background: $surface; border: round $rule; }
        #ask { border-title-color: $foreground; border-subtitle-color: $foreground-muted; padding: 0 1; }
        #ask-problem { height: auto; min-height: 1; color: $text-error; }
        Input { background: $cursor; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="ask-line.cancel", tooltip="Leave it as it was."),
    ]

    def __init__(
        self,
        title: str,
        text: str,
        *,
        check: Callable[[str], str] = anything,
        hint: str = "",
        keys: str = KEYS,
    ) -> None:
        """`check` returns what is wrong with a line, as a sentence, or nothing; `keys` says what the two keys do."""
        super().__init__()
        self._title, self._text, self._check, self._hint, self._keys = title, text, check, hint, keys

    def compose(self) -> ComposeResult:
        """Make the line."""
        with Vertical(id="ask"):
            yield Input(safe(self._text), compact=True, placeholder=self._hint)
            yield Static(id="ask-problem", markup=False)

    def on_mount(self) -> None:
        """Say what it is about."""
        box = self.query_one("#ask")
        box.border_title = Content(safe(self._title))
        box.border_subtitle = Content(self._keys)
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        self.query_one("#ask-problem", Static).update(safe(self._check(event.value)))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        line = self._text if event.value == safe(self._text) else event.value  # untouched, it stays as it was
        if not self._check(line):
            self.dismiss(line)
