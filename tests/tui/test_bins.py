"""Two runs are compared at the same steps, however long they are."""

import math

from hypothesis import given
from hypothesis import strategies as st

from gpt2mini_tui.folds.bins import Bins, differences


def test_the_mean_of_a_stretch_is_that_of_its_steps() -> None:
    one, other = Bins(), Bins()
    for step in range(1, 2001):
        one.add(step, step % 7 + 1.0)
        other.add(step, step % 7)
    points = differences(one, other)
    assert one.width == 4
    assert all(math.isclose(point.y, 1.0) for point in points)
    assert points[1].x == 5.5


def test_a_stretch_that_only_one_of_them_has_whole_is_left_out() -> None:
    one, other = Bins(), Bins()
    for step in range(10):
        one.add(step, 1.0)
        other.add(step, math.nan if step == 3 else 0.0)
    other.add(10, 0.0)
    assert [point.x for point in differences(one, other)] == [0, 1, 2, 4, 5, 6, 7, 8, 9]


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_runs_of_any_length_can_be_compared(long: int, short: int) -> None:
    one, other = Bins(), Bins()
    for step in range(long):
        one.add(step, 2.0)
    for step in range(short):
        other.add(step, 0.5)
    points = differences(one, other)
    assert len(points) <= 512
    assert all(point.y == 1.5 for point in points)
    assert points or min(long, short) < max(one.width, other.width)
