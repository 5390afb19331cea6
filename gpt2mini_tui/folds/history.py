"""What a run looks like so far: a fold over its events, in constant space.

Live and replay take the same path, `History.add(event)`: the screen that watches a run, the one that opens a finished
one and the one that compares ten of them share every line of this. No widgets here, no torch, no clock.
"""

import math
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import singledispatchmethod
from statistics import fmean
from typing import Literal, Self, TypeVar

from gpt2mini import events as say
from gpt2mini.ablations import ALL_ON, SWITCHES
from gpt2mini.config import Config
from gpt2mini.errors import UsageError
from gpt2mini.series import SMOOTHING, Point, Series
from gpt2mini.settings import Value, from_plain
from gpt2mini_tui.folds.ahead import Above, Ahead, Rise
from gpt2mini_tui.folds.bins import Bins
from gpt2mini_tui.folds.descent import Descent
from gpt2mini_tui.folds.layers import Layers
from gpt2mini_tui.folds.noted import Adjustment, Change, Flip, Skip, Text, Validation
from gpt2mini_tui.folds.shift import Shift

__all__ = ["History", "Status"]

C = TypeVar("C", bound="Change")

Status = Literal["idle", "preparing", "training", "paused", "done", "stopped", "diverged", "interrupted", "failed"]

_TEXTS = 200
_RECENT = 20
_WILD, _TAME = 10.0, 5.0  # gradient norm from which on it is wild, and below which no longer
_STILL = 0.03  # nats between two halves of the latest losses


class History:
    """The state of one run, from the events it was given. Everything may be read; only `add` and its like write."""

    def __init__(self) -> None:
        """Start before anything has happened."""
        self.version = 0  # counts changes, so that a widget can tell whether there are any
        self.run = ""
        self.is_watched = False  # whether another process trains it
        self.status: Status = "idle"
        self.doing = ""  # while preparing: what
        self.problem = ""  # why it failed, as a sentence
        self.config: Config | None = None
        self.device = ""
        self.threads = self.parameters = 0
        self.tokens_per_step = self.train_tokens = self.val_tokens = 0
        self.references: dict[str, float] = {}
        self.bytes_per_token = 0.0  # 0 where it is not known
        self.step = self.steps = 0
        self.seconds = 0.0  # spent training, pauses left out
        self.ablations = ALL_ON
        self.notices: deque[str] = deque(maxlen=50)
        self.saved: Point | None = None  # the last checkpoint: its step and its validation loss
        self.forked: list[Flip] = []  # of a fork: the switches that its parent had otherwise
        self._seconds_before = 0.0
        self._clear_curves()

    def _clear_curves(self) -> None:
        self.loss = Series(smoothing=SMOOTHING)
        self.grad_norm = Series(smoothing=SMOOTHING)
        self.val = Series(smoothing=0.0)
        self.exact = Series(smoothing=0.0)  # on a task: share of new problems answered without a mistake
        self.answer_tokens = Series(smoothing=0.0)  # and of the tokens of their answers
        self.answered: say.Answered | None = None  # the last exam
        self.lr = Series(smoothing=0.0)
        self.tokens_per_second = Series(smoothing=SMOOTHING)
        self.samples: list[Text] = []
        self.flips: deque[Flip] = deque(maxlen=_TEXTS)
        self.skips: deque[Skip] = deque(maxlen=_RECENT)
        self.adjustments: deque[Adjustment] = deque(maxlen=_TEXTS)
        self.saves: deque[int] = deque(maxlen=_TEXTS)  # steps with a checkpoint
        self.layers = Layers()
        self.means = Bins()  # of the training loss, for comparing runs step by step
        self.tokens = 0  # read in training, those of earlier sittings among them
        self.validations: deque[Validation] = deque(maxlen=_RECENT)
        self.best: Validation | None = None
        self.ahead = Ahead()  # of val since the last change, the training loss
        self.above = Above()  # val, the training loss
        self.rise = Rise()  # of val from its best, while the training loss fell
        self.descent = Descent()  # of the training loss since the last change
        self.shift = Shift()  # of the training loss from before it
        self.clipped: deque[bool] = deque(maxlen=100)  # of the latest steps, which were over the limit
        self.is_wild = False  # whether the gradient norm is far above what is usual
        self.recent: deque[float] = deque(maxlen=_RECENT)  # training losses since the last flip
        self.peak = -math.inf  # the highest of the training losses since then
        self.sample_count = self.skip_count = 0
        self.begun = 0  # the step at which the curves begin; a fork has none of its parent's
        self.schedules: list[tuple[int, int]] = []  # since which step each holds, and after which its warm-up ends
        self._measured_to = -1

    @classmethod
    def fold(cls, events: Iterable[say.Event]) -> Self:
        """Return the history of a run on the disk; one without an ending counts as interrupted."""
        history = cls()
        for event in events:
            history.add(event)
        if history.status in ("training", "paused"):
            history.status = "interrupted"
        return history

    def add(self, event: say.Event) -> None:
        """Take in the next event."""
        self.version += 1
        self._take(event)
        if not isinstance(event, say.Saved | say.SaveFailed):  # these come some steps after the one they are about
            self.step = event.step

    def prepare(self, doing: str) -> None:
        """Note that a trainer is being made ready, and with what it is busy."""
        self.version += 1
        self.status, self.doing = "preparing", doing

    def fail(self, sentence: str) -> None:
        """Note that there will be no more events, and why."""
        self.version += 1
        self.status, self.problem = "failed", sentence

    def end(self) -> None:
        """Note that nobody writes this run any more, whatever its events say."""
        if self.status in ("preparing", "training", "paused"):
            self.version += 1
            self.status = "idle" if self.status == "preparing" else "interrupted"

    # What follows from it

    @property
    def is_live(self) -> bool:
        """Whether a trainer is at it, or waits."""
        return self.status in ("training", "paused")

    @property
    def is_under_way(self) -> bool:
        """Whether there is a trainer, or will be."""
        return self.is_live or self.status == "preparing"

    @property
    def has_ended(self) -> bool:
        """Whether there was a run, and it is over."""
        return self.status in ("done", "stopped", "diverged", "interrupted", "failed")

    @property
    def eta(self) -> float:
        """Seconds of training left at the smoothed speed; NaN before it is known."""
        speed = self.tokens_per_second.smoothed.y
        return (self.steps - self.step) * self.tokens_per_step / speed if speed > 0 else math.nan

    @property
    def last_val(self) -> float:
        """The latest validation loss in nats; NaN before there is one, and where it was not finite."""
        return self.validations[-1].loss if self.validations else math.nan

    @property
    def has_pairs(self) -> bool:
        """Whether a token may be several characters."""
        return self.config is not None and self.config.data.tokenizer != "char"

    @property
    def last_flip(self) -> Flip | None:
        """The switch that was set last."""
        return self.flips[-1] if self.flips else None

    @property
    def clip_limit(self) -> float:
        """To what the gradient norm is cut now; infinite where it is not."""
        limit = self.config.train.grad_clip if self.config is not None and self.ablations.grad_clip else 0.0
        return limit or math.inf

    @property
    def dropout(self) -> float:
        """The share of activations that is dropped in training now."""
        return self.config.model.dropout if self.config is not None and self.ablations.dropout else 0.0

    # The fold

    @singledispatchmethod
    def _take(self, event: say.Event) -> None:
        """Pass over what has nothing to show."""

    @_take.register
    def _(self, event: say.Started) -> None:
        if event.step < self._measured_to:  # the log was rewound: the curves of before are no longer of this run
            self._clear_curves()
        if self._measured_to < 0:
            self.begun = event.step
        before = self.config
        try:
            self.config = from_plain(Config, event.config)
        except UsageError as error:
            self.config = None
            self.notices.append(f"The configuration of this run cannot be read: {error}")
        if self.config is not None:
            self.steps, self.ablations = self.config.train.steps, self.config.ablations
            if not self.schedules or before is None or _schedule(before) != _schedule(self.config):
                self.schedules.append((event.step, self.config.train.warmup_steps))
        self.run, self.device, self.threads = event.run, event.device, event.threads
        self.parameters, self.tokens_per_step = event.parameters, event.tokens_per_step
        self.train_tokens, self.val_tokens = event.train_tokens, event.val_tokens
        self.references = dict(event.references)
        self.bytes_per_token = event.bytes_per_token
        self.status, self.doing, self.problem = "training", "", ""
        self._seconds_before = self.seconds

    @_take.register
    def _(self, event: say.Forked) -> None:
        now = {name: (getattr(event.was, name), getattr(self.ablations, name)) for name in SWITCHES}
        self.forked = [
            Flip(step=event.step, name=name, value=is_, was=was, loss=math.nan, val=event.val_loss, was_still=False)
            for name, (was, is_) in now.items()
            if was != is_
        ]

    @_take.register
    def _(self, event: say.Noticed) -> None:
        self.notices.append(event.text)

    @_take.register
    def _(self, event: say.StepDone) -> None:
        if not self._goes_forward(event):
            return
        self.loss.add(event.step, event.loss)
        self.means.add(event.step, event.loss)
        self.grad_norm.add(event.step, event.grad_norm)
        self.lr.add(event.step, event.lr)
        self.tokens_per_second.add(event.step, event.tokens_per_second)
        if event.tokens_per_second > 0:
            self.seconds += self.tokens_per_step / event.tokens_per_second
        self.tokens += self.tokens_per_step
        self.clipped.append(event.grad_norm > self.clip_limit)
        self.is_wild = self.grad_norm.smoothed.y >= (_TAME if self.is_wild else _WILD)
        self.recent.append(event.loss)
        self.peak = max(self.peak, event.loss)
        self.descent.look(self.recent)
        self.shift.look(self.recent, event.step)

    @_take.register
    def _(self, event: say.Skipped) -> None:
        if self._goes_forward(event):
            self.loss.add(event.step, math.nan)
            self.grad_norm.add(event.step, math.nan)
            self.skips.append(Skip(step=event.step, tensor=event.tensor))
            self.skip_count += 1

    @_take.register
    def _(self, event: say.Evaluated) -> None:
        if not self._goes_forward(event):
            return
        self.val.add(event.step, event.val_loss)
        found = Validation(
            step=event.step, loss=event.val_loss, ablations=self.ablations, train_loss=self.loss.smoothed.y
        )
        self.validations.append(found)
        if found.is_better_than(self.best):
            self.best = found
        self.ahead.add(found)
        if self.best is not None:
            self.rise.add(found, self.best)
            self.above.add(found, self.best, self.recent)

    @_take.register
    def _(self, event: say.Answered) -> None:
        if self._goes_forward(event):
            self.exact.add(event.step, event.exact)
            self.answer_tokens.add(event.step, event.tokens)
            self.answered = event

    @_take.register
    def _(self, event: say.Sampled) -> None:
        self.samples.append(Text(step=event.step, prompt=event.prompt, text=event.text, asked=event.asked))
        self.sample_count += 1
        if len(self.samples) > _TEXTS:  # the first ones show most: thin out the middle
            del self.samples[1 : _TEXTS // 2 : 2]

    @_take.register
    def _(self, event: say.Switched) -> None:
        was = getattr(self.ablations, event.name, None)
        self.ablations = event.ablations
        if event.name not in SWITCHES or was == event.value:
            return
        self.flips.append(self._noted(Flip, event, was))
        self._begin_anew(event.name)

    @_take.register
    def _(self, event: say.Adjusted) -> None:
        with suppress(UsageError):
            if self.config is not None:
                self.config = self.config.adjusted(event.name, event.value)
        self.adjustments.append(self._noted(Adjustment, event, event.was))
        self._begin_anew(event.name)

    @_take.register
    def _(self, event: say.Probed) -> None:
        if self._goes_forward(event):
            self.layers.add(event)

    @_take.register
    def _(self, event: say.Saved) -> None:
        self.saved = Point(event.step, event.val_loss)
        if not self.saves or event.step > self.saves[-1]:
            self.saves.append(event.step)

    @_take.register
    def _(self, event: say.SaveFailed) -> None:
        self.notices.append(f"Not saved at step {event.step:,}: {event.why}")

    @_take.register
    def _(self, event: say.Paused) -> None:
        self.status = "paused"

    @_take.register
    def _(self, event: say.Continued) -> None:
        self.status = "training"

    @_take.register
    def _(self, event: say.Finished) -> None:
        reasons: dict[str, Status] = {"done": "done", "stopped": "stopped", "diverged": "diverged"}
        self.status = reasons.get(event.reason, "stopped")
        self.seconds = self._seconds_before + event.seconds

    def _noted(self, kind: type[C], event: say.Switched | say.Adjusted, was: Value) -> C:
        """Return a change with how things stand now."""
        return kind(
            step=event.step,
            name=event.name,
            value=event.value,
            was=was,
            loss=self.loss.smoothed.y,
            val=self.last_val,
            was_still=self._is_still(),
        )

    def _begin_anew(self, name: str) -> None:
        """Forget the losses of before a change, and what was held against another limit."""
        if name == "grad_clip":
            self.clipped.clear()
        self.recent.clear()
        self.ahead, self.above, self.rise, self.descent = Ahead(), Above(), Rise(), Descent()
        self.shift = Shift.after(self.flips, self.adjustments)
        self.peak = -math.inf

    def _is_still(self) -> bool:
        """Tell whether the latest training losses were no lower than those before them."""
        losses = list(self.recent)
        half = _RECENT // 2
        return len(losses) == _RECENT and fmean(losses[:half]) - fmean(losses[half:]) < _STILL

    def _goes_forward(self, event: say.Event) -> bool:
        """Tell whether a measurement may be added to the curves; a damaged log can go back."""
        if event.step < self._measured_to:
            return False
        self._measured_to = event.step
        return True


def _schedule(config: Config) -> tuple[float, ...]:
    """Return what the learning rate at each step is found from, besides a switch."""
    return config.train.steps, config.train.warmup_steps, config.train.lr
