"""How sure one can be of a difference between few runs. No torch, no numpy: lists of numbers in, numbers out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

__all__ = ["SEED_NOISE", "Delta", "Spread", "difference", "spread", "student"]

SEED_NOISE = 0.05
"""Nats per token; where there is one pair only, a smaller difference is taken for the noise of its seed."""

_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
"""The 97.5 % quantile of Student's t for 1, 2, … degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The mean of some runs, and how far they lie apart."""

    mean: float
    deviation: float
    """Sample standard deviation; NaN for a single run."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """How much larger one thing is than another, over pairs that share their seed."""

    mean: float
    """NaN where a pair has no such numbers."""
    noise: float
    """Half of the 95 % interval of the mean (Student's t); for a single pair the usual noise of a seed, assumed."""
    pairs: int

    @property
    def is_real(self) -> bool:
        """Whether it is larger than the noise."""
        return math.isfinite(self.mean) and abs(self.mean) > self.noise

    @property
    def is_assumed(self) -> bool:
        """Whether the noise was not measured, for want of a second pair."""
        return self.pairs < 2


def student(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t; for many degrees of freedom by the expansion around the normal."""
    if 1 <= degrees <= len(_STUDENT):
        return _STUDENT[degrees - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def spread(values: Sequence[float]) -> Spread:
    """Return mean and standard deviation; NaN for what the numbers do not tell."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return Spread(mean=math.nan, deviation=math.nan, count=0)
    return Spread(mean=fmean(known), deviation=stdev(known) if len(known) > 1 else math.nan, count=len(known))


def difference(values: Sequence[float], baseline: Sequence[float]) -> Delta:
    """Return by how much `values` are larger, pair by pair; raises ValueError if there is not one for each."""
    deltas = [value - other for value, other in zip(values, baseline, strict=True)]
    if not deltas or not all(map(math.isfinite, deltas)):
        return Delta(mean=math.nan, noise=math.nan, pairs=len(deltas))
    noise = SEED_NOISE
    if len(deltas) > 1:
        noise = student(len(deltas) - 1) * stdev(deltas) / math.sqrt(len(deltas))
    return Delta(mean=fmean(deltas), noise=noise, pairs=len(deltas))
