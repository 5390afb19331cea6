"""What every place of the app has in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from gpt2mini_tui.folds.history import History

__all__ = ["Place"]


class Place(Vertical, can_focus=True):
    """A full page of the app; the number keys and the bar at the top switch between them.

    It is made when somebody first goes there, with the stylesheet that lies beside its module. It can hold the focus
    itself, so that its keys work when nothing inside it is focused. What it shows is pulled: `refresh_history` is
    called at most four times a second, only while the place is visible, and only when something new came in; once more
    whenever it comes to the front.
    """

    BINDING_GROUP_TITLE = "Place"
    LEGEND: ClassVar[Sequence[tuple[str, str]]] = ()
    """The marks in its lists, and what each of them means: the help tells it."""

    @dataclass
    class Looked(Message):
        """Things are looked at in another way, which is worth remembering."""

        view: dict[str, object]

    def take_up(self, view: Mapping[str, object]) -> None:
        """Look at things as the last time, as far as that makes sense; by default nothing is remembered."""

    def shows(self, binding: Binding) -> bool:
        """Return whether the footer shows one of its keys just now; `refresh_bindings` has it asked anew."""
        return binding.show

    def refresh_history(self, history: "History") -> None:
        """Show what the run that is training now looks like; by default nothing."""

    def enter(self) -> None:
        """Take the focus when the place comes to the front, by `take_focus`; by default onto the place itself."""
        self.take_focus(self)

    def take_focus(self, widget: Widget) -> None:
        """Give a widget the focus now. `Widget.focus` does so later, and the next key would reach the place before."""
        self.screen.set_focus(widget)
