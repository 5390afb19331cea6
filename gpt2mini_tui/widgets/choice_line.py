"""A few words in a row of which one is chosen: by a key that others own, or by the mouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.rows import fit

__all__ = ["Choice", "ChoiceLine"]


class Choice(NamedTuple):
    """One of the words."""

    key: str
    """What is chosen."""
    words: str
    hot: str = ""
    """The letter among the words that is its key on the keyboard."""


class ChoiceLine(Widget):
    """Shows the choices, and some words at the right; where there is no room, those around the chosen one."""

    ALLOW_SELECT = False

    @dataclass
    class Chosen(Message):
        """One was clicked."""

        line: "ChoiceLine"
        key: str

        @property
        def control(self) -> "ChoiceLine":
            """The line."""
            return self.line

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: Sequence[Choice] = ()
        self._current, self._left, self._right = "", "", ""

    def show(self, choices: Sequence[Choice], *, current: str, left: str = "", right: str = "") -> None:
        """Show these, one of them chosen, with words before and behind them."""
        now = (tuple(choices), current, safe(left), safe(right))
        if now != (self._choices, self._current, self._left, self._right):
            self._choices, self._current, self._left, self._right = now
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        tabs = Content("").join(tab for _, tab in self._tabs())
        room = self.content_size.width
        right = Content.styled(self._right, "$foreground-muted")
        gap = max(1, room - tabs.cell_length - right.cell_length)
        line = Content.assemble(tabs, " " * gap, right) if self._right else tabs
        return line.truncate(room, ellipsis=True)

    def on_click(self, event: Click) -> None:
        """Tell which one was clicked."""
        event.stop()
        end = 0
        for key, tab in self._tabs():
            start, end = end, end + tab.cell_length
            if key and start <= event.x < end:
                self.post_message(self.Chosen(self, key))

    def _tabs(self) -> list[tuple[str, Content]]:
        left = self._words_before()
        tabs = [("", Content.styled(left, "$foreground-muted"))] if left else []
        return tabs + [(choice.key, self._tab(choice)) for choice in self._fitting()]

    def _tab(self, choice: Choice) -> Content:
        is_current = choice.key == self._current
        style = "bold underline $accent" if is_current else "$foreground-muted"
        before, hot, after = choice.words.partition(choice.hot) if choice.hot else (choice.words, "", "")
        hot_style = style if is_current else "bold $foreground"
        return Content.assemble(" ", (before, style), (hot, hot_style), (after, style), " ")

    def _words_before(self) -> str:
        """Return the words on the left, of which the chosen one and the words on the right leave so much room."""
        chosen = max((cell_len(one.words) + 2 for one in self._choices if one.key == self._current), default=0)
        room = self.content_size.width - chosen - cell_len(self._right) - 1
        return self._left if cell_len(self._left) <= room else fit(self._left.rstrip(), max(0, room))

    def _fitting(self) -> list[Choice]:
        """Return as many choices around the chosen one as there is room for."""
        room = self.content_size.width - cell_len(self._words_before()) - cell_len(self._right) - 1
        chosen = next((place for place, one in enumerate(self._choices) if one.key == self._current), 0)
        first, last = chosen, chosen + 1

        def size(start: int, end: int) -> int:
            return sum(Content(one.words).cell_length + 2 for one in self._choices[start:end])

        while True:
            if last < len(self._choices) and size(first, last + 1) <= room:
                last += 1
            elif first > 0 and size(first - 1, last) <= room:
                first -= 1
            else:
                return list(self._choices[first:last])
