"""What a run came to, in a few numbers: a fold over its events, up to the step at which runs are compared."""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Self

from gpt2mini import events as say
from gpt2mini.ablations import Ablations
from gpt2mini.errors import UsageError
from gpt2mini.events import Event
from gpt2mini.series import Series
from gpt2mini.settings import from_plain

__all__ = ["MARGIN", "Measurement", "Meter", "reached"]

MARGIN = 0.02
"""Nats by which a loss has to be below a reference line to have passed it."""
_LAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One run at one step. Losses in nats per token; NaN where something was not measured."""

    step: int
    reason: str
    """`done`, `stopped`, `diverged`, or nothing for a run that is not over."""
    initial: float
    """Loss of the first batch, before any update."""
    loss: float
    """Mean training loss of the last steps: a tenth of them, ten at most."""
    val: float
    """The last validation loss; NaN where the text is too short to hold anything back."""
    best_val: float
    """The lowest of those at which the model had to predict; NaN where there was none: a leak is never the best."""
    max_grad_norm: float
    """Largest global norm before clipping."""
    grad_norms: tuple[float, ...] = ()
    """Of each block at the last look inside, from the first to the last."""
    token_cosines: tuple[float, ...] = ()
    residual_norms: tuple[float, ...] = ()
    """Of the residual stream after each block, at the last look inside."""
    first_residual_norms: tuple[float, ...] = ()
    """The same at the first look, after one step."""
    tokens_per_second: float = math.nan
    parameters: int = 0
    tokens: int = 0
    """Read in training so far."""
    references: Mapping[str, float] = field(default_factory=dict)
    reached: str = ""
    """The lowest reference line that was passed."""
    sample: str = ""
    broken: str = ""
    """What was first not finite, and when; empty if everything was."""
    losses: tuple[tuple[float, float], ...] = ()
    """The smoothed training loss by step, thinned for a chart."""
    vals: tuple[tuple[int, float], ...] = ()
    """Every validation loss by step."""
    exact: float = math.nan
    """Share of new problems answered without a mistake, at the end; NaN for a text that asks nothing."""
    exams: tuple[tuple[int, float], ...] = ()
    """That share at every exam, by step."""
    answer_tokens: float = math.nan
    """Share of the tokens of their answers that were right, each after the right ones before it."""

    @property
    def score(self) -> float:
        """What runs are compared by: the validation loss, or the training loss where nothing is held back."""
        return self.loss if math.isnan(self.val) else self.val

    @property
    def has_diverged(self) -> bool:
        """Whether it ended because its numbers were no longer finite."""
        return self.reason == "diverged"

    @property
    def gradient_ratio(self) -> float:
        """Gradient norm of the first block over that of the last; 1e-3 or less means that it vanishes on the way."""
        if not self.grad_norms or not self.grad_norms[-1]:
            return math.nan
        return self.grad_norms[0] / self.grad_norms[-1]

    @property
    def token_cosine(self) -> float:
        """Mean cosine between positions after the last block; 1 where all are the same, NaN if it was not seen."""
        return self.token_cosines[-1] if self.token_cosines else math.nan


class Meter:
    """Takes in the events of one run, and says what they came to."""

    def __init__(self, steps: int) -> None:
        """Start before the first event; what happens after `steps` does not count."""
        self.steps = steps
        self.step = 0
        self._first = self._grad_norm = math.nan
        self._recent: deque[float] = deque(maxlen=max(1, min(_LAST, steps // 10)))
        self._rates: deque[float] = deque(maxlen=50)
        self._loss = Series(smoothing=0.9)
        self._vals: dict[int, float] = {}
        self._predicts = True  # as its switches stand
        self._best = math.nan
        self._exams: dict[int, float] = {}
        self._started: say.Started | None = None
        self._probed: say.Probed | None = None
        self._answered: say.Answered | None = None
        self._first_probed: say.Probed | None = None
        self._sample = self._reason = self._broken = ""

    @classmethod
    def fold(cls, events: Iterable[Event], steps: int) -> Self:
        """Return the meter of a run that is on the disk."""
        meter = cls(steps)
        for event in events:
            meter.add(event)
        return meter

    def add(self, event: Event) -> None:
        """Take in the next event."""
        if event.step > self.steps:
            return
        self.step = max(self.step, event.step)
        match event:
            case say.Started():
                self._started = event
                self._predicts = _had_to_predict(event)
            case say.Switched(ablations=ablations):
                self._predicts = ablations.predicts
            case say.StepDone() | say.Skipped():
                self._take_step(event)
            case say.Evaluated(step=step, val_loss=val_loss):
                self._vals[step] = val_loss
                if self._predicts and not self._best <= val_loss and math.isfinite(val_loss):
                    self._best = val_loss
            case say.Answered(step=step, exact=exact):
                self._answered = event
                self._exams[step] = exact
            case say.Probed():
                self._probed = event
                self._first_probed = self._first_probed or event
            case say.Sampled(asked=False, text=text):
                self._sample = text
            case say.Finished(reason=reason):
                self._reason = reason

    def _take_step(self, event: say.StepDone | say.Skipped) -> None:
        if isinstance(event, say.Skipped):
            self._broken = self._broken or f"{event.tensor} at step {event.step}"
        else:
            self._rates.append(event.tokens_per_second)
        if event.step == 1:
            self._first = event.loss
        if math.isfinite(event.loss):
            self._recent.append(event.loss)
            self._loss.add(event.step, event.loss)
        if math.isfinite(event.grad_norm):
            self._grad_norm = max(event.grad_norm, self._grad_norm if self._grad_norm >= 0 else 0.0)

    def measured(self) -> Measurement:
        """Return how it stands."""
        started, probed, answered = self._started, self._probed, self._answered
        before = self._first_probed
        vals = tuple(sorted(self._vals.items()))
        val = vals[-1][1] if vals else math.nan
        loss = fmean(self._recent) if self._recent else math.nan
        references = {} if started is None else dict(started.references)
        return Measurement(
            step=self.step,
            reason=self._reason,
            initial=self._first,
            loss=loss,
            val=val,
            best_val=self._best,
            max_grad_norm=self._grad_norm,
            grad_norms=() if probed is None else probed.grad_norms,
            token_cosines=() if probed is None else probed.token_cosines,
            residual_norms=() if probed is None else probed.residual_norms,
            first_residual_norms=() if before is None else before.residual_norms,
            tokens_per_second=fmean(self._rates) if self._rates else math.nan,
            parameters=0 if started is None else started.parameters,
            tokens=0 if started is None else self.step * started.tokens_per_step,
            references=references,
            reached=reached(loss if math.isnan(val) else val, references),
            sample=self._sample,
            broken=self._broken,
            losses=tuple((point.x, point.y) for point in self._loss.smooth()),
            vals=vals,
            exact=math.nan if answered is None else answered.exact,
            exams=tuple(sorted(self._exams.items())),
            answer_tokens=math.nan if answered is None else answered.tokens,
        )


def _had_to_predict(started: say.Started) -> bool:
    try:
        return from_plain(Ablations, started.config.get("ablations")).predicts
    except UsageError:  # a log of which that is not known
        return True


def reached(loss: float, references: Mapping[str, float]) -> str:
    """Return the name of the lowest reference line that a loss has passed; nothing if none."""
    passed = [(value, name) for name, value in references.items() if loss < value - MARGIN]
    return min(passed)[1] if passed else ""
