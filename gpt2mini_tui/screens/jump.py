"""A letter on everything that can take the focus."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Key
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Static

__all__ = ["JumpScreen"]

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class JumpScreen(ModalScreen[int | None]):
    """Gives the place of the region whose letter was pressed; any other key goes back."""

    DEFAULT_CSS = """
    JumpScreen Static {
        layer: labels; position: absolute; width: 3; height: 1; text-align: center;
        background: $accent; color: $background; text-style: bold;
        &:ansi { background: ansi_default; color: ansi_default; text-style: reverse bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="jump.cancel", tooltip="Stay where you are."),
    ]

    def __init__(self, regions: Sequence[Region]) -> None:
        super().__init__()
        self._regions = regions[: len(_LETTERS)]

    def compose(self) -> ComposeResult:
        for letter, region in zip(_LETTERS, self._regions, strict=False):
            label = Static(Content(letter))
            label.styles.offset = (region.x, region.y)
            yield label

    def on_key(self, event: Key) -> None:
        """Choose by letter."""
        event.stop()
        place = _LETTERS.find(event.character or " ")
        self.dismiss(place if 0 <= place < len(self._regions) else None)

    def on_click(self, event: Click) -> None:
        """Choose by mouse, or leave."""
        found = (place for place, region in enumerate(self._regions) if region.contains(event.screen_x, event.screen_y))
        self.dismiss(next(found, None))
