"""What could come next, the likeliest first, as bars; what top-k or top-p cut off is dimmed and drawn hollow.

One of them can be chosen, with the arrow keys and Enter or with a click.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.talk.bars import Bar, named

__all__ = ["TokenBars"]

_EIGHTHS = " ▏▎▍▌▋▊▉"
_NAME_WIDTH = 6
_RANK_WIDTH = 3


class TokenBars(Widget, can_focus=True):
    """A bar for each token; it shows only what it was given."""

    BINDING_GROUP_TITLE = "Next tokens"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="bars.up", tooltip="The likelier one."),
        Binding("down", "move(1)", "Down", show=False, id="bars.down", tooltip="The less likely one."),
        Binding("home", "move(-99)", "First", show=False, id="bars.first", tooltip="The likeliest one."),
        Binding("end", "move(99)", "Last", show=False, id="bars.last", tooltip="The least likely one."),
        Binding(
            "enter", "take(True)", "Branch", id="bars.branch", tooltip="Put this token here, and let the model go on."
        ),
        Binding(
            "space", "take(False)", "Put", key_display="␣", id="bars.put", tooltip="Put this token here, nothing more."
        ),
        Binding("escape", "leave", "Back", show=False, id="bars.leave", tooltip="Back to the text."),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"bars--bar", "bars--cut", "bars--name", "bars--note", "bars--cursor"}

    @dataclass
    class Chosen(Message):
        """This token is wanted."""

        bar: Bar
        goes_on: bool
        """Whether the model should write on behind it."""

    class Left(Message):
        """None of them is wanted."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bars: Sequence[Bar] = ()
        self._title = ""
        self._notes: Sequence[str] = ()
        self._cursor = 0

    def show(self, bars: Sequence[Bar], *, title: str = "", notes: Sequence[str] = ()) -> None:
        """Show these bars under a title, and some lines below them."""
        self._bars, self._title, self._notes = bars, title, [safe(note) for note in notes]
        self.refresh()

    def point(self) -> None:
        """Point at the likeliest one that the text does not have."""
        self._cursor = next((index for index, bar in enumerate(self._bars) if not bar.is_taken), 0)
        self.refresh()

    @property
    def text(self) -> str:
        """What is shown, in words."""
        return "\n".join([self._title, *(f"{named(bar.text)} {bar.share:.1%}" for bar in self._bars), *self._notes])

    @property
    def bars(self) -> Sequence[Bar]:
        """What is shown, as it was given."""
        return self._bars

    def action_move(self, rows: int) -> None:
        """Point at another one."""
        self._cursor = min(max(self._cursor + rows, 0), max(0, len(self._bars) - 1))
        self.refresh()

    def action_take(self, goes_on: bool) -> None:
        """Ask for the one that is pointed at."""
        if self._bars:
            self.post_message(self.Chosen(self._bars[min(self._cursor, len(self._bars) - 1)], goes_on))

    def action_leave(self) -> None:
        """Ask for nothing."""
        self.post_message(self.Left())

    def on_click(self, event: Click) -> None:
        """Ask for the one that was clicked."""
        row = event.get_content_offset(self)
        if row is not None and 0 <= row.y - 1 < min(len(self._bars), self._room):
            self._cursor = row.y - 1
            self.action_take(True)

    def render_line(self, y: int) -> Strip:
        """Draw one line: a title, the bars as far as there is room, and below them the notes."""
        base, width = self.rich_style, self.size.width
        note = self.get_component_rich_style("bars--note")
        lines: list[list[Segment]] = [[Segment(set_cell_size(self._title, width), note)]]
        shown = self._bars[: self._room]
        lines += [self._draw(bar, width, is_here=self.has_focus and i == self._cursor) for i, bar in enumerate(shown)]
        lines += [[], *([Segment(text, note)] for text in self._notes)]
        return Strip(lines[y] if y < len(lines) else []).adjust_cell_length(width, base)

    @property
    def _room(self) -> int:
        return max(0, self.size.height - len(self._notes) - 2)

    def _draw(self, bar: Bar, width: int, *, is_here: bool) -> list[Segment]:
        name = self.get_component_rich_style("bars--cut" if bar.is_cut else "bars--name")
        ink = self.get_component_rich_style("bars--cut" if bar.is_cut else "bars--bar")
        if is_here:
            here = self.get_component_rich_style("bars--cursor", partial=True)
            name, ink = name + here, ink + here
        room = max(1, width - _RANK_WIDTH - _NAME_WIDTH - 8)
        text = named(bar.text)
        while cell_len(text) > _NAME_WIDTH - 1:
            text = text[:-1]
        rank = f"{bar.rank + 1}"[-_RANK_WIDTH:] if bar.rank >= 0 else ""
        return [
            Segment(f"{rank:>{_RANK_WIDTH - 1}}{'›' if bar.is_taken else ' '}", name),
            Segment(set_cell_size(text, _NAME_WIDTH), name),
            Segment(_block(bar.share, room, is_hollow=bar.is_cut), ink),
            Segment(f"{bar.share:7.1%}", name),
        ]


def _block(share: float, room: int, *, is_hollow: bool) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * room * 8)
    whole, rest = divmod(eighths, 8)
    if is_hollow:
        return ("╌" * max(1, round(eighths / 8))).ljust(room)[:room]
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(room)[:room]
