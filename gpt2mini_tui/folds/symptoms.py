"""What the inside of a run and its last stretch show: the evidence of a verdict, as numbers and words."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.words import about, number, short

__all__ = ["Fingerprint", "asides", "exploded", "fingerprint", "settled", "warms_up"]

_ALIKE = 0.97  # cosine between positions from which on they are the same
_FALL = 100.0  # between the largest and the smallest gradient of the blocks
_FADING = 10.0
_RISE = 1.0  # nats over the best training loss
_HEAVY = 0.2  # dropout; with the usual 0.1 the training loss lay at most 0.15 nats above val
_STILL = 1e-5  # of a weight's size: an update below it changes nothing
_TELLING = 100  # steps
_STEADY = 0.02  # nats that validations of a plateau may differ by
_LONG = 5  # validations that make a plateau


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """How the last look inside went."""

    cosine: float
    """Between positions after the last block."""
    first: float
    """Gradient norm of the first block."""
    largest: float
    """Of the block that has the largest."""

    @property
    def is_dead(self) -> bool:
        """Whether all positions are the same and the gradient does not reach the first block."""
        return self.cosine >= _ALIKE and self.fall >= _FALL

    @property
    def is_fading(self) -> bool:
        """Whether it is on its way there: in healthy runs the first block has the largest gradient, or nearly."""
        return self.cosine >= _ALIKE and self.fall >= _FADING

    @property
    def fall(self) -> float:
        """How many times smaller the gradient of the first block is than the largest."""
        return self.largest / self.first if self.first > 0 else math.inf

    def __str__(self) -> str:
        """Return it as evidence."""
        alike = f"positions alike (cosine {self.cosine:.2f})"
        if not self.first > 0:
            return f"{alike}, no gradient reaches block 0"
        times = short(float(f"{self.fall:.2g}"))
        return f"{alike}, the gradient fades {times}-fold to block 0"


def fingerprint(history: History) -> Fingerprint | None:
    """Return what the last look inside showed; None before there was one, or where it is of other switches."""
    look = history.layers.last
    flip = history.last_flip
    if look is None or not look.grad_norms or not look.token_cosines or (flip is not None and look.step <= flip.step):
        return None
    return Fingerprint(
        cosine=look.token_cosines[-1], first=look.grad_norms[0], largest=max(look.grad_norms, default=math.nan)
    )


def warms_up(history: History) -> bool:
    """Tell whether the learning rate still rises to its peak."""
    config = history.config
    return config is not None and history.ablations.warmup and history.step < config.train.warmup_steps


def exploded(history: History) -> str:
    """Return the evidence that training goes up instead of down, or nothing."""
    best, now, norm = history.loss.min, history.loss.smoothed, history.grad_norm.smoothed.y
    changes = [*(one.step for one in history.flips), *(one.step for one in history.adjustments)]
    if not now.y > best.y + _RISE or best.x <= max(changes, default=-1) or history.step < 20:
        return ""
    if not history.is_wild or _is_weakened(history):
        return ""
    rose = f"the training loss rose from {about(best.y)} (step {best.x:,.0f}) to {about(now.y)}"
    return f"{rose}, gradient norm {number(norm)}"


def _is_weakened(history: History) -> bool:
    """Tell whether val shows that only dropout holds the training loss up."""
    return history.above.is_far and history.dropout >= _HEAVY


def settled(history: History) -> str:
    """Return the evidence that validation no longer moves, or nothing."""
    if len(history.validations) < _LONG or history.last_flip is not None:
        return ""
    newest = history.validations[-1].loss
    still = list(takewhile(lambda one: abs(one.loss - newest) <= _STEADY, reversed(history.validations)))
    if len(still) < _LONG or history.step - still[-1].step < max(_TELLING, history.steps // 20):
        return ""
    moved = max(one.loss for one in still) - min(one.loss for one in still)
    return f"val has moved by {moved:.3f} since step {still[-1].step:,} ({len(still)} validations)"


def asides(history: History) -> Iterator[str]:
    """Yield what is worth knowing beside the verdict, a sentence each."""
    config = history.config
    if config is None:
        return
    if _is_weakened(history) and history.above.holds_for(history.loss.smoothed.y):
        loss, how = history.loss.smoothed.y, f"dropout {history.dropout:g} weakens only training"
        yield f"The training loss ({about(loss)}) is far above val: {how}."
    limit, peak, rate = history.clip_limit, config.train.lr, history.lr.last.y
    if len(history.clipped) == _TELLING and sum(history.clipped) >= 0.95 * _TELLING:
        norm = history.grad_norm.smoothed.y
        yield f"Clipped at {sum(history.clipped)} of the last 100 steps (norm {norm:.2g}, limit {limit:g})."
    look = history.layers.last
    if look is not None and history.step > config.train.warmup_steps and rate > 0.1 * peak:
        largest = max(look.update_ratios, default=math.nan)
        if largest < _STILL:
            yield f"Too slow: an update changes a weight by {number(largest)} of its size (0.001 is usual). Raise lr."
