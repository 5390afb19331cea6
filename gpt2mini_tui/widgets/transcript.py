"""What was asked and what was written, each token in the colour of its surprise, wide characters aligned.

It follows the stream as long as its end is in sight; whoever scrolls up reads in peace. A cursor walks over the tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gpt2mini_tui.widgets.flow import Place
from gpt2mini_tui.widgets.passage import NOTE, Passage, Piece
from gpt2mini_tui.widgets.surprise import SURPRISE_CLASSES

__all__ = ["Cursor", "Transcript"]

_MARGIN = 2


class Cursor(NamedTuple):
    """A token: of which text, and its place in it; the place behind the last token is where the text would go on."""

    text: int
    place: int


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """Everything said since the app was opened: notes, and texts that are numbered from 0."""

    BINDING_GROUP_TITLE = "Transcript"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1)", "Walk", key_display="←→", id="transcript.left", tooltip="The token before."),
        Binding("right", "walk(1)", "On", show=False, id="transcript.right", tooltip="The token after."),
        Binding("up", "climb(-1)", "Up", show=False, id="transcript.up", tooltip="A line up."),
        Binding("down", "climb(1)", "Down", show=False, id="transcript.down", tooltip="A line down."),
        Binding("pageup", "page(-1)", "Page up", show=False, id="transcript.page-up", tooltip="A page up."),
        Binding("pagedown", "page(1)", "Page down", show=False, id="transcript.page-down", tooltip="A page down."),
        Binding("home", "edge(0)", "Start", show=False, id="transcript.home", tooltip="The first token of the text."),
        Binding("end", "edge(1)", "End", show=False, id="transcript.end", tooltip="Behind the last token; follow it."),
        Binding("enter", "instead", "Other", id="transcript.instead", tooltip="See what else could stand here."),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *SURPRISE_CLASSES,
        "transcript--prompt",
        "transcript--note",
        "transcript--margin",
        "transcript--cursor",
    }

    @dataclass
    class Moved(Message):
        """The cursor is at another token."""

        transcript: "Transcript"
        cursor: Cursor

        @property
        def control(self) -> "Transcript":
            """Where."""
            return self.transcript

    @dataclass
    class Chosen(Message):
        """Something else is wanted at the cursor."""

        transcript: "Transcript"

        @property
        def control(self) -> "Transcript":
            """Where."""
            return self.transcript

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._passages: list[Passage] = []
        self._follows = True
        self._cursor: Cursor | None = None
        self.is_walked = False
        """Whether the cursor is shown though the focus is elsewhere."""

    @property
    def text(self) -> str:
        """Everything in it, as plain text."""
        return "\n".join(passage.text for passage in self._passages)

    @property
    def cursor(self) -> Cursor | None:
        """Where somebody is looking; None where there is nothing to look at."""
        texts = self._texts
        if not texts:
            return None
        if self._cursor is None or self._cursor.text >= len(texts):
            return Cursor(len(texts) - 1, len(texts[-1]))
        return Cursor(self._cursor.text, min(self._cursor.place, len(texts[self._cursor.text])))

    @property
    def levels(self) -> list[int]:
        """The steps of surprise in the last text, -1 for tokens of a person."""
        return [piece.level for piece in self._texts[-1].pieces] if self._texts else []

    # What is shown

    def note(self, sentence: str, *, before: int | None = None) -> None:
        """Write a sentence that is not the model's, at the end or before a text."""
        place = len(self._passages) if before is None else self._passages.index(self._texts[before])
        self._passages.insert(place, Passage(self._room(), [Piece(sentence, NOTE)]))
        self._grown()

    def begin(self) -> None:
        """Begin a new text."""
        self._passages.append(Passage(self._room(), is_text=True))
        self._cursor = None
        self._grown()

    def add(self, pieces: Sequence[Piece]) -> None:
        """Write tokens behind the latest text."""
        if not self._texts:
            self.begin()
        self._texts[-1].add(pieces)
        self._grown()

    def show(self, text: int, pieces: Sequence[Piece], foot: str = "") -> None:
        """Put these tokens in place of a whole text, and a line about it under them."""
        self._texts[text].replace(pieces, foot)
        self._grown()

    def clear(self) -> None:
        """Forget everything."""
        self._passages.clear()
        self._cursor = None
        self._grown()

    # Walking

    def look(self, cursor: Cursor, *, quietly: bool = False) -> None:
        """Move the cursor to a token, into sight."""
        texts = self._texts
        if not texts:
            return
        text = min(max(cursor.text, 0), len(texts) - 1)
        at = Cursor(text, min(max(cursor.place, 0), len(texts[text])))
        is_end = text == len(texts) - 1 and at.place == len(texts[text])
        self._cursor = None if is_end else at  # at the very end it goes with the stream
        self._reveal(at)
        self.refresh()
        if not quietly:
            self.post_message(self.Moved(self, at))

    def action_walk(self, tokens: int) -> None:
        """Move the cursor by some tokens, from one text into the next."""
        at = self.cursor
        if at is None:
            return
        place = at.place + tokens
        if place < 0 and at.text > 0:
            self.look(Cursor(at.text - 1, len(self._texts[at.text - 1])))
        elif place > len(self._texts[at.text]) and at.text + 1 < len(self._texts):
            self.look(Cursor(at.text + 1, 0))
        else:
            self.look(Cursor(at.text, place))

    def action_climb(self, lines: int) -> None:
        """Move the cursor by some lines; where there is nothing to move over, scroll."""
        at = self.cursor
        if at is None:
            self.scroll_relative(y=lines, animate=False)
            return
        start = self._texts[at.text].place(at.place)
        line = self._texts[at.text].start + start.line + lines
        step: Literal[-1, 1] = 1 if lines > 0 else -1
        while 0 <= line < self.virtual_size.height:
            found = self._at(line, start.cell)
            if found is not None:
                self.look(found)
                return
            line += step
        self.look(Cursor(at.text, 0 if lines < 0 else len(self._texts[at.text])))
        self.scroll_to(y=0 if lines < 0 else self.max_scroll_y, animate=False)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a page."""
        self.action_climb(pages * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, side: int) -> None:
        """Go to the first token of a text, or behind its last."""
        at = self.cursor
        if at is not None:
            self.look(Cursor(at.text, len(self._texts[at.text]) if side else 0))
        if side:
            self.scroll_end(animate=False)

    def action_instead(self) -> None:
        """Ask for something else at the cursor."""
        if self.cursor is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: Click) -> None:
        """Point at a token."""
        found = self._at(event.y + self.scroll_offset.y, event.x - _MARGIN)
        if found is not None:
            self.look(found)

    def on_focus(self) -> None:
        """Show the cursor."""
        at = self.cursor
        if at is not None:
            self.post_message(self.Moved(self, at))

    def on_resize(self, event: Resize) -> None:
        """Break all lines anew when the width changes."""
        width = self._room()
        for passage in self._passages:
            passage.fit(width)
        self._grown()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following when somebody scrolls up, and follow again from the end on."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value or new_value >= self.max_scroll_y:
            self._follows = new_value >= self.max_scroll_y

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        base, width = self.rich_style, self.scrollable_content_region.width
        found = self._find(y + self.scroll_offset.y)
        if found is None:
            return Strip.blank(width, base)
        passage, index = found
        margin = "▎ " if passage.is_text else "  "
        segments = [Segment(margin, self.get_component_rich_style("transcript--margin"))]
        at = self._marked(passage)
        runs = passage.flow.line(index)
        segments += [Segment(run.text, self._style(passage, run.piece, is_marked=run.piece == at)) for run in runs]
        if at is not None and (at in passage.flow.unseen(index) or (at == len(passage) and index == passage.last_line)):
            segments.append(Segment("⏎" if at < len(passage) else " ", self._style(passage, at, is_marked=True)))
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def _texts(self) -> list[Passage]:
        return [passage for passage in self._passages if passage.is_text]

    def _marked(self, passage: Passage) -> int | None:
        """Return the place of the cursor if it is to be seen in this passage."""
        at = self.cursor if self.has_focus or self.is_walked else None
        return passage.visible(at.place) if at is not None and passage is self._texts[at.text] else None

    def _style(self, passage: Passage, piece: int, *, is_marked: bool) -> Style:
        if 0 <= piece < len(passage.pieces) and passage.is_text:
            level = passage.pieces[piece].level
            style = self.get_component_rich_style("transcript--prompt" if level < 0 else SURPRISE_CLASSES[level])
        else:
            style = self.get_component_rich_style("transcript--note")
        return style + self.get_component_rich_style("transcript--cursor", partial=True) if is_marked else style

    def _room(self) -> int:
        return self.scrollable_content_region.width - _MARGIN - 1

    def _find(self, line: int) -> tuple[Passage, int] | None:
        """Return the passage of a line and the line inside it; None for the space between two."""
        for passage in reversed(self._passages):
            if line >= passage.start:
                inside = line - passage.start
                return (passage, inside) if inside < len(passage.flow) else None
        return None

    def _at(self, line: int, cell: int) -> Cursor | None:
        """Return the token at a cell of a line, if a text is there."""
        found = self._find(line)
        if found is None or not found[0].is_text or found[1] > found[0].last_line:
            return None
        passage, inside = found
        piece = passage.flow.at(inside, max(0, cell))
        is_behind = inside == passage.last_line and cell >= passage.place(len(passage)).cell
        place = len(passage) if piece is None or piece < 0 or is_behind else piece
        return Cursor(self._texts.index(passage), place)

    def _reveal(self, at: Cursor) -> None:
        """Scroll just so far that a token is in sight."""
        passage = self._texts[at.text]
        place: Place = passage.place(at.place)
        line, top = passage.start + place.line, self.scroll_offset.y
        height = max(1, self.scrollable_content_region.height)
        wanted = min(max(top, line - height + 1), line)
        if at.place == len(passage):  # the line about it, too
            wanted = max(wanted, min(passage.start + len(passage.flow) - height, line))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def _grown(self) -> None:
        """Tell the scroll bar, and follow the end unless somebody has scrolled up."""
        line = 0
        for passage in self._passages:
            passage.start = line
            line += len(passage.flow) + 1
        self.virtual_size = Size(self.scrollable_content_region.width, max(0, line - 1))
        if self._follows:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)
        self.refresh()
