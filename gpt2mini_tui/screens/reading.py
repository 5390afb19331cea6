"""A place that reads the runs on the disk, without ever waiting for them."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import count
from typing import Protocol, TypeVar, cast

from textual.timer import Timer

from gpt2mini.errors import LabError
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.charts.chart import get_ready
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.live.bridge import Bridge
from gpt2mini_tui.runs.shelf import Shelf, Story
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.place import Place

__all__ = ["Lab", "ReadingPlace"]

T = TypeVar("T")

_COLLECT = 1 / 20
"""Seconds between looks at what came in, while something is under way."""
_LOOK = 2.0
"""Seconds between looks at the disk, while the place is visible."""
_WHOLE = 5
"""Every so many of them looks at all there is."""


class Lab(Protocol):
    """What these places need of the app."""

    @property
    def home(self) -> Home:
        """Where everything lies."""
        ...

    @property
    def store(self) -> Store:
        """The runs on the disk."""
        ...

    @property
    def bridge(self) -> Bridge:
        """The way to the training thread."""
        ...

    @property
    def history(self) -> History:
        """Of the run that is training now, or was the last to."""
        ...


class ReadingPlace(Place):
    """Sends errands, and looks again every two seconds as long as somebody can see it."""

    _collecting: Timer
    _looking: Timer

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._errands = Errands(f"{id or 'place'}-reader")
        self._deeds = count()
        self._looks = 0

    def on_mount(self) -> None:
        """Make the two timers; both rest until there is a reason."""
        self._collecting = self.set_interval(_COLLECT, self._collect, pause=True)
        self._looking = self.set_interval(_LOOK, self._look_again, pause=True)

    def on_show(self) -> None:
        """Look at once, and again and again."""
        self._looks = 0
        self.look()
        self._looking.resume()

    def on_hide(self) -> None:
        """Rest."""
        self._looking.pause()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._errands.close()

    @property
    def lab(self) -> Lab:
        """The app, as far as this place knows it."""
        return cast(Lab, self.app)

    @cached_property
    def shelf(self) -> Shelf:
        """The runs on the disk; what it gives is for `errand`."""
        return Shelf(self.lab.store, kept=self.lab.home.histories)

    def look(self, *, is_glance: bool = False) -> None:
        """See what has changed on the disk; a glance may leave out what hardly ever does."""

    def _look_again(self) -> None:
        self._looks += 1
        self.look(is_glance=self._looks % _WHOLE > 0)

    def errand(
        self,
        key: str,
        work: Callable[[], Iterable[T | None]],
        show: Callable[[T], None],
        fail: Callable[[LabError], None] | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Have something done in the thread; see `Errands.run`. A failure is said in a toast unless `fail` takes it."""
        self._errands.run(key, work, show, fail or self.say_error, then)
        self._collecting.resume()

    def deed(
        self,
        work: Callable[[], Iterable[T | None]],
        show: Callable[[T], None],
        fail: Callable[[LabError], None] | None = None,
    ) -> None:
        """Have something on the disk changed; unlike an errand, it is not forgotten for the next of its kind."""
        self.errand(f"deed {next(self._deeds)}", work, show, fail)

    def read_story(self, name: str, show: Callable[[Story], None], *, key: str = "story") -> None:
        """Read how a run went; of the one that is training now, the app knows already."""
        history = self.lab.history
        live = history if history.run == name and history.is_live else None

        def work() -> Iterator[Story | None]:
            get_ready()
            return self.shelf.story(name, live)

        self.errand(key, work, show)

    def is_reading(self, key: str) -> bool:
        """Tell whether an errand is still under way."""
        return self._errands.is_running(key)

    def say_error(self, error: LabError) -> None:
        """Show a failure as a sentence."""
        self.notify(safe(error), severity="error", markup=False)

    def _collect(self) -> None:
        self._errands.drain()
        if self._errands.is_idle:
            self._collecting.pause()
