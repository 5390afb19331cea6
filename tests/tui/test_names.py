"""The names beside a chart stand each in a row of its own, near what they name."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gpt2mini_tui.charts.names import Wish, spread


def test_names_with_room_stand_where_they_belong() -> None:
    assert spread([Wish(2), Wish(5), Wish(9)], 12) == [2, 5, 9]


def test_neighbours_make_way_for_one_another_in_their_order() -> None:
    assert spread([Wish(5), Wish(5), Wish(5)], 12) == [4, 5, 6]
    assert spread([Wish(0), Wish(0)], 12) == [0, 1]
    assert spread([Wish(11), Wish(11)], 12) == [10, 11]


def test_the_name_of_a_dashed_line_stays_beside_it_while_those_of_curves_make_way() -> None:
    assert spread([Wish(4), Wish(5), Wish(5, 8)], 12) == [3, 4, 5]
    assert spread([Wish(5, 8), Wish(5)], 12) == [5, 6]


def test_without_a_row_for_each_the_last_get_none() -> None:
    assert spread([Wish(0)] * 5, 3) == [0, 1, 2]


@given(st.lists(st.builds(Wish, st.integers(0, 19), st.sampled_from([1, 8])), max_size=30))
def test_no_two_names_share_a_row_and_none_leaves_the_picture(wishes: list[Wish]) -> None:
    rows = spread(sorted(wishes), 20)
    assert len(rows) == min(len(wishes), 20)
    assert all(0 <= row < 20 for row in rows)
    assert all(one < other for one, other in pairwise(rows))
