"""The runs that wait for their turn, in the order in which they are trained."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer

from gpt2mini_tui.live.session import Session
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.offer import Offer
from gpt2mini_tui.setup.plan import ForkRun, NewRun, Plan, PlayCard
from gpt2mini_tui.widgets.rows import Cell, Rows

__all__ = ["QueueScreen"]

_EMPTY = "Nothing waits.\n\nWhile a run trains, n sets up the next one, and it waits here for its turn."


class QueueScreen(ModalScreen[None]):
    """Shows the queue itself, so that a run that starts meanwhile is gone from the list."""

    CSS_PATH = "queue.tcss"
    BINDING_GROUP_TITLE = "Queue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "Start now", id="queue.start", tooltip="Train the first one, where nothing trains."),
        Binding("d,delete", "remove", "Remove", id="queue.remove", tooltip="Take this one out."),
        Binding("z", "undo", "Undo", id="queue.undo", tooltip="Put back what was taken out last."),
        Binding("K,shift+up", "shift(-1)", "Earlier", id="queue.earlier", tooltip="Train this one earlier."),
        Binding("J,shift+down", "shift(1)", "Later", id="queue.later", tooltip="Train this one later."),
        Binding("escape,q,Q", "dismiss", "Close", id="queue.close", tooltip="Back to where you were."),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._removed: list[tuple[int, Plan]] = []
        self._offer = Offer()

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(id="queue"):
            yield Rows(self._draw, id="queue-rows", hint=_EMPTY)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Show what waits, and go on looking."""
        self.query_one("#queue").border_title = Content("queue")
        self.query_one(Rows).focus()
        self._show()
        self.set_interval(0.5, self._show)

    def on_unmount(self) -> None:
        """Offer nothing more: what was taken out is gone with this screen."""
        self._offer.withdraw(self.app)

    def _show(self) -> None:
        rows = self.query_one(Rows)
        rows.show(len(self._session.queue))
        words = "held: s starts the first, the others follow" if self._session.is_held else ""
        self.query_one("#queue").border_subtitle = Content(words)
        self.refresh_bindings()

    def _draw(self, index: int, width: int) -> list[Cell]:
        if index >= len(self._session.queue):
            return []
        plan = self._session.queue[index]
        command = plan.command().removeprefix("gpt2mini-tui ")
        return [
            Cell(f"{index + 1} ", 3, "dim", True),
            Cell(_name(plan), 16, "strong"),
            Cell(command, max(0, width - 19)),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what a key does as the queue stands."""
        waiting = len(self._session.queue)
        match action:
            case "start":
                return waiting > 0 and not self._session.bridge.is_running
            case "remove":
                return waiting > 0
            case "undo":
                return bool(self._removed)
            case "shift":
                return waiting > 1
        return super().check_action(action, parameters)

    def action_start(self) -> None:
        """Train the first one now; while a run trains, the key is not offered."""
        self._session.begin(self._session.queue.pop(0))
        self.dismiss()

    def action_remove(self) -> None:
        """Take the current one out."""
        at = self.query_one(Rows).cursor
        if at < len(self._session.queue):
            self._removed.append((at, self._session.queue.pop(at)))
            self._offer.make("Taken out of the queue. z puts it back.", self.app)
            self._show()

    def action_undo(self) -> None:
        """Put back what was taken out last."""
        if self._removed:
            at, plan = self._removed.pop()
            self._session.queue.insert(at, plan)
            self._offer.withdraw(self.app)
            if self._removed:
                self._offer.make(f"{safe(_name(self._removed[-1][1]))} is still out. z puts it back.", self.app)
            self._show()

    def action_shift(self, places: int) -> None:
        """Move the current one in the order."""
        queue, rows = self._session.queue, self.query_one(Rows)
        at, to = rows.cursor, rows.cursor + places
        if at < len(queue) and 0 <= to < len(queue):
            queue[at], queue[to] = queue[to], queue[at]
            rows.cursor = to
            self._show()


def _name(plan: Plan) -> str:
    if isinstance(plan, NewRun):
        return plan.name or f"on {plan.config.data.data}"
    if isinstance(plan, PlayCard):
        return plan.card
    return plan.name or (f"of {plan.parent}" if isinstance(plan, ForkRun) else "")
