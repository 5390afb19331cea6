"""A card as a fold: how far it is, what it came to, and how long it still takes."""

import math
from dataclasses import replace
from itertools import count

import pytest

from gpt2mini import events as say
from gpt2mini.experiments.cards import Choice
from gpt2mini.experiments.heard import Heard
from gpt2mini.experiments.quantities import Quantity
from gpt2mini_tui.charts.lesson_curves import VIEWS, lesson_chart, views_of
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.screens import card_words
from small_cards import NO_MLP, played, ran


def test_a_lesson_is_judged_when_every_run_is_over() -> None:
    lesson = Lesson(NO_MLP, prediction="b")
    events = list(ran(0, end=1.0)), list(ran(1, end=2.0))
    for heard in events[0]:
        lesson.add(heard)
    assert (lesson.state, lesson.judged()) == ("training", None)
    for heard in events[1]:
        lesson.add(heard)
    judged = lesson.judged()
    assert judged is not None
    assert (judged.word, judged.answer) == ("as expected", "b")
    assert lesson.runs == ["arm-0", "arm-1"]


def test_what_is_recalled_comes_to_the_same_as_what_was_live() -> None:
    live, recalled = played(NO_MLP), Lesson(NO_MLP, prediction="b")
    for arm, end in enumerate((1.0, 2.0)):
        for heard in ran(arm, end=end):
            recalled.add(replace(heard, is_recalled=True))
    assert repr(recalled.judged()) == repr(live.judged())
    for name in VIEWS:
        assert lesson_chart(recalled, name) == lesson_chart(live, name)


def test_a_run_that_was_stopped_is_not_over() -> None:
    lesson = Lesson(NO_MLP)
    *before, last = ran(0, end=1.0)
    for heard in before:
        lesson.add(heard)
    assert isinstance(last.event, say.Finished)
    lesson.add(replace(last, event=replace(last.event, reason="stopped")))
    lesson.end()
    assert (lesson.is_whole, lesson.state, lesson.is_under_way) == (False, "stopped", False)


def test_steps_beyond_the_comparison_and_a_log_that_goes_back_change_nothing() -> None:
    lesson, other = played(NO_MLP), played(NO_MLP)
    for step in (1, NO_MLP_STEPS + 1):
        late = say.StepDone(step=step, loss=9.0, grad_norm=9.0, lr=1e-3, tokens_per_second=1.0)
        lesson.add(Heard(arm=0, seed=0, run="arm-0", event=late))
    assert lesson_chart(lesson, "loss") == lesson_chart(other, "loss")


NO_MLP_STEPS = int(str(NO_MLP.settings["steps"]))


def test_time_left_is_reckoned_from_what_was_trained_here() -> None:
    ticks = count()
    lesson = Lesson(NO_MLP, clock=lambda: float(next(ticks)))  # a step takes a second
    for heard in ran(0, end=1.0):
        lesson.add(replace(heard, is_recalled=True))
    assert lesson.pace.share == pytest.approx(0.5)
    assert math.isnan(lesson.pace.left)
    for heard in list(ran(1, end=2.0))[:4]:
        lesson.add(heard)
    steps = sum(isinstance(heard.event, say.StepDone) for heard in list(ran(1, end=2.0))[:4])
    assert lesson.pace.left == pytest.approx(NO_MLP_STEPS - steps)


def test_a_card_is_drawn_by_what_it_measures() -> None:
    assert views_of(NO_MLP) == ("loss", "val", "vanishing", "cosine")
    chart = lesson_chart(played(NO_MLP), "val")
    assert [line.label for line in chart.lines] == ["baseline", "no mlp"]
    assert "guessing" in [reference.label for reference in chart.references]
    assert lesson_chart(played(NO_MLP), "cosine").references == ()


def test_right_answers_are_drawn_first_and_told_beside_the_loss() -> None:
    lead = Quantity(kind="lead", arms=("no mlp", "baseline"))
    choices = (Choice(key="a", text="it leads", low=0.3), Choice(key="b", text="it does not", high=0.3))
    card = replace(NO_MLP, quantity=lead, choices=choices, expected="a", claims=())
    assert views_of(card) == ("exact", "loss", "val")
    lesson = Lesson(card, prediction="a")
    for arm, exact in enumerate((0.0, 0.75)):
        *before, last = ran(arm, end=1.0)
        for step, share in ((4, 0.0), (12, exact)):
            event = say.Answered(step=step, exact=share, tokens=0.5, problems=40, chance=0.0)
            before.append(replace(last, event=event))
        for heard in sorted([*before, last], key=lambda heard: heard.event.step):
            lesson.add(heard)
    judged = lesson.judged()
    assert judged is not None
    assert judged.text == "It leads: +75 percentage points."
    assert [fact.value.split("; ")[1] for fact in card_words.evidence(lesson, judged)] == [
        "0 % of new problems exact", "75 % of new problems exact",
    ]  # fmt: skip
    [first, second] = lesson_chart(lesson, "exact").lines
    assert [point.y for point in second.points] == [0.0, 0.75]
    assert [point.y for point in first.points] == [0.0, 0.0]
    assert VIEWS["exact"].limits == (0.0, 1.0)  # or a run that answers nothing is drawn in the middle


def test_further_seeds_are_drawn_behind_the_first() -> None:
    lesson = Lesson(NO_MLP, seeds=(0, 1))
    for seed in (0, 1):
        for arm in (0, 1):
            for heard in ran(arm, end=1.0 + arm):
                lesson.add(replace(heard, seed=seed))
    lines = lesson_chart(lesson, "loss").lines
    assert [(line.faint, line.label) for line in lines] == [
        (True, ""), (True, ""), (False, "baseline"), (False, "no mlp"),
    ]  # fmt: skip


def test_the_words_before_tell_nothing_of_the_answer() -> None:
    from gpt2mini_tui.setup.plan import PlayCard

    facts = " ".join(fact.value for fact in card_words.facts_before(NO_MLP, PlayCard(card=NO_MLP.name, seeds=3)))
    assert "6 runs on tales" in facts
    assert "--seeds 3" in facts
    assert NO_MLP.explanation[:20] not in facts
    assert NO_MLP.paper not in facts


def test_a_prediction_is_set_beside_the_answer() -> None:
    judged = played(NO_MLP).judged()
    assert judged is not None
    assert "You predicted it" in str(card_words.foreseen(NO_MLP, "b", judged.answer))
    wrong = str(card_words.foreseen(NO_MLP, "a", judged.answer))
    assert wrong == "You predicted a, about the same; it is b, worse."
    assert str(card_words.foreseen(NO_MLP, "", judged.answer)) == "You made no prediction."
    assert "\x1b" not in str(card_words.foreseen(NO_MLP, "\x1b[2J", "\x1b"))
