"""The numbers that a card is judged by: each a named question to the measurements of some arms."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from gpt2mini.experiments.measure import Measurement
from gpt2mini.experiments.statistics import SEED_NOISE, Delta, student

__all__ = ["QUANTITIES", "Quantity", "estimate"]

Arms = Sequence[Measurement]

_LEAP = 5
"""The part of all steps within which something is sudden: one in so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number that follows from the runs of one seed."""

    kind: str
    """One of QUANTITIES."""
    arms: tuple[str, ...]
    """Labels of the arms that it is about, in the order that its kind names them."""
    line: str = ""
    """The reference line, where it is about one."""

    def of(self, measured: Mapping[str, Measurement]) -> float:
        """Return the number; infinite where an arm diverged, NaN where something was not measured."""
        if any(label not in measured for label in self.arms):
            return math.nan
        return QUANTITIES[self.kind][0](self, [measured[label] for label in self.arms])

    @property
    def is_loss(self) -> bool:
        """Whether it is in nats, and so has the noise of a seed."""
        return QUANTITIES[self.kind][1]


def estimate(quantity: Quantity, runs: Sequence[Mapping[str, Measurement]]) -> Delta:
    """Return the number over several seeds with its noise; `runs` has the measurements of each seed, by arm."""
    values = [quantity.of(measured) for measured in runs]
    if not values or any(map(math.isnan, values)):
        return Delta(mean=math.nan, noise=math.nan, pairs=len(values))
    if any(map(math.isinf, values)):
        return Delta(mean=max(values), noise=0.0, pairs=len(values))
    noise = SEED_NOISE if quantity.is_loss else 0.0
    if len(values) > 1:
        noise = student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Delta(mean=fmean(values), noise=noise, pairs=len(values))


def _score(one: Measurement) -> float:
    return math.inf if one.has_diverged else one.score


def _delta(_: Quantity, arms: Arms) -> float:
    return _score(arms[0]) - _score(arms[1])


def _above(quantity: Quantity, arms: Arms) -> float:
    return _score(arms[0]) - arms[0].references.get(quantity.line, math.nan)


def _initial(_: Quantity, arms: Arms) -> float:
    return arms[0].initial - arms[0].references.get("uniform", math.nan)


def _train(_: Quantity, arms: Arms) -> float:
    return math.inf if arms[0].has_diverged else arms[0].loss


def _rise(_: Quantity, arms: Arms) -> float:
    return _score(arms[0]) - arms[0].best_val


def _gap(_: Quantity, arms: Arms) -> float:
    return _score(arms[0]) - arms[0].loss


def _vanishing(_: Quantity, arms: Arms) -> float:
    return math.log10(arms[0].gradient_ratio) if arms[0].gradient_ratio > 0 else math.nan


def _growth(_: Quantity, arms: Arms) -> float:
    norms = arms[0].first_residual_norms
    return norms[-1] / norms[0] if norms and norms[0] else math.nan


def _cosine(_: Quantity, arms: Arms) -> float:
    return arms[0].token_cosine


def _spikes(_: Quantity, arms: Arms) -> float:
    return arms[0].max_grad_norm / arms[1].max_grad_norm if arms[1].max_grad_norm else math.nan


def _cost(quantity: Quantity, arms: Arms) -> float:
    return _train(quantity, arms) - _train(quantity, arms[1:])


def _exact(_: Quantity, arms: Arms) -> float:
    return arms[0].exact


def _lead(_: Quantity, arms: Arms) -> float:
    return arms[0].exact - arms[1].exact


def _leap(_: Quantity, arms: Arms) -> float:
    exams, reach = arms[0].exams, arms[0].step / _LEAP
    pairs = ((before, later) for before in exams for later in exams if 0 <= later[0] - before[0] <= reach)
    return max((later - before for (_, before), (_, later) in pairs), default=math.nan)


def _answers(_: Quantity, arms: Arms) -> float:
    return arms[0].answer_tokens


QUANTITIES: dict[str, tuple[Callable[[Quantity, Arms], float], bool]] = {
    "delta": (_delta, True),
    "above": (_above, True),
    "initial": (_initial, True),
    "train": (_train, True),
    "cost": (_cost, True),
    "rise": (_rise, True),
    "gap": (_gap, True),
    "vanishing": (_vanishing, False),
    "growth": (_growth, False),
    "cosine": (_cosine, False),
    "spikes": (_spikes, False),
    "exact": (_exact, False),
    "lead": (_lead, False),
    "leap": (_leap, False),
    "answers": (_answers, False),
}
"""Each with whether it is in nats.

delta         loss of the first arm less that of the second, validation where there is any
above         loss less a reference line of its text
initial       loss of the first batch less ln V
train         training loss at the end
cost          training loss of the first arm less that of the second
rise          validation loss at the end less the lowest it has been
gap           validation loss less training loss
vanishing     log10 of the gradient norm of the first block over that of the last
growth        residual norm after the last block over that after the first, at the first look
cosine        between positions after the last block
spikes        largest gradient norm of the first arm over that of the second
exact         share of the problems of a task that are answered without a mistake
lead          that share of the first arm less that of the second
leap          the most by which that share rose within a fifth of the steps; what grows evenly rises by a fifth
answers       share of the tokens of their answers that are right
"""
