"""A series keeps what matters of a curve, however long it is."""

import math
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.series import SMOOTHING, Series

LIMIT = 440

finite = st.floats(allow_nan=False, allow_infinity=False)
anything = st.floats(allow_nan=True, allow_infinity=True)


def series_of(values: Iterable[float], *, smoothing: float = SMOOTHING) -> Series:
    series = Series(smoothing=smoothing)
    for step, value in enumerate(values):
        series.add(step, value)
    return series


def naive_average(values: list[float], smoothing: float) -> float:
    """Return Adam's first moment with its bias correction, as in the paper."""
    moment = 0.0
    for value in values:
        moment = smoothing * moment + (1 - smoothing) * value
    return moment / (1 - smoothing ** len(values))


@st.composite
def long_curves(draw: st.DrawFn) -> list[float]:
    """A few arbitrary numbers, repeated until all buckets are full several times over, with a spike somewhere."""
    values = draw(st.lists(anything, min_size=1, max_size=50)) * draw(st.integers(1, 60))
    values[draw(st.integers(0, len(values) - 1))] = draw(finite)
    return values


@given(long_curves())
def test_a_series_never_keeps_more_points_than_a_chart_can_show(values: list[float]) -> None:
    series = series_of(values)
    assert len(series.points()) <= LIMIT
    assert len(series.smooth()) <= LIMIT
    assert len(series) == len(values)


@given(long_curves())
def test_the_lowest_and_the_highest_point_are_never_lost(values: list[float]) -> None:
    series = series_of(values)
    real = [value for value in values if math.isfinite(value)]
    heights = [y for _, y in series.points()]
    assert (min(heights), max(heights)) == (min(real), max(real)) == (series.min.y, series.max.y)
    assert values[int(series.min.x)] == series.min.y
    assert values[int(series.max.x)] == series.max.y


@given(long_curves())
def test_points_are_in_order_and_each_of_them_was_really_measured(values: list[float]) -> None:
    points = series_of(values).points()
    assert all(before.x < after.x for before, after in pairwise(points))
    assert all(values[int(x)] == y for x, y in points)


@given(long_curves())
def test_the_first_and_the_last_point_are_exact(values: list[float]) -> None:
    series = series_of(values)
    real = [(x, y) for x, y in enumerate(values) if math.isfinite(y)]
    assert series.points()[0] == real[0]
    assert series.points()[-1] == real[-1] == series.last


@given(long_curves())
def test_a_number_that_is_not_finite_never_becomes_a_point(values: list[float]) -> None:
    series = series_of(values)
    drawn = [*series.points(), *series.smooth()]
    assert all(math.isfinite(number) for item in drawn for number in item)
    assert not set(series.non_finite) & {x for x, _ in series.points()}


@given(long_curves())
def test_the_moving_average_stays_between_the_extremes(values: list[float]) -> None:
    series = series_of(values)
    lowest, highest = series.min.y, series.max.y
    assert all(lowest <= y <= highest for _, y in series.smooth())


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=2000), st.sampled_from([0.0, 0.5, 0.9, 0.99]))
def test_the_moving_average_does_not_depend_on_how_many_points_are_kept(values: list[float], smoothing: float) -> None:
    series = series_of(values, smoothing=smoothing)
    assert series.smoothed.y == pytest.approx(naive_average(values, smoothing), rel=1e-6, abs=1e-6)
    assert series.smooth()[-1] == series.smoothed


def test_a_spike_of_one_step_is_still_there_after_a_hundred_thousand() -> None:
    values = [2.0] * 100_000
    values[12_345] = 20.7
    series = series_of(values)
    assert (12_345, 20.7) in series.points()


def test_a_long_series_uses_the_room_it_has() -> None:
    series = series_of([math.sin(step) for step in range(100_000)])
    assert LIMIT // 2 <= len(series.points()) <= LIMIT


def test_a_short_series_keeps_every_point() -> None:
    values = [1 / (1 + step) for step in range(200)]
    assert series_of(values).points() == list(enumerate(values))


def test_every_part_of_a_long_curve_shows_how_far_it_swings() -> None:
    points = series_of(float(step % 7) for step in range(5_000)).points()
    assert {y for _, y in points[1:-3]} == {0.0, 6.0}
    assert max(after.x - before.x for before, after in pairwise(points)) < 100


def test_steps_that_were_not_finite_are_remembered() -> None:
    series = series_of([2.0, math.nan, 1.5, math.inf, -math.inf])
    assert series.non_finite == (1, 3, 4)
    assert series.last == (2, 1.5)
    assert len(series) == 5


def test_of_many_steps_that_were_not_finite_the_first_and_the_latest_stay() -> None:
    series = series_of([math.nan] * 10_000)
    assert (series.non_finite[0], series.non_finite[-1]) == (0, 9_999)
    assert len(series.non_finite) <= 64


def test_an_empty_series_has_nothing_to_show() -> None:
    series = Series()
    assert (series.points(), series.smooth(), series.non_finite, len(series)) == ([], [], (), 0)
    for point in (series.last, series.smoothed, series.min, series.max):
        assert math.isnan(point.y)


def test_two_measurements_of_one_step_are_both_kept() -> None:
    series = Series()
    series.add(10, 2.0)
    series.add(10, 1.0)
    assert [y for _, y in series.points()] == [2.0, 1.0]


@pytest.mark.parametrize("step", [4, math.nan, math.inf])
def test_a_series_does_not_go_back(step: float) -> None:
    series = Series()
    series.add(5, 1.0)
    with pytest.raises(ValueError, match="goes forward"):
        series.add(step, 1.0)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, math.nan])
def test_a_smoothing_that_would_never_forget_is_refused(smoothing: float) -> None:
    with pytest.raises(ValueError, match="smoothing"):
        Series(smoothing=smoothing)


def test_the_latest_points_are_kept_as_they_came_for_a_chart_of_nothing_else() -> None:
    series = series_of((float(step % 7) for step in range(100_000)), smoothing=0.5)
    assert series.points(99_900)[-100:] == [(step, float(step % 7)) for step in range(99_900, 100_000)]
    assert len(series.points(99_900)) == len(series.smooth(99_900)) <= 400
    assert series.smooth(99_900)[-1] == series.smoothed
    assert series.points(5) == series.points()
