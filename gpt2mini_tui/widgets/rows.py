"""A list of any length of which only the visible rows are ever drawn: ten thousand cost what ten cost.

What a row says is the business of whoever owns the list; a row here is a few texts in columns, one line high.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, get_args

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.flow import Flow
from gpt2mini_tui.widgets.run_colors import RUN_CLASSES, run_css

__all__ = ["RUN_TONES", "TONES", "Cell", "Rows", "Tone", "fit", "tones_css"]

Tone = Literal["", "dim", "strong", "accent", "good", "bad", "run-0", "run-1", "run-2", "run-3", "run-4", "run-5"]
"""How a text is meant; the theme decides what that looks like."""
RUN_TONES: tuple[Tone, ...] = tuple(tone for tone in get_args(Tone) if tone in RUN_CLASSES)
"""Those of runs that stand beside one another, in the order of their letters."""
TONES = {f"rows--{tone}" for tone in get_args(Tone) if tone}


class Cell(NamedTuple):
    """A text in a column."""

    text: str
    width: int
    tone: Tone = ""
    is_right: bool = False
    """Aligned right, as numbers are."""


_CSS = """
Rows {
    background: transparent;
    scrollbar-size-vertical: 1;
    scrollbar-background: $background;
    overflow-x: hidden;
    & > .rows--cursor { background: $cursor; }
    &:focus > .rows--cursor { background: $cursor; text-style: bold; }
    &:ansi > .rows--cursor { background: ansi_default; text-style: underline; }
    &:ansi:focus > .rows--cursor { background: ansi_default; text-style: reverse; }
}
"""


def tones_css(widget: str) -> str:
    """Return how a widget with the component classes `TONES` shows them."""
    return f"""{widget} {{
        & > .rows--dim {{ color: $foreground-muted; }}
        & > .rows--strong {{ text-style: bold; }}
        & > .rows--accent {{ color: $accent; }}
        & > .rows--good {{ color: $success; }}
        & > .rows--bad {{ color: $error; text-style: bold; }}
    }} {run_css(widget, "rows")}"""


class Rows(ScrollView, can_focus=True, inherit_bindings=False):
    """A list with a cursor."""

    DEFAULT_CSS = _CSS + tones_css("Rows")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="rows.up", tooltip="The row above."),
        Binding("down,j", "move(1)", "Down", show=False, id="rows.down", tooltip="The row below."),
        Binding("pageup", "page(-1)", "Page up", show=False, id="rows.page-up", tooltip="A page up."),
        Binding("pagedown", "page(1)", "Page down", show=False, id="rows.page-down", tooltip="A page down."),
        Binding("home", "go(0)", "First", show=False, id="rows.first", tooltip="The first row."),
        Binding("end", "go(-1)", "Last", show=False, id="rows.last", tooltip="The last row."),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", *TONES}

    cursor: reactive[int] = reactive(0)
    """The row that is pointed at."""
    hint: reactive[str] = reactive("")
    """What an empty list says."""

    @dataclass
    class Moved(Message):
        """The cursor points at another row."""

        rows: "Rows"
        index: int

        @property
        def control(self) -> "Rows":
            """The list."""
            return self.rows

    @dataclass
    class Chosen(Message):
        """A row that was pointed at was clicked."""

        rows: "Rows"
        index: int

        @property
        def control(self) -> "Rows":
            """The list."""
            return self.rows

    def __init__(
        self,
        draw: Callable[[int, int], Sequence[Cell]],
        *,
        id: str | None = None,
        hint: str = "",
        has_cursor: bool = True,
    ) -> None:
        """Make a list whose rows are drawn by `draw(index, width)`. An empty one says the hint.

        Without a cursor it can only be read, and scrolled with the mouse.
        """
        super().__init__(id=id)
        self._draw = draw
        self._count = 0
        self._has_cursor = self.can_focus = has_cursor
        self.set_reactive(Rows.hint, hint)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._count

    def __bool__(self) -> bool:
        """Be a widget, also when empty."""
        return True

    def show(self, count: int, cursor: int | None = None) -> None:
        """Draw anew: there are so many rows now, and the cursor is at this one."""
        self._count = count
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        self.cursor = self.validate_cursor(self.cursor if cursor is None else cursor)
        if self._has_cursor:
            self._reveal()
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor inside the list."""
        return max(0, min(cursor, self._count - 1))

    def watch_cursor(self, before: int, cursor: int) -> None:
        """Redraw the two rows, and tell."""
        self.refresh_line(before)
        self.refresh_line(cursor)
        self._reveal()
        self.post_message(self.Moved(self, cursor))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Point at a row; a second click chooses it."""
        index = event.y + self.scroll_offset.y
        if not self._has_cursor or not 0 <= index < self._count:
            return
        if index == self.cursor:
            self.post_message(self.Chosen(self, index))
        self.cursor = index

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by a page."""
        self.cursor += pages * max(1, self.scrollable_content_region.height - 1)

    def action_go(self, index: int) -> None:
        """Move the cursor to a row, counted from the end if negative."""
        self.cursor = index if index >= 0 else self._count + index

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if not self._count:
            return self._say(y, width)
        if index >= self._count:
            return Strip.blank(width, self.rich_style)
        is_cursor = self._has_cursor and index == self.cursor
        base = self.get_component_rich_style("rows--cursor") if is_cursor else self.rich_style
        segments = [Segment("›" if is_cursor else " ", base)]
        for cell in self._draw(index, width - 1):
            ink = base
            if cell.tone and cell.text.strip():  # a blank in reverse would be a block of colour
                ink += self.get_component_rich_style(f"rows--{cell.tone}", partial=True)
            segments.append(Segment(fit(cell.text, cell.width, is_right=cell.is_right), ink))
        return Strip(segments).adjust_cell_length(width, base)

    def _say(self, y: int, width: int) -> Strip:
        flow = Flow(width - 3)
        flow.add(safe(self.hint, lines=True), 0)
        line = y - max(0, min(1, self.size.height - len(flow)))
        text = "".join(run.text for run in flow.line(line)) if 0 <= line < len(flow) else ""
        style = self.rich_style + self.get_component_rich_style("rows--dim", partial=True)
        return Strip([Segment(f"  {text}", style)]).adjust_cell_length(width, self.rich_style)

    def _reveal(self) -> None:
        """Scroll just so far that the cursor is in sight."""
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        top = self.scroll_offset.y
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)


def fit(text: str, width: int, *, is_right: bool = False) -> str:
    """Return the text in exactly so many cells; an ellipsis tells of what was cut."""
    text = safe(text)
    if cell_len(text) > width:
        text = f"{set_cell_size(text, max(0, width - 1)).rstrip()}…" if width else ""
    blank = " " * (width - cell_len(text))
    return f"{blank}{text}" if is_right else f"{text}{blank}"
