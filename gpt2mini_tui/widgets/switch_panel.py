"""The switches, one row each. A row asks for a change; it shows only what the trainer confirmed."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from gpt2mini.ablations import ALL_ON, SWITCHES, Ablations
from gpt2mini.settings import Spec, Value
from gpt2mini_tui.switches import letter, next_value, title, word

__all__ = ["SwitchPanel", "SwitchRow"]


class SwitchRow(Widget):
    """One switch: its letter, its name, and how it stands."""

    ALLOW_SELECT = False

    value: reactive[Value] = reactive[Value](None)
    """As it was confirmed."""
    asked: reactive[Value] = reactive[Value](None)
    """What it was asked to become; None while nothing is pending."""

    @dataclass
    class Clicked(Message):
        """The mouse chose this row."""

        name: str

    def __init__(self, spec: Spec) -> None:
        super().__init__(id=f"switch-{spec.name.replace('_', '-')}")
        self.spec = spec
        self.set_reactive(SwitchRow.value, spec.default)
        self.tooltip = Content(f"{spec.help} {spec.expect}")

    @property
    def next_value(self) -> Value:
        """What flipping it now should make of it: a pending request counts as done."""
        return next_value(self.spec, self.value if self.asked is None else self.asked)

    def render(self) -> Content:
        """Return the row: a full circle for what GPT-2 has, an empty one for what differs."""
        is_default = self.value == self.spec.default
        state = word(self.value) if is_default else word(self.value).upper()
        if self.asked is not None:
            state = f"{word(self.value)} → {word(self.asked)}"
        strong = "" if is_default else "$text-warning bold"
        left = Content.assemble((letter(self.spec.name), "bold"), " ", (title(self.spec.name), strong))
        right = Content.assemble((state, strong), " ", ("●" if is_default else "○", strong or "$accent"))
        left = left.truncate(max(0, self.content_size.width - right.cell_length - 1), ellipsis=True)
        gap = max(1, self.content_size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    def watch_asked(self) -> None:
        self.set_class(self.asked is not None, "-asked")

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self.spec.name))


class SwitchPanel(Vertical, can_focus=True):
    """All live switches, with a cursor that the arrow keys move."""

    BINDING_GROUP_TITLE = "Switches"
    HELP = (
        "The parts of the transformer. up and down choose one, Enter flips it at the next step; what it does and what "
        "to expect stands below. While nothing trains, they are those of the next run."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="switches.up", show=False, tooltip="The switch above."),
        Binding("down,j", "move(1)", "Down", id="switches.down", show=False, tooltip="The switch below."),
        Binding("enter,space", "flip", "Flip", id="switches.flip", tooltip="Turn the chosen switch."),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Asked(Message):
        """Somebody wants a switch so."""

        name: str
        value: Value

    @dataclass
    class Chosen(Message):
        """The cursor came to a switch."""

        name: str

    def compose(self) -> ComposeResult:
        for spec in SWITCHES.values():
            yield SwitchRow(spec)

    def on_mount(self) -> None:
        self.show(ALL_ON, title="switches")
        self._mark()

    @property
    def chosen(self) -> str:
        """The name of the switch under the cursor."""
        return list(SWITCHES)[self.cursor]

    def show(self, confirmed: Ablations, *, title: str) -> None:
        """Show the switches as they are; what was asked and is now so is no longer pending."""
        if title != self.border_title:
            self.border_title = Content(title)
        for row in self.query(SwitchRow):
            value = getattr(confirmed, row.spec.name)
            if row.asked == value:
                row.asked = None
            row.value = value

    def forget_asked(self) -> None:
        """Give up what is pending: there is nobody left who could confirm it."""
        for row in self.query(SwitchRow):
            row.asked = None

    @property
    def pending(self) -> dict[str, Value]:
        """What was asked and is not so yet."""
        return {row.spec.name: row.asked for row in self.query(SwitchRow) if row.asked is not None}

    def flip(self, name: str) -> None:
        """Ask for the next value of a switch."""
        row = self.row(name)
        wanted = row.next_value
        row.asked = None if wanted == row.value else wanted
        self.cursor = list(SWITCHES).index(name)
        self.post_message(self.Asked(name, wanted))

    def row(self, name: str) -> SwitchRow:
        """Return the row of a switch."""
        return self.query_one(f"#switch-{name.replace('_', '-')}", SwitchRow)

    def validate_cursor(self, cursor: int) -> int:
        return cursor % len(SWITCHES)

    def watch_cursor(self) -> None:
        if self.is_mounted:
            self._mark()
            self.post_message(self.Chosen(self.chosen))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor += rows

    def action_flip(self) -> None:
        """Flip the switch under the cursor."""
        self.flip(self.chosen)

    def on_switch_row_clicked(self, event: SwitchRow.Clicked) -> None:
        event.stop()
        self.focus()
        self.flip(event.name)

    def _mark(self) -> None:
        for index, row in enumerate(self.query(SwitchRow)):
            row.set_class(index == self.cursor, "-chosen")
            if index == self.cursor:
                row.scroll_visible(animate=False)
