"""The links of an article, so that they can be followed without a mouse."""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Region
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from gpt2mini_tui.widgets.prose import retouch, text_of

__all__ = ["Link", "links", "mark", "row"]

_MARKED = Style(reverse=True)


class Link(NamedTuple):
    """Where it stands, and what a click on it does."""

    widget: Static
    start: int
    end: int
    action: str


def links(view: Widget) -> list[Link]:
    """Return the links inside of a widget, in the order in which they are read."""
    return [link for widget in view.query(Static) for link in _within(widget, text_of(widget))]


def _within(widget: Static, text: Content) -> Iterator[Link]:
    for span in sorted(text.spans, key=lambda span: span.start):
        action = span.style.meta.get("@click") if isinstance(span.style, Style) else None
        if action is not None:
            yield Link(widget, span.start, span.end, action)


def mark(link: Link, *, is_marked: bool) -> None:
    """Draw a link as the one that is pointed at, or like the others."""
    text = text_of(link.widget)
    if is_marked:
        retouch(link.widget, text.stylize(_MARKED, link.start, link.end))
    else:
        retouch(link.widget, Content(text.plain, [span for span in text.spans if span.style != _MARKED]))


def row(link: Link) -> int:
    """Return the row of the terminal in which a marked link begins; it may be out of sight."""
    widget = link.widget
    lines = widget.render_lines(Region(0, 0, *widget.size))
    marked = (y for y, line in enumerate(lines) if any(part.style and part.style.reverse for part in line))
    return widget.region.y + next(marked, 0)
