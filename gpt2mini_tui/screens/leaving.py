"""What is shown while the last checkpoint is written."""

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

__all__ = ["LeavingScreen"]


class LeavingScreen(ModalScreen[None]):
    """A word over the app; nothing can be pressed any more."""

    def compose(self) -> ComposeResult:
        yield Static("saving…", id="leaving", markup=False)
