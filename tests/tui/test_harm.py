"""Harm is told by what was lost, and a loss that hardly falls is not told in two ways in turn."""

import pytest

from gpt2mini_tui.folds.descent import Descent
from gpt2mini_tui.folds.verdict import judge
from story import Story, told


@pytest.mark.parametrize(
    ("before", "after", "ending"),
    [
        (2.0, 2.2, "still past the 2-gram line (2.40): it uses context longer than one character."),
        (2.28, 2.39, "back on the 2-gram line (2.40)."),
        (1.0, 2.9, "back above the 2-gram line (2.40): it no longer uses context longer than one character."),
        (2.9, 3.5, "back above the 1-gram line (3.16): it no longer uses context."),
        (2.0, 4.25, "as bad as guessing (4.25)."),
    ],
)
def test_harm_is_told_by_the_line_that_was_lost(before: float, after: float, ending: str) -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=before, end=before), story.measured(before))
    history.add(story.flipped("residual", False))
    for event in (*story.trained(30, begin=after, end=after), story.measured(after)):
        history.add(event)
    assert judge(history).text == f"Since residual is off (step 50) val rose from {before:.2f} to {after:.2f}, {ending}"


def test_a_loss_that_hardly_falls_is_said_to_fall_or_not_to_and_not_both_in_turn() -> None:
    descent = Descent()

    def look(fallen: float) -> bool:
        for _ in range(5):  # it does not look at every step
            descent.look([2.0] * 10 + [2.0 - fallen] * 10)
        return descent.goes_on

    assert look(0.1)
    found = [look(fallen) for fallen in (0.03, 0.01) * 10]
    assert found == [True] * len(found)
    assert not look(-0.01)
    found = [look(fallen) for fallen in (0.015, -0.01) * 10]
    assert found == [False] * len(found)
