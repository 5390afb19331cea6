"""A form of any length as one widget: a label and a value on each line, of which only the visible ones are drawn.

Forty input widgets would cost half a second to mount and a tenth of one for each key; this costs what is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.caret import Caret
from gpt2mini_tui.widgets.rows import TONES, fit, tones_css

__all__ = ["FormLine", "FormView"]

_LABEL = 16
"""Cells for the name of a field, the space after it included."""

_CSS = """
FormView {
    background: transparent; scrollbar-size-vertical: 1; scrollbar-background: $background; overflow-x: hidden;
    & > .form--cursor { background: $cursor; }
    & > .form--caret { text-style: reverse; }
    &:ansi > .form--cursor { background: ansi_default; text-style: underline; }
}
"""


class FormLine(NamedTuple):
    """A field, or with an empty key a heading."""

    key: str
    label: str
    choices: Sequence[str] = ()
    """What can stand in it; nothing for a field that is typed into."""
    usual: str = ""
    """A choice that is not this one stands out."""
    hint: str = ""
    """What an empty field says."""


class FormView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows the texts it is given and tells what becomes of them; what they mean is not its business."""

    DEFAULT_CSS = _CSS + tones_css("FormView")
    BINDING_GROUP_TITLE = "Form"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "go(1)", "Next field", show=False, id="form.next", tooltip="The field below."),
        Binding("up,shift+tab", "go(-1)", "Field before", show=False, id="form.before", tooltip="The field above."),
        Binding("pagedown", "go(10)", "Further down", show=False, id="form.down", tooltip="Ten fields down."),
        Binding("pageup", "go(-10)", "Further up", show=False, id="form.up", tooltip="Ten fields up."),
        Binding("right", "right", "Next value", show=False, id="form.right", tooltip="The next value, or letter."),
        Binding("left", "left", "Value before", show=False, id="form.left", tooltip="The value, or letter, before."),
        Binding("enter", "enter", "Done", show=False, id="form.enter", tooltip="The next field, or the next value."),
        Binding("home", "caret('home')", "Begin", show=False, id="form.home", tooltip="Before the first letter."),
        Binding("end", "caret('end')", "End", show=False, id="form.end", tooltip="Behind the last letter."),
        Binding("backspace", "caret('backspace')", "Rub out", show=False, id="form.backspace", tooltip="Rub out."),
        Binding("delete", "caret('delete')", "Delete", show=False, id="form.delete", tooltip="Delete a letter."),
        Binding("ctrl+u", "caret('clear')", "Clear", show=False, id="form.clear", tooltip="Empty the field."),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"form--cursor", "form--caret", *TONES}

    cursor: reactive[int] = reactive(0)
    """The line of the field that is edited."""

    @dataclass
    class Edited(Message):
        """Something else stands in a field now."""

        key: str
        text: str

    @dataclass
    class Entered(Message):
        """Enter was pressed in a field that is typed into."""

        key: str

    @dataclass
    class Submitted(Message):
        """Everything that was struck before `submit` was called has been told."""

    @dataclass
    class Reached(Message):
        """The cursor came to a field."""

        key: str

    def __init__(self, lines: Sequence[FormLine], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = lines
        self._texts: Mapping[str, str] = {}
        self._told: dict[str, list[str]] = {}
        """What each field was edited to, from the first `Edited` that `show` has not answered yet to the latest."""
        self._bad: frozenset[str] = frozenset()
        self._caret = Caret("")
        self.set_reactive(FormView.cursor, next((i for i, line in enumerate(lines) if line.key), 0))

    @property
    def current(self) -> FormLine:
        """The field that is edited."""
        return self._lines[self.cursor]

    def on_mount(self) -> None:
        """Know how long it is."""
        self.virtual_size = Size(0, len(self._lines))

    def show(self, texts: Mapping[str, str], bad: frozenset[str]) -> None:
        """Show what stands in each field, and in which of them something is wrong.

        A text may lag behind the keys that have been struck meanwhile; they stay.
        """
        self._told = {key: late for key, told in self._told.items() if (late := self._unanswered(key, told, texts))}
        key = self.current.key
        if key not in self._told and texts.get(key) != self._caret.text:
            self._caret = Caret(texts.get(key, ""))
        if (texts, bad) != (self._texts, self._bad):
            self._texts, self._bad = dict(texts), bad
            self.refresh()

    def _unanswered(self, key: str, told: list[str], texts: Mapping[str, str]) -> list[str]:
        text = texts.get(key, "")
        if text in told:
            return told[told.index(text) + 1 :]
        return told if text == self._texts.get(key, "") else []  # else somebody has put something else there

    def _latest(self, key: str) -> str:
        """Return what stands in a field, with all that has been typed."""
        told = self._told.get(key)
        return told[-1] if told else self._texts.get(key, "")

    def _tell(self, key: str, text: str) -> None:
        self._told.setdefault(key, []).append(text)
        self.post_message(self.Edited(key, text))

    def submit(self) -> None:
        """Say `Submitted` behind everything that was struck before, also where keys come faster than they are heard."""
        self.call_later(self.post_message, self.Submitted())

    def go_to(self, key: str) -> None:
        """Put the cursor into a field."""
        self.cursor = next((index for index, line in enumerate(self._lines) if line.key == key), self.cursor)

    # Keys

    def watch_cursor(self) -> None:
        """Begin to edit another field."""
        self._caret = Caret(self._latest(self.current.key))
        self._reveal()
        self.refresh()
        self.post_message(self.Reached(self.current.key))

    def action_go(self, fields: int) -> None:
        """Move the cursor by so many fields; headings are passed over."""
        places = [index for index, line in enumerate(self._lines) if line.key]
        at = places.index(self.cursor) if self.cursor in places else 0
        self.cursor = places[min(max(at + fields, 0), len(places) - 1)]

    def action_right(self) -> None:
        """Choose the next value, or go right in the text."""
        self._turn(1) if self.current.choices else self.action_caret("right")

    def action_left(self) -> None:
        """Choose the value before, or go left in the text."""
        self._turn(-1) if self.current.choices else self.action_caret("left")

    def action_enter(self) -> None:
        """Choose the next value, or be done with a text."""
        if self.current.choices:
            self._turn(1)
        else:
            self.post_message(self.Entered(self.current.key))
            self.action_go(1)

    def action_caret(self, what: str) -> None:
        """Edit the text."""
        if not self.current.choices:
            self._take(self._caret.moved(what))

    async def on_key(self, event: events.Key) -> None:
        """Type into a field; space goes through choices.

        A key that does something else does it at once: left to Textual, it would go by way of the app, and letters
        that were struck after it would be in the field before it.
        """
        if event.character is None or not event.is_printable:
            active = self.screen.active_bindings.get(event.key)
            if active is not None and active.node is self and active.enabled:
                event.stop()
                event.prevent_default()
                await self.run_action(active.binding.action)
            return
        event.stop()
        event.prevent_default()
        if not self.current.choices:
            self._take(self._caret.typed(event.character))
        elif event.character == " ":
            self._turn(1)

    def on_paste(self, event: events.Paste) -> None:
        """Put a text into the field; of several lines the first."""
        event.stop()
        if not self.current.choices:
            self._take(self._caret.typed((event.text.splitlines() or [""])[0]))

    def on_click(self, event: events.Click) -> None:
        """Go to a field; a click on a choice that has the cursor chooses the next one."""
        index = event.y + self.scroll_offset.y
        if not 0 <= index < len(self._lines) or not self._lines[index].key:
            return
        if index == self.cursor and self.current.choices:
            self._turn(1)
        self.cursor = index

    def _turn(self, steps: int) -> None:
        choices, text = self.current.choices, self._latest(self.current.key)
        at = choices.index(text) if text in choices else -steps
        self._tell(self.current.key, choices[(at + steps) % len(choices)])

    def _take(self, caret: Caret) -> None:
        is_other = caret.text != self._caret.text
        self._caret = caret
        self.refresh()
        if is_other:
            self._tell(self.current.key, caret.text)

    # Drawing

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[index]
        is_cursor = index == self.cursor and self.has_focus
        base = self.get_component_rich_style("form--cursor") if is_cursor else self.rich_style
        if not line.key:
            return Strip([Segment(line.label, base + self._ink("strong"))]).adjust_cell_length(width, base)
        label = base + self._ink("bad" if line.key in self._bad else "" if is_cursor else "dim")
        mark = "!" if line.key in self._bad else " "
        segments = [Segment(fit(f"{mark}{line.label}", _LABEL), label), *self._value(line, is_cursor, base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _value(self, line: FormLine, is_cursor: bool, base: Style) -> list[Segment]:
        text, room = self._texts.get(line.key, ""), self.scrollable_content_region.width - _LABEL - 1
        if line.choices:
            ink = base + self._ink("strong" if text != (line.usual or text) else "")
            return [Segment(f"‹ {text} ›" if is_cursor else f"  {text}", ink)]
        if is_cursor:
            before, at, after = self._caret.window(room - 2)
            caret = base + self.get_component_rich_style("form--caret", partial=True)
            return [Segment(f"  {safe(before)}", base), Segment(safe(at), caret), Segment(safe(after), base)]
        ink = base + self._ink("bad" if line.key in self._bad else "" if text else "dim")
        shown = text or line.hint
        return [Segment(f"  {fit(shown, min(room - 2, cell_len(safe(shown))))}", ink)]

    def _ink(self, tone: str) -> Style:
        return self.get_component_rich_style(f"rows--{tone}", partial=True) if tone else Style()

    def _reveal(self) -> None:
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        first = self.cursor - 1 if self.cursor and not self._lines[self.cursor - 1].key else self.cursor
        wanted = min(max(top, self.cursor - height + 1), max(0, first - (first == 1)))
        if height > 0 and wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)
