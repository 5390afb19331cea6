"""A line to narrow a list down; it is only there while it is used."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

__all__ = ["FilterLine"]


class FilterLine(Input):
    """Opened by the place, closed by Escape, which also empties it; Enter goes back to the list and keeps it."""

    DEFAULT_CSS = "FilterLine { background: $surface; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Clear filter", id="filter.clear", tooltip="Show everything again."),
        Binding("down", "submit", "To the list", show=False, id="filter.list", tooltip="Go to the list below."),
    ]

    def __init__(
        self, *, id: str | None = None, placeholder: str = "filter by name, text, status, switch or #tag"
    ) -> None:
        super().__init__(id=id, placeholder=placeholder, compact=True)
        self.display = False

    def open(self) -> None:
        """Show the line and take the focus."""
        self.display = True
        self.focus()

    def action_cancel(self) -> None:
        """Empty the line, hide it, and let go."""
        self.value = ""
        self.display = False
        self.post_message(self.Submitted(self, ""))
