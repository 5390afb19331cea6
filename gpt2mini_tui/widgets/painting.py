"""A picture that is drawn whole, and again only when what it shows, its size or its colours have changed."""

import time

from textual.strip import Strip
from textual.widget import Widget

__all__ = ["Painting"]


class Painting(Widget):
    """Keeps the lines that `draw` made; whoever shows something else calls `outdate`."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []
        self._drawn: tuple[int, int] | None = None  # the size of what is in the strips; None once it is out of date
        self.cost = 0.0
        """Seconds of CPU that drawing took the last time."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the lines of the picture."""
        raise NotImplementedError

    def outdate(self) -> None:
        """Have it drawn again."""
        self._drawn = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture; the first one asked for draws all of them."""
        width, height = self.content_size
        if self._drawn != (width, height):
            began = time.thread_time()
            self._strips = self.draw(width, height)
            self.cost = time.thread_time() - began
            self._drawn = (width, height)
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(width)
        return strip.apply_style(self.rich_style)

    def notify_style_update(self) -> None:
        """Draw again in the colours of another theme."""
        self._drawn = None
        super().notify_style_update()
