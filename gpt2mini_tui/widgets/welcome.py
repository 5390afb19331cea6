"""What stands in the place of the charts before the first run: what to press, how long it takes, what happens then."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.offers import Offer
from gpt2mini_tui.words import count, duration, switches

if TYPE_CHECKING:
    from gpt2mini_tui.folds.unfinished import Unfinished

__all__ = ["Invitation", "Welcome"]

_INDENT = " " * 5
Key = Callable[[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What somebody can do who has opened no run."""

    offers: tuple[Offer, ...]
    """Runs that a key starts; the last is the plan as it stands."""
    is_measuring: bool = False
    """Whether it is being found out how long they take here."""
    runs: int = 0
    """How many there are on the disk already."""
    unfinished: "Unfinished | None" = None
    """One of them that is not whole."""


class Welcome(Widget):
    """An empty state that says how to leave it."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._shown: Invitation | None = None

    def show(self, invitation: Invitation) -> None:
        """Show what can be started, which run is not whole, and where the runs are that there are already."""
        if invitation != self._shown:
            self._shown = invitation
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the invitation."""
        shown = self._shown
        if shown is None:
            return Content()
        plan = shown.offers[-1].plan
        changed = plan.config.ablations.changed()
        source = safe(Path(plan.config.data.data).name or plan.config.data.data)
        return Content.assemble(
            *(_left_over(shown.unfinished, self._key) if shown.unfinished is not None else ()),
            ("Train a GPT-2 from scratch, break it, watch what happens.\n\n", "bold"),
            *(part for offer in shown.offers for part in _offered(offer, self._key, shown.is_measuring)),
            (f" {self._key('train.new', 'n')} ", "bold reverse"),
            f"  Another text than {source}, another size\n\n",
            f"It will differ from GPT-2: {safe(switches(changed))}.\n\n" if changed else "",
            *(() if "residual" in changed else _how_to_break(self._key)),
            ("From the shell: ", "dim"),
            (safe(plan.command()), "dim"),
            *_others(shown.runs),
        )

    def _key(self, name: str, usual: str) -> str:
        """Return the key of an action, which somebody may have chosen for themselves."""
        active = self.screen.active_bindings.values()
        found = (one.binding for one in active if one.binding.id == name)
        return next((safe(self.app.get_key_display(binding)) for binding in found), usual)


def _offered(offer: Offer, key: Key, is_measuring: bool) -> Iterator[str | tuple[str, str]]:
    """Name a run, what starts it, and how long it takes."""
    model, train = offer.plan.config.model, offer.plan.config.train
    yield f" {key(offer.binding, offer.key)} ", "bold reverse"
    yield f"  {offer.title}", "bold"
    if not math.isnan(offer.seconds):
        yield f", about {duration(offer.seconds)} here"
    elif is_measuring:
        yield ", measuring how long…"
    yield f"\n{_INDENT}{count(model.n_layer, 'layer')}, {model.n_embd} wide, {count(train.steps, 'step')}\n", "dim"


def _how_to_break(key: Key) -> Iterator[str | tuple[str, str]]:
    """Name the switch whose effect is seen within seconds."""
    yield "Once the loss has fallen, press "
    yield key("flip.residual", "R"), "bold"
    yield ": without residual connections it jumps up, and the sentence below the charts says how far. "
    yield "Press it again to bring them back. Every letter on the left is such a switch.\n\n"


def _left_over(run: "Unfinished", key: Key) -> Iterator[str | tuple[str, str]]:
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
