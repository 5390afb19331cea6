"""A few lines to fill in over the app: what is typed is checked at once, in the words of its declaration."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from gpt2mini_tui.safe import safe

__all__ = ["AskScreen", "Question", "anything"]


def anything(_: str) -> str:
    """Find nothing wrong with a text."""
    return ""


class Question(NamedTuple):
    """One line to fill in."""

    label: str
    text: str
    """What stands in it at first."""
    hint: str = ""
    problem: Callable[[str], str] = anything
    """Returns what is wrong with a text, as a sentence, or nothing."""
    advice: Callable[[str], str] = anything
    """Returns what is unusual about a text that is accepted, as a sentence, or nothing."""


class AskScreen(ModalScreen[list[str] | None]):
    """Gives the texts when Enter is pressed and nothing is wrong with them, None for Escape."""

    DEFAULT_CSS = """
    AskScreen { align: center middle; }
    #ask { width: 64; max-width: 90%; height: auto; padding: 0 1; background: $surface; border: round $rule; }
    #ask Horizontal { height: 1; }
    #ask .label { width: 16; color: $foreground-muted; }
    #ask Input { width: 1fr; }
    #ask-problem { height: auto; min-height: 1; color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="ask.cancel", tooltip="Leave everything as it is."),
        Binding("up", "app.focus_previous", "Up", show=False, id="ask.up", tooltip="The line above."),
        Binding("down", "app.focus_next", "Down", show=False, id="ask.down", tooltip="The line below."),
    ]

    def __init__(self, title: str, questions: Sequence[Question]) -> None:
        super().__init__()
        self._title, self._questions = title, questions

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            for place, question in enumerate(self._questions):
                with Horizontal():
                    yield Static(Content(question.label), classes="label", markup=False)
                    yield Input(safe(question.text), question.hint, id=f"answer-{place}", compact=True)
            yield Static(id="ask-problem", markup=False)

    def on_mount(self) -> None:
        box = self.query_one("#ask")
        box.border_title, box.border_subtitle = Content(safe(self._title)), Content("Enter accepts, Escape cancels")
        self.query_one("#answer-0", Input).focus()

    @property
    def problem(self) -> str:
        """What is wrong with the first line that is not right."""
        return next(
            filter(None, (one.problem(text) for one, text in zip(self._questions, self._texts(), strict=True))), ""
        )

    @property
    def advice(self) -> str:
        """What is unusual about the first line that is."""
        return next(
            filter(None, (one.advice(text) for one, text in zip(self._questions, self._texts(), strict=True))), ""
        )

    @on(Input.Changed)
    def _check(self) -> None:
        problem = self.problem
        advice = "" if problem else self.advice
        said = Content(safe(problem)) if problem else Content.styled(safe(advice), "$text-warning")
        self.query_one("#ask-problem", Static).update(said)

    @on(Input.Submitted)
    def _accept(self) -> None:
        if not self.problem:
            self.dismiss(self._texts())

    def _texts(self) -> list[str]:
        typed = [self.query_one(f"#answer-{place}", Input).value for place in range(len(self._questions))]
        # what was shown and not touched stays as it was, control characters included
        return [one.text if text == safe(one.text) else text for one, text in zip(self._questions, typed, strict=True)]
