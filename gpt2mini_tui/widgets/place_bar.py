"""The places of the app along the top: what there is, where one is, and what the run does meanwhile."""

from collections.abc import Iterator, Mapping

from textual.content import Content
from textual.events import Click
from textual.widget import Widget

from gpt2mini_tui.messages import ShowPlace

__all__ = ["PlaceBar"]


class PlaceBar(Widget):
    """A tab for each place, and the run in a few words at the right: one widget, so that the first frame is quick."""

    ALLOW_SELECT = False

    def __init__(self, places: Mapping[str, str], *, current: str, id: str | None = None) -> None:
        """`places` gives the title of each, in the order of their keys."""
        super().__init__(id=id)
        self._places = places
        self._current = current
        self._status = Content()

    def show(self, *, current: str, status: Content) -> None:
        """Show which place is in front, and how the run stands."""
        if (current, status) != (self._current, self._status):
            self._current, self._status = current, status
            self.refresh()

    def render(self) -> Content:
        """Return the bar."""
        tabs = Content("").join(tab for _, tab in self._tabs())
        room = self.content_size.width - tabs.cell_length - 1
        status = self._status.truncate(max(0, room), ellipsis=True)
        return Content.assemble(tabs, " " * max(0, room - status.cell_length), status.stylize("$foreground-muted"))

    def on_click(self, event: Click) -> None:
        event.stop()
        end = 0
        for place, tab in self._tabs():
            start, end = end, end + tab.cell_length
            if start <= event.x < end:
                self.post_message(ShowPlace(place))

    def _tabs(self) -> Iterator[tuple[str, Content]]:
        for key, (place, title) in enumerate(self._places.items(), 1):
            style = "bold underline $accent" if place == self._current else "$foreground-muted"
            yield place, Content.assemble(" ", (f"{key} {title}", style), " ")
