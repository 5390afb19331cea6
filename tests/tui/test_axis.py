"""Axes begin and end at sensible places, and the numbers on them are round."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini_tui.charts.axis import (
    Span,
    clamp,
    fit,
    fit_steps,
    log_ticks,
    span,
    step_ticks,
    to_log,
    value_ticks,
)
from gpt2mini_tui.words import short

numbers = st.floats(allow_nan=False, allow_infinity=False).map(clamp)


@given(st.lists(numbers, min_size=1, max_size=20), st.lists(st.floats(), max_size=5))
def test_limits_hold_all_values_and_are_apart(values: list[float], near: list[float]) -> None:
    axis = fit(values, near)
    assert axis.low < axis.high
    slack = 1e-9 * (axis.high - axis.low)
    held = [value for value in values if value > -1e100]
    assert all(axis.low - slack <= value <= axis.high + slack for value in held)
    assert all(0 <= axis.share(value) <= 1 for value in values)


@given(st.lists(numbers, min_size=1, max_size=20), st.integers(1, 30))
def test_ticks_lie_on_the_axis_in_order_and_there_are_not_too_many(values: list[float], most: int) -> None:
    for choose in (value_ticks, step_ticks, log_ticks):
        axis = fit([clamp(to_log(abs(value))) for value in values] if choose is log_ticks else values)
        ticks = choose(axis, most)
        slack = 1e-6 * (axis.high - axis.low)
        assert all(axis.low - slack <= tick.at <= axis.high + slack for tick in ticks)
        assert all(before.at < after.at for before, after in pairwise(ticks))
        assert len(ticks) <= max(most, 2) + 12


def test_a_level_is_included_only_where_it_lies_near_the_data() -> None:
    assert fit([1.6, 4.2], near=[1.47]).low <= 1.47
    assert fit([1.6, 1.7], near=[4.17]).high < 2


@pytest.mark.parametrize("wiggle", [0.0, 1e-12, 1e-7])
def test_a_constant_gets_an_axis_around_it_and_so_does_rounding_noise(wiggle: float) -> None:
    axis = fit([2.3, 2.3 + wiggle])
    assert axis.low < 2.2
    assert axis.high > 2.4


def test_the_smallest_number_there_is_does_not_make_the_smallest_axis() -> None:
    assert fit([0.0, 5e-324]) == (-0.5, 0.5)


def test_steps_begin_and_end_with_the_run() -> None:
    assert fit_steps([0, 10, 999]) == (0, 999)
    assert fit_steps([7]) == (7, 8)
    assert fit_steps([]) == (0, 1)


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, math.inf), (math.nan, 1), (1, 1 + 1e-12)])
def test_two_numbers_that_enclose_nothing_are_no_axis(limits: tuple[float, float]) -> None:
    assert span(*limits) is None


def test_the_ends_of_an_axis_are_the_middles_of_its_outer_cells() -> None:
    axis = Span(0, 10)
    assert [axis.cell(value, 11) for value in (-5, 0, 3, 10, 99)] == [0, 0, 3, 10, 10]


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        (Span(1.4, 4.4), ["2", "3", "4"]),
        (Span(1.5, 2.6), ["1.5", "2.0", "2.5"]),
        (Span(-0.02, 0.02), ["-0.02", "-0.01", "0.00", "0.01", "0.02"]),
        (Span(0, 40_000), ["0", "10k", "20k", "30k", "40k"]),
        (Span(0, 1.1e-3), ["0", "5e-4", "1e-3"]),
        (Span(0, 1.1e-4), ["0", "5e-5", "1e-4"]),
        (Span(0, 2.2e-4), ["0", "1e-4", "2e-4"]),
        (Span(2.2222, 2.2242), ["2.223", "2.224"]),
    ],
)
def test_values_have_as_many_decimals_as_they_need(axis: Span, labels: list[str]) -> None:
    assert [tick.label for tick in value_ticks(axis, 5)] == labels


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        (Span(-2, 2), ["0.01", "0.1", "1", "10", "100"]),
        (Span(-0.5, 0.9), ["0.5", "1", "2", "5"]),
        (Span(-9, 3), ["1e-9", "1e-6", "0.001", "1", "1k"]),
        (Span(0.31, 0.33), ["2.06", "2.08", "2.10", "2.12"]),
        (Span(math.log10(9e-5), math.log10(8e-4)), ["1e-4", "2e-4", "5e-4"]),
        (Span(math.log10(1.1e-4), math.log10(2.6e-4)), ["2e-4"]),
    ],
)
def test_a_logarithmic_axis_has_powers_of_ten_or_what_fits_between_them(axis: Span, labels: list[str]) -> None:
    assert [tick.label for tick in log_ticks(axis, 5)] == labels


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (250, "250"),
        (1500, "1.5k"),
        (12_500, "12.5k"),
        (1e6, "1M"),
        (2e9, "2G"),
        (0.05, "0.05"),
        (-2000, "-2k"),
    ],
)
def test_a_number_is_written_short(value: float, text: str) -> None:
    assert short(value) == text


def test_ticks_at_equal_distances_stand_in_rows_at_equal_distances() -> None:
    axis = Span(2.3, 4.3)
    rows = [axis.cell(tick.at, 31) for tick in value_ticks(axis, 10)]
    assert {after - before for before, after in pairwise(rows)} == {3}
