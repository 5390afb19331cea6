"""How long an experiment still takes: what a unit of its work has cost here so far, times what is left."""

import math
import time
from collections.abc import Callable, Iterable

from gpt2mini.config import Config, parameter_count
from gpt2mini.events import Skipped, Started, StepDone
from gpt2mini.experiments.heard import Heard

__all__ = ["Pace", "cost_of"]


def cost_of(config: Config) -> float:
    """Return what a step costs, in some unit: parameters times tokens."""
    return float(parameter_count(config.model)) * config.train.batch_size * config.model.block_size


class Pace:
    """Counts steps as they come; those that were read from a log are done, but say nothing of the speed."""

    def __init__(self, work: Iterable[tuple[int, float]], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`work` is how many steps there are to be done of each cost."""
        self.total = sum(steps * cost for steps, cost in work)
        self._clock = clock
        self._done = self._paid = self._seconds = 0.0
        self._last = math.nan

    def hear(self, heard: Heard, cost: float) -> None:
        """Take in an event of a run whose steps cost so much."""
        if isinstance(heard.event, Started) and not heard.is_recalled and math.isnan(self._last):
            self._last = self._clock()
        if not isinstance(heard.event, StepDone | Skipped):
            return
        self._done += cost
        if heard.is_recalled or math.isnan(self._last):
            return
        now = self._clock()
        self._paid += cost
        self._seconds += now - self._last
        self._last = now

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        return min(1.0, self._done / self.total) if self.total else 1.0

    @property
    def left(self) -> float:
        """Seconds that the rest takes; NaN before it is known."""
        return (self.total - self._done) * self._seconds / self._paid if self._paid else math.nan
