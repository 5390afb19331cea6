"""What was asked and what was written, each token in the colour of its surprise, wide characters aligned.

It follows the stream as long as its end is in sight; whoever scrolls up reads in peace.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.flow import Flow
from gpt2mini_tui.widgets.surprise import SURPRISE_CLASSES, level

__all__ = ["Transcript"]

_PROMPT, _NOTE, _END = -1, -2, -3  # instead of the number of a token
_MARGIN = 2


@dataclass(slots=True)
class _Entry:
    """Some text with a margin beside it: a note, or a prompt and what the model made of it."""

    flow: Flow
    levels: list[int] = field(default_factory=list)
    """Of each token, by its number."""
    pieces: list[tuple[str, int]] = field(default_factory=list)
    """Everything again, to flow anew when the width changes."""
    start: int = 0
    """Its first line in the transcript."""

    def add(self, text: str, piece: int) -> None:
        self.pieces.append((text, piece))
        self.flow.add(text, piece)


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """Everything said since the app was opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Up", show=False, id="transcript.up", tooltip="A line up."),
        Binding("down", "scroll_down", "Down", show=False, id="transcript.down", tooltip="A line down."),
        Binding("pageup", "page_up", "Page up", show=False, id="transcript.page-up", tooltip="A page up."),
        Binding("pagedown", "page_down", "Page down", show=False, id="transcript.page-down", tooltip="A page down."),
        Binding("home", "scroll_home", "Top", show=False, id="transcript.home", tooltip="Go to the beginning."),
        Binding("end", "scroll_end", "End", show=False, id="transcript.end", tooltip="Go to the end, and follow it."),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *SURPRISE_CLASSES,
        "transcript--prompt",
        "transcript--note",
        "transcript--margin",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: list[_Entry] = []
        self._follows = True

    @property
    def text(self) -> str:
        """Everything in it, as plain text."""
        return "\n".join("".join(text for text, _ in entry.pieces) for entry in self._entries)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been said yet."""
        return not self._entries

    def note(self, sentence: str) -> None:
        """Write a sentence that is not the model's."""
        self._begin().add(safe(sentence), _NOTE)
        self._grown()

    def begin(self, prompt: str) -> None:
        """Write a prompt; tokens are added behind it."""
        self._begin().add(safe(prompt, lines=True), _PROMPT)
        self._grown()

    def add(self, tokens: Sequence[tuple[str, float]]) -> None:
        """Write tokens behind the latest prompt, each with its surprise in bits."""
        entry = self._entries[-1] if self._entries else self._begin()
        for text, bits in tokens:
            entry.add(safe(text, lines=True), len(entry.levels))
            entry.levels.append(level(bits))
        self._grown()

    def end(self, sentence: str) -> None:
        """Close the latest continuation with a line about it."""
        if self._entries:
            self._entries[-1].add(f"\n{safe(sentence)}", _END)
            self._grown()

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._grown()

    def on_resize(self, event: Resize) -> None:
        """Break all lines anew when the width changes."""
        width = self._room()
        if any(entry.flow.width != width for entry in self._entries):
            for entry in self._entries:
                entry.flow = Flow(width)
                for text, piece in entry.pieces:
                    entry.flow.add(text, piece)
        self._grown()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following when somebody scrolls up, and follow again from the end on."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value or new_value >= self.max_scroll_y:
            self._follows = new_value >= self.max_scroll_y

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        base = self.rich_style
        found = self._find(y + self.scroll_offset.y)
        if found is None:
            return Strip.blank(self.size.width, base)
        entry, index = found
        is_said = entry.pieces[0][1] == _PROMPT
        margin = "▎ " if is_said else "  "
        segments = [Segment(margin, self.get_component_rich_style("transcript--margin"))]
        segments += [Segment(run.text, self._style(entry, run.piece)) for run in entry.flow.line(index)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _style(self, entry: _Entry, piece: int) -> Style:
        if piece in (_NOTE, _END):
            return self.get_component_rich_style("transcript--note")
        if piece == _PROMPT:
            return self.get_component_rich_style("transcript--prompt")
        return self.get_component_rich_style(SURPRISE_CLASSES[entry.levels[piece]])

    def _room(self) -> int:
        return self.scrollable_content_region.width - _MARGIN - 1

    def _begin(self) -> _Entry:
        entry = _Entry(Flow(self._room()))
        self._entries.append(entry)
        return entry

    def _find(self, line: int) -> tuple[_Entry, int] | None:
        """Return the entry of a line and the line inside it; None for the space between two."""
        for entry in reversed(self._entries):
            if line >= entry.start:
                inside = line - entry.start
                return (entry, inside) if inside < len(entry.flow) else None
        return None

    def _grown(self) -> None:
        """Tell the scroll bar, and follow the end unless somebody has scrolled up."""
        line = 0
        for entry in self._entries:
            entry.start = line
            line += len(entry.flow) + 1
        self.virtual_size = Size(self.scrollable_content_region.width, max(0, line - 1))
        if self._follows:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)
        self.refresh()
