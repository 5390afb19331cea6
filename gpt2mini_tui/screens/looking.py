"""How the charts of a run are looked at: what a cursor, a zoom and a large chart are for the keys and the palette."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from gpt2mini_tui.charts.viewpoint import PARTS, SMOOTHING, Viewpoint
from gpt2mini_tui.screens.place import Place

if TYPE_CHECKING:
    from gpt2mini_tui.folds.history import History
    from gpt2mini_tui.screens.bench import Bench

__all__ = ["VIEW_KEYS", "LookingPlace"]


def _key(key: str, action: str, name: str, id: str, tooltip: str, *, display: str | None = None) -> Binding:
    return Binding(key, action, name, id=f"view.{id}", show=False, key_display=display, tooltip=tooltip)


VIEW_KEYS: list[BindingType] = [
    _key("left", "point(-1)", "Cursor back", "back", "Read out the numbers of an earlier step."),
    _key("right", "point(1)", "Cursor on", "on", "Read out the numbers of a later step."),
    _key("shift+left", "point(-10)", "Cursor far back", "far-back", "Ten cells earlier."),
    _key("shift+right", "point(10)", "Cursor far on", "far-on", "Ten cells later."),
    _key(
        "plus,equals_sign",
        "zoom(1)",
        "Zoom in",
        "in",
        "Show the latest half, or what is around the cursor.",
        display="+",
    ),
    _key("minus", "zoom(-1)", "Zoom out", "out", "Show twice as much of the run.", display="-"),
    _key("0", "whole", "Whole run", "whole", "Show the run from its start."),
    _key("l", "log_axis", "Log axis", "log", "Make the axis of the chart logarithmic, or linear again."),
    _key("o", "log_steps", "Log steps", "log-steps", "Give the first steps more room: steps on a logarithmic axis."),
    _key("right_square_bracket", "smooth(1)", "Smoother", "smoother", "Smooth the curves more.", display="]"),
    _key(
        "left_square_bracket", "smooth(-1)", "Rougher", "rougher", "Smooth the curves less, or not at all.", display="["
    ),
    _key("v", "curve", "Next curve", "curve", "Below the loss: answers of a task, gradient norm, rate, speed."),
    _key("h", "quantity", "Next layer view", "layers", "Layers: gradients, updates, residual stream, cosine, …"),
    _key("m", "enlarge", "Make large", "large", "Let the chart fill the screen, or put it back."),
]


_UNSEEN = {
    "layers": ("log_axis", "smooth"),
    "samples": ("log_axis", "smooth", "point", "zoom", "whole", "log_steps"),
}
"""What nobody sees where a part fills the screen."""
_LOOKS = {"point", "zoom", "whole", "log_axis", "log_steps", "smooth", "curve", "quantity", "enlarge"}


class LookingPlace(Place):
    """Has a bench, and changes how it looks at a run."""

    _bench: "Bench | None"
    _history: "History | None"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer nothing that would only change what is hidden: behind a large part, or where no run is open."""
        bench = self._bench
        if bench is not None and (action in (_LOOKS if bench.is_empty else _UNSEEN.get(bench.view.large, ()))):
            return False
        return super().check_action(action, parameters)

    def action_point(self, cells: int) -> None:
        """Move the cursor of the charts."""
        if self._bench is not None and self._history is not None and self._history.step:
            self._bench.look(self._bench.view.moved(self._history, cells))

    def action_zoom(self, by: int) -> None:
        """Show less of the run, or more."""
        self._look(lambda view: view.zoomed(by))

    def action_whole(self) -> None:
        """Show all of it."""
        self._look(lambda view: replace(view, zoom=0))

    def action_log_axis(self) -> None:
        """Turn the axis of the chart that fills the screen or has the focus, else of the loss."""
        bench, history = self._bench, self._history
        if bench is None or history is None:
            return
        below = bench.view.large == "grad-chart" or (not bench.view.large and bench.query_one("#grad-chart").has_focus)
        self._look(lambda view: view.with_log(view.below(history) if below else "loss"))

    def action_log_steps(self) -> None:
        """Turn the axis of the steps."""
        self._look(lambda view: replace(view, is_log_x=not view.is_log_x))

    def action_smooth(self, by: int) -> None:
        """Smooth more or less."""
        self._look(lambda view: view.smoother(by))
        if self._bench is not None:
            self.notify(f"Smoothing: {SMOOTHING[self._bench.view.smoothing]}.", timeout=2, markup=False)

    def action_curve(self) -> None:
        """Show the next curve below the loss; where that chart was hidden, the curve that was shown before."""
        history = self._history
        if history is not None and not self._brought("grad-chart", has_layers=False):
            self._look(lambda view: view.next_below(history))

    def action_quantity(self) -> None:
        """Show the next quantity of the layers; where they were hidden, the one that was shown before."""
        from gpt2mini.probes import PROBES

        if self._bench is not None and not self._brought("layers", has_layers=True):
            self._look(lambda view: replace(view, quantity=(view.quantity + 1) % len(PROBES)))

    def _brought(self, part: str, *, has_layers: bool) -> bool:
        """Bring a part into sight, large where another one is or where it has no room beside others; tell whether."""
        bench = self._bench
        if bench is None:
            return False
        if bench.query_one(f"#{part}").display:
            return False
        is_low = bool({"-low", "-flat"} & self.screen.classes)
        self._look(lambda view: replace(view, has_layers=has_layers, large=part if view.large or is_low else ""))
        if bench.switches.has_focus:  # what they do stands where the part is to be seen
            self.call_after_refresh(bench.query_one(f"#{part}").focus)
        return True

    def action_enlarge(self) -> None:
        """Let the part that has the focus fill the screen, else the loss; again puts it back."""
        bench = self._bench
        if bench is None:
            return
        focused = self.app.focused
        chosen = focused.id if focused is not None and focused.id in PARTS else "loss-chart"
        self._look(lambda view: replace(view, large="" if view.large else str(chosen)))

    def let_go(self) -> bool:
        """Take back the last thing that was done to the view; tell whether there was one."""
        bench = self._bench
        if bench is None:
            return False
        if bench.view.large:
            self._look(lambda view: replace(view, large=""))
        elif bench.view.cursor is not None:
            bench.look(replace(bench.view, cursor=None))
        else:
            return False
        return True

    def _look(self, change: Callable[[Viewpoint], Viewpoint]) -> None:
        if self._bench is not None:
            self._bench.look(change(self._bench.view))
            self._keep_focus(self._bench)
            self.post_message(self.Looked(self._bench.view.to_plain()))

    def _keep_focus(self, bench: "Bench") -> None:
        """Give the focus to a part that fills the screen where what has it is hidden now: else no key would work."""
        part, focused = bench.view.large, self.app.focused
        if part and focused is not self and (focused is None or focused.id != part):
            self.call_after_refresh(bench.query_one(f"#{part}").focus)
