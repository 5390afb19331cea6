"""The line that a prompt is typed into; what was asked before comes back with the arrow keys."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

__all__ = ["PromptLine"]


class PromptLine(Input):
    """Keeps what was asked selected, so that Enter asks it again and typing replaces it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Earlier", show=False, id="prompt.earlier", tooltip="The prompt before this one."),
        Binding("down", "recall(1)", "Later", show=False, id="prompt.later", tooltip="The prompt after this one."),
    ]

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:
        super().__init__(id=id, placeholder=placeholder, compact=True, select_on_focus=False)
        self._asked: list[str] = []
        self._place = 0

    def remember(self) -> None:
        """Keep what was just asked."""
        if self.value and (not self._asked or self._asked[-1] != self.value):
            self._asked.append(self.value)
        self._place = len(self._asked)
        self.action_select_all()

    def action_recall(self, direction: int) -> None:
        """Go back or forth in what was asked."""
        self._place = min(max(self._place + direction, 0), len(self._asked))
        self.value = self._asked[self._place] if self._place < len(self._asked) else ""
        self.cursor_position = len(self.value)
