"""An exported chart can be read, however close its levels are and however far a curve leaves the others."""

from itertools import pairwise

import pytest

from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.charts.svg_chart import COLORS, Stroke, Words, marks

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


def calm(label: str = "calm") -> Curve:
    return Curve(label=label, points=[(step, 4.0 - step / 50) for step in range(0, 101, 2)])


def heights(picture: Picture, place: int) -> list[float]:
    """Return the distances from the top at which a curve is drawn."""
    drawn = marks(picture, width=760, height=360)
    return [y for mark in drawn if isinstance(mark, Stroke) and mark.color == COLORS[place] for _, y in mark.places]


def words(picture: Picture) -> list[str]:
    return [mark.text for mark in marks(picture, width=760, height=360) if isinstance(mark, Words)]


def test_a_run_that_explodes_leaves_the_frame_to_the_others_and_says_how_far_it_went() -> None:
    exploded = Curve(label="exploded", points=[(0, 4.0), (50, 6.0), (80, 2e8), (100, 3.86e9)])
    picture = Picture(curves=(calm(), exploded), references=LEVELS, ceiling=8.4)
    assert max(heights(picture, 0)) - min(heights(picture, 0)) > 100
    assert min(heights(picture, 1)) == 26
    assert [text for text in words(picture) if "▲" in text] == ["▲3.9e+09"]
    assert not [text for text in words(picture) if text.endswith("G")]
    assert max(heights(Picture(curves=(exploded,), ceiling=8.4), 0)) > 300


def test_a_rare_spike_leaves_the_frame_too_and_a_curve_that_stays_up_does_not() -> None:
    points = [*calm().points, (101, 900.0), *((step, 2.0) for step in range(102, 202))]
    spiked = Picture(curves=(Curve(label="spiked", points=points),))
    assert "▲900" in words(spiked)
    assert max(heights(spiked, 0)) - min(heights(spiked, 0)) > 100
    stays = Picture(curves=(Curve(label="up", points=[*calm().points, *((step, 900.0) for step in range(102, 202))]),))
    assert not [text for text in words(stays) if "▲" in text]
