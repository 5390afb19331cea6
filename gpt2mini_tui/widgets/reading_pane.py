"""A text that is scrolled up and down; the keys to the left and right stay free for whoever it stands in."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

__all__ = ["ReadingPane"]


class ReadingPane(VerticalScroll, inherit_bindings=False):
    """Takes the focus, so that its keys scroll."""

    BINDING_GROUP_TITLE = "Text"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False, id="reading.up", tooltip="A line up."),
        Binding("down,j", "scroll_down", "Down", show=False, id="reading.down", tooltip="A line down."),
        Binding("pageup", "page_up", "Page up", show=False, id="reading.page-up", tooltip="A page up."),
        Binding("pagedown,space", "page_down", "Page down", show=False, id="reading.page-down", tooltip="A page down."),
        Binding("home", "scroll_home", "Top", show=False, id="reading.top", tooltip="The beginning."),
        Binding("end", "scroll_end", "End", show=False, id="reading.end", tooltip="The end."),
    ]
