"""The names of levels in an exported chart can be read, however close the levels are."""

from itertools import pairwise

import pytest

from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.charts.svg_chart import Words, marks

LEVELS = (("guessing", 4.2), ("1-gram", 3.2), ("2-gram", 2.4), ("3-gram", 1.7), ("4-gram", 1.2), ("floor", 0.4))


@pytest.mark.parametrize("top", [5.0, 30.0, 145.0])
def test_names_of_levels_that_are_close_stand_below_one_another_in_their_order(top: float) -> None:
    blown = Curve(label="run", points=[(0, 4.2), (50, top), (100, 2.0)])
    drawn = marks(Picture(curves=(blown,), references=LEVELS[::-1]), width=760, height=360)
    names = dict(LEVELS)
    words = [mark for mark in drawn if isinstance(mark, Words) and mark.text in names]
    seen = [word.text for word in sorted(words, key=lambda word: word.y)]
    assert len(seen) >= 3
    assert seen == [name for name in names if name in seen]
    heights = sorted(word.y for word in words)
    assert all(lower - upper >= 12 for upper, lower in pairwise(heights))
    assert 0 < heights[0] < heights[-1] < 330
