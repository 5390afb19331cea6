"""What stands in the place of the charts before the first run: what to press, and what will happen then."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.plan import NewRun
from gpt2mini_tui.words import count, switches

if TYPE_CHECKING:
    from gpt2mini_tui.folds.unfinished import Unfinished

__all__ = ["Welcome"]

_BUILT_IN = ("tales", "pydoc", "stdlib")


class Welcome(Widget):
    """An empty state that says how to leave it."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._shown: tuple[NewRun, int, Unfinished | None] | None = None

    def show(self, plan: NewRun, *, runs: int = 0, unfinished: "Unfinished | None" = None) -> None:
        """Show what pressing `s` would start, which run is not whole, and where the runs are that there are already."""
        if (plan, runs, unfinished) != self._shown:
            self._shown = plan, runs, unfinished
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the invitation."""
        if self._shown is None:
            return Content()
        plan, runs, unfinished = self._shown
        config = plan.config
        model, train = config.model, config.train
        changed = config.ablations.changed()
        size = f"{count(model.n_layer, 'layer')}, {model.n_embd} wide"
        source = safe(config.data.data)
        text = f"the built-in text {source}" if source in _BUILT_IN else source
        return Content.assemble(
            *(_left_over(unfinished, self._key) if unfinished is not None else ()),
            ("Train a GPT-2 from scratch, break it, watch what happens.\n\n", "bold"),
            ("Press ", ""),
            (f" {self._key('train.start', 's')} ", "bold reverse"),
            f" to train GPT-2 ({size}) on {text}, for {train.steps:,} steps.\n\n",
            f"It will differ from GPT-2: {safe(switches(changed))}.\n\n" if changed else "",
            "While it trains, turn off a part of it: ",
            (self._key("train.switches", "f"), "bold"),
            " goes to the switches, ",
            ("Enter", "bold"),
            " flips one, and so does its letter. A mark on the charts shows when, and the sentence below them says "
            "what came of it.\n\n",
            ("The same from the shell\n", "dim"),
            (safe(plan.command()), "dim"),
            *_others(runs),
        )

    def _key(self, name: str, usual: str) -> str:
        """Return the key of an action, which somebody may have chosen for themselves."""
        active = self.screen.active_bindings.values()
        found = (one.binding for one in active if one.binding.id == name)
        return next((safe(self.app.get_key_display(binding)) for binding in found), usual)


def _left_over(run: "Unfinished", key: Callable[[str, str], str]) -> Iterator[str | tuple[str, str]]:
    """Name the run that is not whole, and what brings it on."""
    yield safe(run.sentence), "bold"
    if run.status == "running":
        yield " Press "
        yield f" {key('train.follow', 'w')} ", "bold reverse"
        yield " to look on.\n\n"
    elif run.saved is None:
        yield " Nothing of it was saved before.\n\n"
    else:
        yield " Press "
        yield f" {key('train.resume', 'p')} ", "bold reverse"
        yield " to go on" + (f" from step {run.saved:,}, which is saved" if run.saved != run.step else "") + ".\n\n"


def _others(runs: int) -> Iterator[str | tuple[str, str]]:
    """Say what can be done with the runs that are there already."""
    if runs:
        here = "is a run" if runs == 1 else f"are {count(runs, 'run')}"
        yield f"\n\nThere {here} already: "
        yield "2", "bold"
        yield " draws them beside one another, "
        yield "3", "bold"
        yield " looks at one, goes on with it or forks it."
