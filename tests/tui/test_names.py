"""The names beside a chart stand each in a row of its own, on what they name, or nowhere."""

from hypothesis import given
from hypothesis import strategies as st

from gpt2mini_tui.charts.names import beside, on_rows

LEVELS = st.lists(st.integers(0, 19), max_size=8)


def test_names_with_room_stand_where_they_belong() -> None:
    assert beside([2, 9], [5], 12) == ([2, 9], [5])


def test_curves_that_end_together_share_the_rows_around() -> None:
    assert beside([], [5, 5], 12) == ([], [5, 4])
    assert beside([], [0, 0], 12) == ([], [0, 1])
    assert beside([], [11, 11], 12) == ([], [11, 10])
    assert beside([], [5] * 6, 12) == ([], [5, 4, 6, 3, 7, 2])


def test_the_name_of_a_level_has_its_row_and_that_of_a_curve_makes_way() -> None:
    assert beside([5], [5], 12) == ([5], [4])
    assert beside([4, 5, 6], [5], 12) == ([4, 5, 6], [None])


def test_two_levels_in_one_row_stand_below_each_other_but_on_no_third() -> None:
    assert beside([5, 5], [], 12) == ([5, 6], [])
    assert beside([4, 5, 5, 6], [], 12) == ([4, 5, None, 6], [])
    assert beside([4, 5, 5], [], 12) == ([4, 5, 6], [])
    assert beside([5, 5, 5], [], 12) == ([4, 5, 6], [])


def test_levels_at_the_bottom_keep_the_order_of_their_values() -> None:
    assert beside([11, 11], [], 12) == ([10, 11], [])
    assert beside([10, 11, 11, 11], [], 12) == ([10, 11, None, None], [])
    assert beside([0, 0, 0], [], 12) == ([0, 1, None], [])


def test_what_two_lines_are_called_stands_on_one_of_them_or_behind_the_name_that_has_their_row() -> None:
    band = [(3, "noise"), (5, "same"), (7, "noise")]
    assert on_rows(band, 12) == band
    assert on_rows([(3, "noise"), (4, "same"), (4, "noise")], 12) == [(3, "noise"), (4, "same")]
    assert on_rows([(4, "noise"), (4, "same"), (5, "noise")], 12) == [(4, "same"), (5, "noise")]
    assert on_rows([(4, "noise"), (4, "same"), (4, "noise")], 11) == [(4, "same, noise")]
    assert on_rows([(4, "noise"), (4, "same"), (4, "noise")], 10) == [(4, "same")]
    assert on_rows([(4, "3-gram"), (4, "4-gram")], 20) == [(4, "3-gram"), (4, "4-gram")], "each is a line of its own"


@given(LEVELS, st.lists(st.integers(0, 19), max_size=12))
def test_no_two_names_share_a_row_and_no_level_is_named_on_the_line_of_another(
    levels: list[int], ends: list[int]
) -> None:
    levels = sorted(levels)
    of_levels, of_ends = beside(levels, ends, 20)
    rows = [row for row in (*of_levels, *of_ends) if row is not None]
    assert len(set(rows)) == len(rows)
    assert all(0 <= row < 20 for row in rows)
    named = [row for row in of_levels if row is not None]
    assert named == sorted(named), "a higher level is never named below a lower one"
    assert len(named) >= len(set(levels)), "every line that is seen has a name"
    for wanted, row in zip(levels, of_levels, strict=True):
        assert row in {None, wanted, wanted - 1, wanted + 1}
        assert row in {None, wanted} or row not in levels
