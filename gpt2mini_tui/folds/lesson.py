"""A card while it is played, and as it was played before: a fold over the events of its runs.

Live and recalled take the same path, `Lesson.add(heard)`, so that the page of a card that was played a month ago, or by
the command, is drawn and judged by the code that draws it live.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from gpt2mini import events as say
from gpt2mini.experiments.cards import Card, Judged, by_seed, judge
from gpt2mini.experiments.heard import Heard
from gpt2mini.experiments.measure import Measurement, Meter
from gpt2mini.experiments.notebook import Entry
from gpt2mini.series import Series
from gpt2mini_tui.folds.pace import Pace, cost_of

__all__ = ["Lesson", "Trace"]

State = Literal["preparing", "training", "done", "stopped", "failed"]


class Trace:
    """One run of a card: its curves, and what it came to so far."""

    def __init__(self, steps: int) -> None:
        self.run = ""
        self.steps = steps
        self.meter = Meter(steps)
        self.is_over = False
        self.loss = Series(smoothing=0.9)
        self.val = Series(smoothing=0.0)
        self.grad_norm = Series(smoothing=0.9)
        self.vanishing = Series(smoothing=0.0)
        self.cosine = Series(smoothing=0.0)
        self.growth = Series(smoothing=0.0)
        self.exact = Series(smoothing=0.0)
        self.references: Mapping[str, float] = {}
        self._measured: tuple[int, Measurement] | None = None
        self._heard = self._reached = 0

    def add(self, event: say.Event) -> None:
        """Take in the next event; one after the last step that is compared, or from before the one that came last, not.

        A run that somebody trained further has the first kind, a damaged log the second.
        """
        if not self._reached <= event.step <= self.steps or isinstance(event, say.Saved | say.SaveFailed):
            return
        self._reached = event.step
        self._heard += 1
        self.meter.add(event)
        match event:
            case say.Started(references=references):
                self.references, self.is_over = references, False
            case say.StepDone(step=step, loss=loss, grad_norm=norm):
                self.loss.add(step, loss)
                self.grad_norm.add(step, norm)
            case say.Skipped(step=step):
                self.loss.add(step, math.nan)
                self.grad_norm.add(step, math.nan)
            case say.Evaluated(step=step, val_loss=val):
                self.val.add(step, val)
            case say.Answered(step=step, exact=exact):
                self.exact.add(step, exact)
            case say.Probed(step=step, grad_norms=norms, token_cosines=cosines, residual_norms=residuals):
                self.vanishing.add(step, _ratio(norms[:1], norms[-1:]))
                self.cosine.add(step, cosines[-1] if cosines else math.nan)
                self.growth.add(step, _ratio(residuals[-1:], residuals[:1]))
            case say.Finished(reason=reason):
                self.is_over = reason != "stopped"

    @property
    def measured(self) -> Measurement:
        """What it came to so far."""
        if self._measured is None or self._measured[0] != self._heard:
            self._measured = (self._heard, self.meter.measured())
        return self._measured[1]


def _ratio(part: Sequence[float], whole: Sequence[float]) -> float:
    return part[0] / whole[0] if part and whole and whole[0] > 0 else math.nan


class Lesson:
    """A card and its runs. For the screen's thread alone; `clock` tells seconds."""

    def __init__(
        self,
        card: Card,
        *,
        prediction: str = "",
        seeds: tuple[int, ...] = (0,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.card, self.prediction, self.seeds = card, prediction, seeds
        self.version = 0  # counts changes
        self.state: State = "preparing"
        self.doing = "starting"
        self.problem = ""
        self.entry: Entry | None = None
        self._arms = card.as_arms()
        self.labels = tuple(arm.label for arm in self._arms)
        self.steps = max(arm.config.train.steps for arm in self._arms)
        self.traces = {
            (arm, seed): Trace(self._arms[arm].config.train.steps) for seed in seeds for arm in range(len(self._arms))
        }
        self.current: tuple[int, int] | None = None
        """Arm and seed of the run that spoke last."""
        self._costs = [cost_of(arm.config) for arm in self._arms]
        work = [(len(seeds) * arm.config.train.steps, cost_of(arm.config)) for arm in self._arms]
        self.pace = Pace(work, clock=clock)

    def add(self, heard: Heard) -> None:
        """Take in the next event of one of the runs; one of a seed that does not belong here is passed over."""
        trace = self.traces.get((heard.arm, heard.seed))
        if trace is None:
            return
        self.version += 1
        self.state, self.current, trace.run = "training", (heard.arm, heard.seed), heard.run
        self.pace.hear(heard, self._costs[heard.arm])
        trace.add(heard.event)

    def prepare(self, doing: str) -> None:
        """Note that nothing trains yet, and why."""
        self.version += 1
        self.state, self.doing = "preparing", doing

    def answer(self, entry: Entry) -> None:
        """Note that all of it is done, and what was written down."""
        self.version += 1
        self.state, self.entry = "done", entry

    def fail(self, sentence: str) -> None:
        """Note that there will be no answer, and why."""
        self.version += 1
        self.state, self.problem = "failed", sentence

    def end(self) -> None:
        """Note that nobody trains it any more."""
        if self.is_under_way:
            self.version += 1
            self.state = "stopped"

    @property
    def is_under_way(self) -> bool:
        """Whether its runs train, or will."""
        return self.state in ("preparing", "training")

    @property
    def is_whole(self) -> bool:
        """Whether every run of it is over."""
        return all(trace.is_over for trace in self.traces.values())

    @property
    def runs(self) -> list[str]:
        """The names of the run folders of the first seed, arm by arm, as far as they are known."""
        names = [self.traces[arm, self.seeds[0]].run for arm in range(len(self.labels))]
        return [name for name in names if name]

    def judged(self) -> Judged | None:
        """Return the verdict; None before every run is over."""
        if not self.is_whole:
            return None
        measured = [[self.traces[arm, seed].measured for seed in self.seeds] for arm in range(len(self.labels))]
        return judge(self.card, by_seed(self.labels, measured))
