"""What the lab offers before anything trains: a run that was broken off, and how long new ones take on this machine.

All of it is read beside the screen, and none of it is so important that the lab could not do without.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini.paths import Home
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.leaving import LeavingApp
from gpt2mini_tui.personal.habits import Habits
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.train import TrainPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpt2mini_tui.folds.unfinished import Unfinished
    from gpt2mini_tui.setup.estimates import Pace

__all__ = ["OfferingApp"]

_SETTLE = 1.0
"""Seconds before this machine is measured: somebody may know at once what to start, and is not to be disturbed."""


class OfferingApp(LeavingApp):
    """An app that looks at the disk for its Train place."""

    def __init__(self, home: Home, habits: Habits, folder: Path | None, *, measures: bool) -> None:
        """With `measures`, this machine is measured where nothing tells yet how fast it is."""
        super().__init__(home, habits, folder)
        self.measures = measures
        self._reading = Errands("lab-reader")
        self._paces: tuple[Pace, ...] = ()

    @property
    def train_place(self) -> TrainPlace:
        """The place where runs are started."""
        return self.query_one(TrainPlace)

    @property
    def is_waiting(self) -> bool:
        """Whether nothing trains, and nothing has."""
        return self.history.status == "idle"

    @property
    def _has_time(self) -> bool:
        """Whether nobody does anything but read the first screen."""
        return self.is_waiting and not self.screen.is_modal and bool(self.train_place.display)

    def take_offers(self) -> None:
        """Show what has been found; called now and then."""
        self._reading.drain()
        if self._reading.is_running("measure") and not self._has_time:
            self._stop_measuring()  # whoever trains or writes needs the whole machine, and would falsify it

    def on_unmount(self) -> None:
        """Look no further."""
        self._reading.close()

    def find_left_over(self, *, is_told: bool) -> None:
        """Look for runs and for one that was broken off, and offer it; with `is_told`, also say so."""
        from gpt2mini.runs import Store
        from gpt2mini_tui.runs.latest import latest

        def look() -> "Iterator[tuple[int, Unfinished | None]]":
            runs = Store(self.home.checkpoints).runs()
            yield len(runs), latest(runs)

        def show(found: "tuple[int, Unfinished | None]") -> None:
            runs, left = found
            self.train_place.tell_runs(runs)
            self.train_place.offer(left)
            if is_told and left is not None and left.is_broken_off:
                self.notify(f"{safe(left.sentence)} 1, then p goes on.", markup=False)

        self._reading.run("left", look, show, lambda _: None)

    def offer(self, name: str) -> None:
        """Let the Train place offer a run that could go on, as it stands on the disk now, or no longer."""
        from gpt2mini.runs import Run
        from gpt2mini_tui.runs.latest import unfinished

        run = Run(self.home.checkpoints / name)
        place = self.train_place
        self._reading.run(
            "offer",
            lambda: iter([(unfinished(run),)]),
            lambda found: place.offer(found[0]),
            lambda _: place.offer(None),
        )

    def find_pace(self) -> None:
        """Find out how long a run takes here: of earlier runs, else, where nothing tells, by measuring."""
        from gpt2mini_tui.screens.setup_reader import paces
        from gpt2mini_tui.setup.estimates import is_told

        def show(found: "tuple[Pace, ...]") -> None:
            self._paces = found
            self.train_place.tell_pace(found)
            if self.measures and not is_told(found):
                self.set_timer(_SETTLE, self._measure)

        self._reading.run("pace", lambda: paces(self.home), show, lambda _: None)

    def _measure(self) -> None:
        from gpt2mini_tui.screens.setup_reader import measure

        if not self._has_time:  # the form of a new run measures for itself, and whoever is talked to computes
            self._look_again()
            return
        place = self.train_place
        place.tell_pace(self._paces, is_measuring=True)
        self._reading.run(
            "measure",
            lambda: measure(self.home),
            place.tell_pace,
            lambda _: place.tell_pace(self._paces),  # what the runs of cards tell is better than nothing
        )

    def _stop_measuring(self) -> None:
        self._reading.stop("measure")
        self.train_place.tell_pace(self._paces)
        self._look_again()

    def _look_again(self) -> None:
        """Find out how long a run takes as soon as there is time, unless a run has told it meanwhile."""
        if self._has_time:
            self.find_pace()
        elif self.is_waiting:
            self.set_timer(_SETTLE, self._look_again)
