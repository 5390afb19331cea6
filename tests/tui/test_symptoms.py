"""A verdict from the inside of the network, each rule on the numbers of a run, and silent on those of a healthy one."""

from dataclasses import replace

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from story import LINES, Story, told

DEAD = {"grad": (5.8e-9, 4.5e-2), "cosine": (0.9, 1.0)}


def measured(story: Story, *vals: float, steps: int = 50) -> list[object]:
    parts: list[object] = []
    for val in vals:
        parts += [*story.trained(steps, begin=val, end=val), story.measured(val)]
    return parts


def at(story: Story, *parts: object) -> History:
    history = told(story.started())
    for part in parts:
        for event in part if isinstance(part, list) else [part]:
            history.add(event)  # type: ignore[arg-type]  # what the story told
    return history


def test_dying_is_seen_at_the_first_validation_and_dead_once_three_stand_still() -> None:
    story = Story(on=Ablations(residual=False))
    history = at(story, measured(story, 3.17), story.probed(**DEAD))
    assert judge(history).text.startswith("Dying (residual is off): val 3.17")
    for event in [*measured(story, 3.17, 3.17), story.probed(**DEAD)]:
        history.add(event)  # type: ignore[arg-type]  # what the story told
    assert judge(history).text == (
        "Dead (residual is off): val 3.17 on the 1-gram line (3.16), positions alike (cosine 1.00), "
        "the gradient fades 7.8M-fold to block 0."
    )
    assert judge(history).tone == "bad"


def test_while_it_warms_up_and_falls_nothing_is_dying() -> None:
    story = Story()
    parts = [story.trained(60, begin=4.2, end=3.4), story.measured(3.47)]
    history = at(story, *parts, story.probed(**DEAD))
    assert "Dying" not in judge(history).text
    assert "Dead" not in judge(history).text


def test_what_still_falls_is_not_dead() -> None:
    story = Story()
    history = at(story, measured(story, 3.47, 3.3, 3.165), story.probed(**DEAD))
    assert judge(history).text.startswith("Dying: val 3.17")


def test_it_is_seen_dying_before_it_is_dead_and_before_it_is_validated() -> None:
    story = Story()
    parts = [measured(story, 3.32), story.flipped("residual", False), story.trained(20, begin=3.3, end=3.3)]
    history = at(story, *parts, story.probed(grad=(0.02, 0.22), cosine=(0.96, 1.0)))
    assert judge(history).text.endswith(
        "It is dying: positions alike (cosine 1.00), the gradient fades 11-fold to block 0."
    )
    assert judge(history).tone == "bad"
    history.add(story.measured(3.17))
    assert judge(history).text.startswith(
        "Dying (residual is off): val 3.17 on the 1-gram line (3.16), positions alike"
    )


@pytest.mark.parametrize(
    "look", [{"grad": (0.04, 0.045), "cosine": (0.9, 1.0)}, {"grad": (5.8e-9, 4.5e-2), "cosine": (0.2, 0.3)}]
)
def test_half_a_fingerprint_is_not_dead(look: dict[str, tuple[float, ...]]) -> None:
    story = Story()
    assert "Dead" not in judge(at(story, measured(story, 3.17), story.probed(**look))).text


def test_a_flip_that_killed_it_says_what_the_layers_show() -> None:
    story = Story()
    history = at(story, measured(story, 2.2), story.flipped("residual", False), measured(story, 3.18))
    assert "positions" not in judge(history).text
    history.add(story.probed(**DEAD))
    text = judge(history).text
    assert text.startswith("Since residual is off (step 50) val rose from 2.20 to 3.18, dying: positions alike")
    assert "cosine 1.00" in text
    assert "fades 7.8M-fold" in text


def test_a_look_from_before_a_flip_proves_nothing_about_after() -> None:
    story = Story()
    parts = [measured(story, 2.2), story.probed(**DEAD), story.flipped("residual", False), measured(story, 3.18)]
    assert "cosine" not in judge(at(story, *parts)).text


def test_exploding_names_where_it_was_best() -> None:
    story = Story()
    history = at(story, measured(story, 2.0))
    for event in story.trained(40, begin=8, end=60):
        history.add(event)
    assert judge(history).text.startswith("Exploding: the training loss rose from 2.00 (step 1) to ")
    assert "gradient norm" in judge(history).text


def test_a_loss_that_rises_because_of_a_flip_is_not_exploding() -> None:
    story = Story()
    history = at(story, measured(story, 2.0), story.flipped("mlp", False), story.trained(40, begin=8, end=60))
    assert "Exploding" not in judge(history).text


def test_a_plateau_says_since_when_and_by_how_little() -> None:
    story = Story(steps=2000)
    history = at(story, measured(story, 2.3, 2.01, 2.0, 2.01, 2.0, 2.005))
    assert judge(history).text.startswith(
        "Plateau: val has moved by 0.010 since step 100 (5 validations), past the 2-gram line (2.40)"
    )
    assert judge(history).tone == "open"


def test_a_slow_descent_is_no_plateau() -> None:
    story = Story(steps=2000)
    assert "Plateau" not in judge(at(story, measured(story, 2.3, 2.25, 2.2, 2.15, 2.1, 2.05))).text


def test_clipped_all_the_time_is_said_beside_the_rest() -> None:
    story = Story()
    history = at(story, measured(story, 2.5, 2.4, 2.3))
    assert judge(history).text.endswith("Clipped at 100 of the last 100 steps (norm 1.2, limit 1).")
    assert judge(history).text.startswith("Val 2.30 is past the 2-gram line")
    calm = Story()
    assert "Clipped" not in judge(at(calm, measured(calm, 1.9, 1.8, 1.7))).text
    off = Story(on=Ablations(grad_clip=False))
    assert "Clipped" not in judge(at(off, measured(off, 2.5, 2.4, 2.3))).text


def test_a_training_loss_that_dropout_holds_far_above_val_is_explained() -> None:
    story = with_dropout(0.9)
    history = told(story.started(), story.trained(100, begin=57, end=56), story.measured(2.4))
    assert judge(history).text == (
        "Val 2.40 is past the 1-gram line (3.16): it uses context. "
        "The training loss (56.09) is far above val: dropout 0.9 weakens only training."
    )
    for event in (*story.trained(50, begin=2.58, end=2.58), story.measured(2.4)):
        history.add(event)
    assert "dropout 0.9" in judge(history).text, "a word is not taken back at the limit itself"
    for event in (*story.trained(50, begin=2.5, end=2.5), story.measured(2.4)):
        history.add(event)
    assert "dropout" not in judge(history).text


def test_a_training_loss_above_val_is_not_dropout_where_there_is_none_or_it_only_falls_fast() -> None:
    without = with_dropout(0.0)
    assert "dropout" not in judge(at(without, measured(without, 2.5), without.trained(50, begin=9, end=9))).text
    off = Story(on=Ablations(dropout=False))
    assert "dropout" not in judge(told(off.started(), off.trained(50, begin=9, end=9), off.measured(2.4))).text
    falls = Story()
    history = told(falls.started(), falls.trained(50, begin=4.2, end=2.45), falls.measured(2.4))
    assert history.loss.smoothed.y > 2.7
    assert "dropout" not in judge(history).text


def test_a_training_loss_that_only_dropout_lifts_does_not_explode() -> None:
    for dropout, word in ((0.9, "Val 2.40"), (0.0, "Exploding")):
        story = with_dropout(dropout)
        parts = [*story.trained(50, begin=4, end=3), *story.trained(50, begin=40, end=56), story.measured(2.4)]
        assert judge(told(story.started(), parts)).text.startswith(word)


def test_a_training_loss_that_explodes_together_with_val_is_not_laid_to_dropout() -> None:
    """A recorded run at lr 1: 29 in training and 13 in validation, with the usual dropout and with more."""
    for dropout in (0.1, 0.5):
        story = with_dropout(dropout)
        parts = [story.measured(4.24), *story.trained(10, begin=4.3, end=4.2), *story.trained(40, begin=60, end=29)]
        assert judge(told(story.started(), parts, story.measured(13.38))).text.startswith("Exploding")
    usual = with_dropout(0.1)
    parts = [usual.measured(4.24), *usual.trained(40, begin=9, end=7), usual.measured(4.16)]
    assert "dropout" not in judge(told(usual.started(), parts)).text


def test_where_val_only_wobbles_heavy_dropout_still_explains_the_training_loss() -> None:
    story = with_dropout(0.9)
    parts = [*story.trained(50, begin=4, end=3), story.measured(2.4), *story.trained(50, begin=40, end=56)]
    history = told(story.started(), parts, story.measured(2.4))
    for val in (2.5, 2.4, 2.55):
        for event in (*story.trained(30, begin=50, end=50), story.measured(val)):
            history.add(event)
        assert judge(history).text.startswith(f"Val {val:.2f}")
        assert "dropout 0.9 weakens only training" in judge(history).text


def test_a_training_loss_that_has_come_down_since_the_validation_is_not_far_above_it() -> None:
    story = with_dropout(0.5)
    history = told(story.started(), story.trained(50, begin=3, end=3), story.measured(2.6))
    assert "far above val" in judge(history).text
    for event in story.trained(40, begin=2.3, end=2.3):
        history.add(event)
    assert "far above val" not in judge(history).text


def test_after_a_change_the_distance_of_the_training_loss_is_found_out_anew() -> None:
    story = with_dropout(0.5)
    history = told(story.started(), story.trained(50, begin=3, end=3), story.measured(2.4))
    assert history.above.is_far
    for event in (story.flipped("mlp", False), *story.trained(3, begin=2.6, end=2.6)):
        history.add(event)
    assert not history.above.is_far
    for event in (*story.trained(50, begin=2.6, end=2.6), story.measured(2.4)):
        history.add(event)
    assert not history.above.is_far, "0.2 nats would keep it so, and do not make it so"


def test_a_gradient_norm_that_wobbles_about_its_limit_explodes_all_along() -> None:
    story = with_dropout(0.0)
    history = told(story.started(), story.trained(50, begin=4, end=3), story.trained(60, begin=15, end=24))
    assert "Exploding" in judge(history).text
    for loss in (19.0, 21.0) * 3:  # of which the gradient norm is half
        for event in story.trained(30, begin=loss, end=loss):
            history.add(event)
            assert "Exploding" in judge(history).text
    for event in story.trained(60, begin=8, end=8):
        history.add(event)
    assert "Exploding" not in judge(history).text


def test_a_change_of_dropout_is_not_judged_by_the_training_loss_alone() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    for event in (story.adjusted("dropout", 0.9, 0.1), *story.trained(20, begin=4, end=4)):
        history.add(event)
    assert judge(history).tone == "open"
    assert judge(history).text.endswith("rose from 2.00 to 4.00. Dropout weakens only training: val will tell.")


def with_dropout(share: float) -> Story:
    story = Story()
    story.config = replace(story.config, model=replace(story.config.model, dropout=share))
    return story


def test_steps_that_were_clipped_at_another_limit_are_not_counted() -> None:
    story = Story()
    history = at(story, measured(story, 2.5, 2.4, 2.3), story.adjusted("grad_clip", 5.0, 1.0))
    for event in (*story.trained(100, begin=2.3, end=2.3), story.measured(2.3)):
        history.add(event)
    assert "Clipped" not in judge(history).text
    for event in (story.adjusted("grad_clip", 0.0, 5.0), *story.trained(100, begin=2.3, end=2.3), story.measured(2.3)):
        history.add(event)
    assert "Clipped" not in judge(history).text, "a limit of 0 is none"


def test_updates_that_change_nothing_are_too_slow() -> None:
    story = Story()
    history = at(story, measured(story, 1.9, 1.8, 1.7), story.probed(update=2e-7))
    assert judge(history).text.endswith(
        "Too slow: an update changes a weight by 2.0e-07 of its size (0.001 is usual). Raise lr."
    )
    healthy = Story()
    assert "slow" not in judge(at(healthy, measured(healthy, 1.9, 1.8, 1.7), healthy.probed())).text


def test_a_changed_rate_is_judged_like_a_switch() -> None:
    story = Story()
    history = at(story, measured(story, 2.0), story.adjusted("lr", 0.1, 0.001), story.stepped(2.0))
    assert judge(history).text == "Since lr went from 0.001 to 0.1 (step 50): too early to tell what it does."
    for event in story.trained(10, begin=3.0, end=3.0):
        history.add(event)
    assert "the training loss rose from 2.00 to 2.9" in judge(history).text


def test_without_reference_lines_nothing_is_claimed_about_them() -> None:
    story = Story(references={"uniform": LINES["uniform"]})
    history = at(story, measured(story, 3.17), story.probed(**DEAD))
    assert "Dead" not in judge(history).text
