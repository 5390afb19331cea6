"""The answers that a question offers, each behind its key; the chosen one stands out, with or without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.flow import Flow

__all__ = ["Answer", "Choices"]

_INDENT = 5


class Answer(NamedTuple):
    """One of the answers."""

    key: str
    text: str


class Choices(Widget):
    """Some answers of a line or more; a click chooses one."""

    DEFAULT_CSS = "Choices { height: auto; }"
    ALLOW_SELECT = False

    @dataclass
    class Chosen(Message):
        """Somebody chose an answer with the mouse."""

        key: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answers: tuple[Answer, ...] = ()
        self._chosen = ""

    def show(self, answers: Sequence[Answer], *, chosen: str) -> None:
        """Show these answers, one of them chosen, or none."""
        if (tuple(answers), chosen) != (self._answers, self._chosen):
            self._answers, self._chosen = tuple(answers), chosen
            self.refresh(layout=True)

    @property
    def text(self) -> str:
        """What is offered, for a test or a screen reader."""
        marks = {True: "chosen: ", False: ""}
        return "\n".join(f"{marks[key == self._chosen]}{key} {text}" for key, text in self._answers)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the answers take."""
        return len(self._lines(width))

    def render(self) -> Content:
        """Return the answers, a dot before each, filled for the one that was chosen."""
        lines = []
        before = ""
        for key, line in self._lines(self.content_size.width):
            is_first, before = key != before, key
            head = f"{'●' if key == self._chosen else '○'} {key}  " if is_first else " " * _INDENT
            style = "bold $accent" if key == self._chosen else ""
            lines.append(Content.assemble((head, style or "bold"), (line, style)))
        return Content("\n").join(lines)

    def on_click(self, event: Click) -> None:
        """Choose the answer under the mouse."""
        lines = self._lines(self.content_size.width)
        if 0 <= event.y < len(lines):
            self.post_message(self.Chosen(lines[event.y][0]))

    def _lines(self, width: int) -> list[tuple[str, str]]:
        """Return every line of every answer with the key that it belongs to."""
        found = []
        for key, text in self._answers:
            flow = Flow(max(8, width - _INDENT))
            flow.add(safe(text), 0)
            found += [(key, "".join(run.text for run in flow.line(index))) for index in range(len(flow))]
        return found
