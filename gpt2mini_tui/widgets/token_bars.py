"""What could come next, the likeliest first, as bars; what top-k or top-p cut off is dimmed and drawn hollow."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.safe import safe

__all__ = ["Bar", "TokenBars"]

_EIGHTHS = " ▏▎▍▌▋▊▉"
_NAMED = {" ": "space", "\n": "⏎", "\t": "tab", "": "nothing"}
_NAME_WIDTH = 6


class Bar(NamedTuple):
    """A token and its share."""

    text: str
    share: float
    is_cut: bool


class TokenBars(Widget):
    """A bar for each token; it shows only what it was given."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bars--bar", "bars--cut", "bars--name", "bars--note"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bars: Sequence[Bar] = ()
        self._title = ""
        self._notes: Sequence[str] = ()

    def show(self, bars: Sequence[Bar], *, title: str = "", notes: Sequence[str] = ()) -> None:
        """Show these bars under a title, and some lines below them."""
        self._bars, self._title, self._notes = bars, title, notes
        self.refresh()

    @property
    def text(self) -> str:
        """What is shown, in words."""
        return "\n".join([*(f"{_name(bar.text)} {bar.share:.1%}" for bar in self._bars), *self._notes])

    def render_line(self, y: int) -> Strip:
        """Draw one line: a title, the bars as far as there is room, and below them the notes."""
        base, width = self.rich_style, self.size.width
        note = self.get_component_rich_style("bars--note")
        room = max(0, self.size.height - len(self._notes) - 3)
        lines: list[list[Segment]] = [[Segment(self._title, note)]]
        lines += [self._draw(bar, width) for bar in self._bars[:room]]
        lines += [[], *([Segment(text, note)] for text in self._notes)]
        return Strip(lines[y] if y < len(lines) else []).adjust_cell_length(width, base)

    def _draw(self, bar: Bar, width: int) -> list[Segment]:
        name = self.get_component_rich_style("bars--cut" if bar.is_cut else "bars--name")
        ink = self.get_component_rich_style("bars--cut" if bar.is_cut else "bars--bar")
        room = max(1, width - _NAME_WIDTH - 7)
        text = _name(bar.text)
        while cell_len(text) > _NAME_WIDTH - 1:
            text = text[:-1]
        return [
            Segment(set_cell_size(text, _NAME_WIDTH), name),
            Segment(_block(bar.share, room, is_hollow=bar.is_cut), ink),
            Segment(f"{bar.share:7.1%}", name),
        ]


def _name(text: str) -> str:
    return _NAMED.get(text) or safe(text)


def _block(share: float, room: int, *, is_hollow: bool) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * room * 8)
    whole, rest = divmod(eighths, 8)
    if is_hollow:
        return ("╌" * max(1, round(eighths / 8))).ljust(room)[:room]
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(room)[:room]
