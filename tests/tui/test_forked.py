"""A fork shows on its charts, and in its sentence, which switches its parent had otherwise."""

import math

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.events import Forked
from gpt2mini_tui.charts.curves import loss_chart
from gpt2mini_tui.folds.changes import caveat, flips_of
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from story import Story, told


def forked(val: float, *, on: Ablations, was: Ablations = ALL_ON) -> tuple[Story, History]:
    story = Story(on=on)
    story.step = 700
    fork = Forked(step=700, parent="tales-1/step-000700", was=was, val_loss=val)
    return story, told(story.started(), fork, story.trained(50, begin=2.8, end=2.8))


def test_a_switch_that_the_parent_had_otherwise_is_marked_where_the_fork_begins() -> None:
    _, history = forked(2.05, on=Ablations(position_embedding=False))
    markers = [(one.x, one.label, one.words) for one in loss_chart(history).markers]
    assert (700, "P", "position embedding off") in markers


def test_a_switch_that_is_put_back_has_a_small_letter() -> None:
    _, history = forked(2.05, on=ALL_ON, was=Ablations(position_embedding=False))
    assert [flip.mark for flip in history.forked] == ["p"]


def test_the_sentence_compares_with_what_the_parent_measured() -> None:
    story, history = forked(2.05, on=Ablations(position_embedding=False, mlp=False))
    history.add(story.measured(3.05))
    said = "Since mlp is off and position embedding is off (step 700) val rose from 2.05 to 3.05, back above the 2-gram"
    assert judge(history).text.startswith(said)


def test_where_the_parent_measured_nothing_there_is_nothing_to_compare_with() -> None:
    story, history = forked(math.nan, on=Ablations(position_embedding=False))
    history.add(story.measured(3.05))
    assert "Since" not in judge(history).text


def test_a_switch_that_was_put_back_since_is_not_blamed() -> None:
    story, history = forked(2.05, on=Ablations(position_embedding=False))
    for event in (story.flipped("position_embedding", True), *story.trained(9, begin=3, end=3), story.measured(3.05)):
        history.add(event)
    assert "position embedding is off" not in judge(history).text


def test_what_a_fork_began_with_was_not_changed_on_the_way() -> None:
    _, history = forked(2.05, on=Ablations(position_embedding=False))
    assert flips_of(history) == []
    assert caveat(history) == ""
