"""How the next token is drawn, in one row: type a number, or turn it with the arrow keys.

What may stand in a field is the business of its declaration; a value it refuses is marked, and said as a sentence.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from gpt2mini.errors import UsageError
from gpt2mini.settings import Spec, Value
from gpt2mini_tui.talk.turns import unescaped

__all__ = ["Knob", "SamplingControls"]

_WIDTHS = {"temperature": 5, "top_k": 4, "top_p": 5, "tokens": 5, "seed": 5}
_STEPS = {"temperature": 0.1, "top_p": 0.05, "tokens": 50}
_STOP_WIDTH = 8


class Knob(Input):
    """One setting. The arrow keys and the mouse wheel turn it; whatever is typed is taken as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "up", "turn(1)", "Set", id="knob.more", key_display="↑↓", tooltip="Turn this setting up, or with ↓ down."
        ),
        Binding("down", "turn(-1)", "Less", show=False, id="knob.less", tooltip="Turn this setting down."),
    ]

    def __init__(self, spec: Spec) -> None:
        hint = "none" if spec.kind is str else ""
        super().__init__(_said(spec.default), id=f"knob-{spec.name}", compact=True, placeholder=hint)
        self.spec = spec
        self.tooltip = spec.help
        self.styles.width = _WIDTHS.get(spec.name, _STOP_WIDTH)

    @property
    def read(self) -> Value:
        """The value as a number where it should be one; raises UsageError if its declaration refuses it."""
        value: Value = self.value
        if self.spec.kind in (int, float):
            try:
                value = self.spec.kind(self.value)
            except ValueError:
                value = self.value[:40]  # of another kind, so it is refused in its own words
        else:
            value = unescaped(self.value)
        self.spec.check(value)
        return value

    def action_turn(self, direction: int) -> None:
        """Make a number larger or smaller by a step that suits it; it stays in its range."""
        if self.spec.kind not in (int, float):
            return
        try:
            number = float(self.value)
        except ValueError:
            number = float(str(self.spec.default))
        step = _STEPS.get(self.spec.name) or (1 if number + direction <= 10 else 5)
        turned = round(number / step + direction) * step
        turned = min(max(turned, self.spec.low), self.spec.high)
        self.value = _said(int(turned) if self.spec.kind is int else round(turned, 4))
        self.cursor_position = len(self.value)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Turn it up."""
        event.stop()
        self.action_turn(1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Turn it down."""
        event.stop()
        self.action_turn(-1)


class SamplingControls(Horizontal):
    """All settings of `Sampling`, in the order of their declaration."""

    class Changed(Message):
        """A setting is another one now, or one that cannot be: see `problem` and `values`."""

    def __init__(self, specs: Sequence[Spec], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._specs = specs

    def compose(self) -> ComposeResult:
        """Make a name and a field for every setting."""
        for spec in self._specs:
            yield Label(spec.name.replace("_p", "-p").replace("_k", "-k"), markup=False)
            yield Knob(spec)

    @property
    def values(self) -> dict[str, Value]:
        """Every setting by its name; raises UsageError while there is a problem."""
        return {knob.spec.name: knob.read for knob in self.query(Knob)}

    @property
    def problem(self) -> str:
        """Why the values cannot be used as they stand now, as a sentence; empty while they can."""
        return next(filter(None, map(_problem, self.query(Knob))), "")

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        event.stop()
        for knob in self.query(Knob):
            knob.set_class(bool(_problem(knob)), "-invalid")
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()


def _problem(knob: Knob) -> str:
    try:
        _ = knob.read
    except UsageError as error:
        return str(error).removeprefix("--")
    return ""


def _said(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
