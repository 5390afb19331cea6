"""How loss falls with size: L = a·N^b, and L = E + a·N^b with a part E that no size removes (Kaplan et al. 2020;
Hoffmann et al. 2022, eq. 2). Intervals are those of least squares, 95 %, by Student's t.

With five sizes the second law has two degrees of freedom left: its E is a guess with wide arms, and says so.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gpt2mini.experiments.statistics import student

__all__ = ["Estimate", "Law", "with_floor", "without_floor"]

_GRID = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number, and half of its 95 % interval; NaN where there are no points to spare."""

    value: float
    half: float

    @property
    def low(self) -> float:
        """The lower end."""
        return self.value - self.half

    @property
    def high(self) -> float:
        """The upper end."""
        return self.value + self.half


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A fitted law. `floor` is zero, and certain, for the one without."""

    a: float
    exponent: Estimate
    """b; negative where larger is better."""
    floor: Estimate
    error: float
    """Root mean square distance of the points, in nats."""
    points: int

    def loss(self, size: float) -> float:
        """Return what the law says for so many parameters."""
        return float(self.floor.value + self.a * size**self.exponent.value)


def without_floor(sizes: Sequence[float], losses: Sequence[float]) -> Law | None:
    """Fit a straight line through the logarithms; None for fewer than two different sizes or a loss of zero."""
    if len(set(sizes)) < 2 or min(losses) <= 0:
        return None
    line = _line([math.log(size) for size in sizes], [math.log(loss) for loss in losses])
    law = Law(
        a=math.exp(line.intercept),
        exponent=Estimate(value=line.slope, half=line.half),
        floor=Estimate(value=0.0, half=0.0),
        error=0.0,
        points=len(sizes),
    )
    return _with_error(law, sizes, losses)


def with_floor(sizes: Sequence[float], losses: Sequence[float]) -> Law | None:
    """Fit the law with an irreducible term; None for fewer than four different sizes, or if the loss does not fall."""
    first = without_floor(sizes, losses)
    if first is None or len(set(sizes)) < 4 or first.exponent.value >= 0:
        return None
    lowest = min(losses)

    def squares(floor: float) -> float:
        law = _given_floor(floor, sizes, losses)
        return sum((law.loss(size) - loss) ** 2 for size, loss in zip(sizes, losses, strict=True))

    floor = _least(squares, 0.0, lowest * (1 - 1e-6))
    law = _with_error(_given_floor(floor, sizes, losses), sizes, losses)
    of_floor, of_exponent = _halves(law, sizes, losses)
    return replace(law, floor=replace(law.floor, half=of_floor), exponent=replace(law.exponent, half=of_exponent))


def _given_floor(floor: float, sizes: Sequence[float], losses: Sequence[float]) -> Law:
    line = _line([math.log(size) for size in sizes], [math.log(loss - floor) for loss in losses])
    return Law(
        a=math.exp(line.intercept),
        exponent=Estimate(value=line.slope, half=line.half),
        floor=Estimate(value=floor, half=math.nan),
        error=0.0,
        points=len(sizes),
    )


def _least(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function is least: the best of a grid, then ever finer around it."""
    for _ in range(6):
        step = (high - low) / _GRID
        best = min((low + place * step for place in range(_GRID + 1)), key=function)
        low, high = max(low, best - 2 * step), min(high, best + 2 * step)
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    slope: float
    intercept: float
    half: float


def _line(xs: Sequence[float], ys: Sequence[float]) -> _Line:
    count, x_mean, y_mean = len(xs), sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread
    intercept = y_mean - slope * x_mean
    half = math.nan
    if count > 2:
        rest = sum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
        half = student(count - 2) * math.sqrt(rest / (count - 2) / spread)
    return _Line(slope=slope, intercept=intercept, half=half)


def _halves(law: Law, sizes: Sequence[float], losses: Sequence[float]) -> tuple[float, float]:
    """Return half intervals of E and b from the curvature of the squares: s² (JᵀJ)⁻¹, J of (E, ln a, b)."""
    freedom = len(sizes) - 3
    if freedom < 1:
        return math.nan, math.nan
    rows = []
    for size in sizes:
        part = law.loss(size) - law.floor.value
        rows.append((1.0, part, part * math.log(size)))
    square = [[sum(row[i] * row[j] for row in rows) for j in range(3)] for i in range(3)]
    whole = _determinant(square)
    rest = sum((law.loss(size) - loss) ** 2 for size, loss in zip(sizes, losses, strict=True))
    if whole <= 0:
        return math.nan, math.nan
    t = student(freedom)
    floor, exponent = (t * math.sqrt(max(0.0, rest / freedom * _minor(square, i) / whole)) for i in (0, 2))
    return floor, exponent


def _determinant(m: list[list[float]]) -> float:
    (a, b, c), (d, e, f), (g, h, i) = m
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _minor(m: list[list[float]], place: int) -> float:
    rest = [i for i in range(3) if i != place]
    (a, b), (c, d) = ([m[i][j] for j in rest] for i in rest)
    return a * d - b * c


def _with_error(law: Law, sizes: Sequence[float], losses: Sequence[float]) -> Law:
    squares = sum((law.loss(size) - loss) ** 2 for size, loss in zip(sizes, losses, strict=True))
    return replace(law, error=math.sqrt(squares / len(sizes)))
