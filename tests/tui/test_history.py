"""The history of a run is a fold over its events, the same for a live run and for a log."""

import dataclasses
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini import events as say
from gpt2mini.ablations import SWITCHES
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.switches import LETTERS, next_value
from story import LINES, SPEED, Story, told


def test_a_history_begins_with_nothing() -> None:
    history = History()
    assert (history.status, history.step, history.run) == ("idle", 0, "")
    assert math.isnan(history.eta)
    assert math.isnan(history.last_val)


def test_what_a_run_is_stands_in_its_first_event() -> None:
    story = Story()
    history = told(story.started())
    assert (history.status, history.run, history.device, history.steps) == ("training", "tales-1", "cpu", 1000)
    assert history.config == story.config
    assert history.references == LINES


def test_steps_become_curves() -> None:
    story = Story()
    history = told(story.started(), story.trained(100, begin=4.0, end=2.0), story.measured(2.1))
    assert history.step == 100
    assert history.loss.last == (100, 2.0)
    assert 2.0 < history.loss.smoothed.y < 2.3
    assert history.val.last == (100, 2.1)
    assert len(history.grad_norm) == len(history.lr) == 100


def test_the_time_left_comes_from_the_speed_and_leaves_pauses_out() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=4, end=3))
    before = history.eta
    assert before == pytest.approx(950 * 64 / SPEED)
    for event in (say.Paused(step=50), say.Continued(step=50)):
        history.add(event)
    assert history.eta == before
    assert history.seconds == pytest.approx(50 * 64 / SPEED)


def test_a_pause_and_its_end_are_seen() -> None:
    history = told(Story().started(), say.Paused(step=0))
    assert history.status == "paused"
    history.add(say.Continued(step=0))
    assert history.status == "training"


@pytest.mark.parametrize("reason", ["done", "stopped", "diverged"])
def test_a_run_ends_the_way_it_says(reason: str) -> None:
    story = Story()
    history = told(story.started(), story.finished(reason, seconds=7.0))
    assert history.status == reason
    assert history.has_ended
    assert history.seconds == 7.0


def test_a_second_sitting_adds_to_the_time_of_the_first() -> None:
    story = Story()
    first = [story.started(), *story.trained(5, begin=4, end=3), story.finished("stopped", seconds=10)]
    history = told(first, story.started(), story.trained(5, begin=3, end=2), story.finished("done", seconds=5))
    assert (history.seconds, history.step, len(history.loss)) == (15, 10, 10)


def test_a_log_without_an_ending_is_interrupted() -> None:
    assert History.fold([Story().started()]).status == "interrupted"
    assert History.fold([]).status == "idle"


def test_a_flip_remembers_how_things_stood() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.2))
    history.add(story.flipped("residual", False))
    flip = history.last_flip
    assert flip is not None
    assert (flip.step, flip.name, flip.value, flip.was, flip.mark) == (50, "residual", False, True, "R")
    assert (flip.loss, flip.val) == (pytest.approx(2.0), 2.2)
    assert not history.ablations.residual
    history.add(story.flipped("residual", True))
    assert [flip.mark for flip in history.flips] == ["R", "r"]


def test_a_switch_that_is_set_to_what_it_was_leaves_no_mark() -> None:
    story = Story()
    assert not told(story.started(), story.flipped("residual", True)).flips


def test_a_changed_hyper_parameter_is_part_of_the_configuration_from_then_on() -> None:
    story = Story()
    history = told(story.started(), story.trained(5, begin=4, end=3), story.adjusted("lr", 1e-2, 3e-4))
    assert history.config is not None
    assert history.config.train.lr == 1e-2
    assert [(one.step, one.name, one.was) for one in history.adjustments] == [(5, "lr", 3e-4)]
    history.add(story.adjusted("of another version", 1, 2))
    assert len(history.adjustments) == 2


def test_checkpoints_and_tokens_are_counted() -> None:
    story = Story()
    history = told(story.started(), story.trained(5, begin=4, end=3), story.saved(), story.saved())
    assert [*history.saves] == [5]
    assert history.tokens == 5 * 64


def test_a_step_that_was_skipped_is_a_gap_in_both_curves() -> None:
    story = Story()
    history = told(story.started(), story.stepped(4.0), story.skipped("blocks.0.mlp.c_fc.weight"), story.stepped(3.9))
    assert history.loss.non_finite == history.grad_norm.non_finite == (2.0,)
    assert [(skip.step, skip.tensor) for skip in history.skips] == [(2, "blocks.0.mlp.c_fc.weight")]


def test_a_loss_that_was_measured_without_the_mask_is_never_the_best() -> None:
    story = Story()
    history = told(story.started(), story.trained(20, begin=3, end=2.4), story.measured(2.5))
    history.add(story.flipped("causal_mask", False))
    for event in (*story.trained(20, begin=1, end=0.4), story.measured(0.4), story.flipped("causal_mask", True)):
        history.add(event)
    for event in (*story.trained(20, begin=2.4, end=2.3), story.measured(2.4)):
        history.add(event)
    assert history.best is not None
    assert (history.best.step, history.best.loss) == (60, 2.4)


def test_the_best_validation_is_kept_with_what_training_was_at() -> None:
    story = Story()
    history = told(story.started(), story.trained(20, begin=2, end=2), story.measured(2.5), story.measured(2.7))
    assert history.best is not None
    assert (history.best.step, history.best.loss, history.best.train_loss) == (20, 2.5, pytest.approx(2.0))


def test_a_log_that_goes_back_is_read_without_falling_over() -> None:
    story = Story()
    history = told(story.started(), story.trained(10, begin=4, end=3))
    story.step = 3
    history.add(story.stepped(1.0))  # damaged: no Started before it
    assert history.loss.last == (10, 3.0)
    story.step = 3
    for event in (story.started(), story.stepped(3.5)):  # a rewind
        history.add(event)
    assert history.loss.points() == [(4, 3.5)]


def test_a_configuration_of_another_version_is_said_and_survived() -> None:
    started = dataclasses.replace(Story().started(), config={"model": {"n_layer": -1}})
    history = told(started)
    assert history.config is None
    assert "cannot be read" in history.notices[0]


def test_samples_stay_few_and_the_first_one_stays() -> None:
    story = Story()
    history = told(story.started(), (story.wrote(str(number)) for number in range(5000)))
    assert history.sample_count == 5000
    assert len(history.samples) <= 200
    assert (history.samples[0].text, history.samples[-1].text) == ("0", "4999")


def test_what_is_noted_of_preparing_and_failing_ends_with_the_trainer() -> None:
    history = History()
    history.prepare("loading torch")
    assert (history.status, history.doing, history.is_under_way) == ("preparing", "loading torch", True)
    history.end()
    assert history.status == "idle"
    history.prepare("loading torch")
    history.fail("the disk is full")
    history.end()
    assert (history.status, history.problem) == ("failed", "the disk is full")


@given(
    st.lists(
        st.sampled_from(["step", "val", "flip", "sample", "save", "skip", "probe", "adjust", "pause", "start"]),
        max_size=40,
    )
)
def test_every_event_changes_the_version_and_replay_equals_live(words: list[str]) -> None:
    story = Story()
    happen: dict[str, Callable[[], say.Event]] = {
        "step": lambda: story.stepped(3.0),
        "val": lambda: story.measured(3.1),
        "flip": lambda: story.flipped("mlp", not story.on.mlp),
        "sample": lambda: story.wrote("x"),
        "save": story.saved,
        "skip": lambda: story.skipped("loss"),
        "probe": story.probed,
        "adjust": lambda: story.adjusted("lr", 1e-3, 3e-4),
        "pause": lambda: say.Paused(step=story.step),
        "start": story.started,
    }
    events = [story.started(), *(happen[word]() for word in words)]
    live = told(*events)
    assert live.version == len(events)
    replayed = History.fold([say.from_json(say.to_json(event)) or event for event in events])
    assert repr((live.loss.points(), live.flips, live.samples, live.validations)) == repr(
        (replayed.loss.points(), replayed.flips, replayed.samples, replayed.validations)
    )


def test_every_switch_has_a_letter_of_its_own() -> None:
    assert set(LETTERS) == set(SWITCHES)
    assert len(set(LETTERS.values())) == len(LETTERS)
    assert all(letter.isupper() for letter in LETTERS.values())


@pytest.mark.parametrize("name", SWITCHES)
def test_flipping_a_switch_often_enough_comes_back_to_where_it_was(name: str) -> None:
    spec = SWITCHES[name]
    seen = [spec.default]
    for _ in range(max(2, len(spec.choices))):
        seen.append(next_value(spec, seen[-1]))
    assert seen[0] == seen[-1]
    assert set(seen) == set(spec.choices or (True, False))
