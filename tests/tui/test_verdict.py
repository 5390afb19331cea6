"""A verdict quotes the numbers it rests on, and says when it cannot tell."""

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from story import LINES, Story, told


def text_of(history: History) -> str:
    return judge(history).text


def at(val: float) -> History:
    story = Story()
    return told(story.started(), story.trained(50, begin=val, end=val), story.measured(val))


def test_before_anything_is_measured_it_cannot_tell() -> None:
    story = Story()
    assert text_of(History()) == "Cannot tell yet: nothing has been measured."
    assert text_of(told(story.started(), story.stepped(4.2))).startswith("Cannot tell yet: training loss 4.20")
    assert judge(History()).tone == "open"


def test_at_the_beginning_it_is_no_better_than_guessing() -> None:
    assert text_of(at(4.24)) == "Val 4.24 is no better than guessing uniformly among 70 characters (4.25)."
    assert text_of(at(6.0)) == "Val 6.00 is worse than guessing uniformly (4.25)."


@pytest.mark.parametrize(
    ("val", "words"),
    [
        (3.60, "better than guessing (4.25), not yet at the 1-gram line (3.16)"),
        (3.17, "on the 1-gram line (3.16)"),
        (2.80, "past the 1-gram line (3.16): it uses context"),
        (2.10, "past the 2-gram line (2.40): it uses context longer than one character"),
        (1.60, "past the 3-gram line (1.73): it uses context longer than two characters"),
        (1.00, "past the 4-gram line (1.19): it uses context longer than three characters"),
        (0.38, "has reached the floor (0.35)"),
    ],
)
def test_it_names_the_line_that_was_passed_last(val: float, words: str) -> None:
    assert words in text_of(at(val))
    assert f"{val:.2f}" in text_of(at(val))


def test_a_hair_below_a_line_is_not_past_it() -> None:
    assert "past the 1-gram line" in text_of(at(2.39))


def test_staying_on_the_1_gram_line_is_dead_and_names_the_switch() -> None:
    story = Story(on=Ablations(residual=False))
    history = told(story.started())
    for _ in range(4):
        for event in (*story.trained(25, begin=3.17, end=3.17), story.measured(3.17)):
            history.add(event)
    verdict = judge(history)
    assert verdict.tone == "bad"
    assert verdict.text.startswith(
        "Dead: val 3.17 has stayed on the 1-gram line (3.16) since step 25 (residual is off)"
    )


def test_passing_the_1_gram_line_on_the_way_down_is_not_dead() -> None:
    story = Story()
    history = told(story.started())
    for val in (3.21, 3.16, 3.12):
        for event in (*story.trained(25, begin=val, end=val), story.measured(val)):
            history.add(event)
    assert "Dead" not in text_of(history)


def test_right_after_a_flip_it_is_too_early_to_tell() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("residual", False))
    history.add(story.stepped(4.8))
    assert text_of(history) == "Since residual is off (step 50): too early to tell what it does."


def test_a_few_steps_after_a_flip_the_training_loss_tells() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("residual", False))
    for event in story.trained(8, begin=4.8, end=4.8):
        history.add(event)
    assert text_of(history) == "Since residual is off (step 50) the training loss rose from 2.00 to 4.80."
    assert judge(history).tone == "bad"


def test_a_flip_that_does_nothing_is_said_to_do_nothing() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("position_embedding", False))
    for event in story.trained(8, begin=2.02, end=2.02):
        history.add(event)
    assert text_of(history).endswith("the training loss is as it was, 2.00 and now 2.02, so far.")


def test_after_the_next_validation_a_flip_is_judged_by_it() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("residual", False))
    for event in (*story.trained(30, begin=3.2, end=3.2), story.measured(3.18)):
        history.add(event)
    assert text_of(history).startswith("Since residual is off (step 50) val rose from 2.00 to 3.18, on the 1-gram line")
    history.add(story.flipped("residual", True))
    for event in (*story.trained(30, begin=2.1, end=2.1), story.measured(2.1)):
        history.add(event)
    assert text_of(history).startswith("Val 2.10 is past the 2-gram line")


def test_without_the_causal_mask_far_below_the_lines_it_reads_the_answer() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.trained(50, begin=0.3, end=0.3), story.measured(0.2))
    assert text_of(history) == (
        "Val 0.20 is far below the 4-gram line (1.19) while the causal mask is off: it reads the answer."
    )


def test_without_the_causal_mask_no_line_proves_anything() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.stepped(2.0), story.measured(2.0))
    assert text_of(history) == "The causal mask is off, so val 2.00 is no measure of prediction."


def test_a_validation_counts_for_the_switches_it_was_measured_with() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.trained(50, begin=0.3, end=0.3), story.measured(0.2))
    history.add(story.flipped("causal_mask", True))
    assert "too early" in text_of(history)


def test_below_the_floor_something_gives_the_answer_away() -> None:
    assert "is below the floor (0.35)" in text_of(at(0.2))
    assert judge(at(0.2)).tone == "bad"


def test_without_attention_the_2_gram_line_is_the_end() -> None:
    story = Story(on=Ablations(attention=False))
    history = told(story.started(), story.trained(50, begin=2.4, end=2.4), story.measured(2.43))
    assert text_of(history).startswith("Val 2.43 is at the 2-gram line (2.40), and without attention")


def test_val_rising_while_training_falls_is_overfitting() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=1.5), story.measured(1.52))
    for event in (*story.trained(50, begin=1.4, end=1.0), story.measured(1.61)):
        history.add(event)
    assert text_of(history).startswith("Overfitting: val rose from 1.52 (step 50) to 1.61 while the training loss fell")


def test_val_rising_together_with_training_is_not_overfitting() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=1.5, end=1.5), story.measured(1.52))
    for event in (*story.trained(50, begin=1.7, end=1.7), story.measured(1.71)):
        history.add(event)
    assert "Overfitting" not in text_of(history)


def test_a_skipped_step_is_named_for_a_while() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0), story.skipped("loss"))
    assert text_of(history) == "Step 51 was skipped: loss was not finite. The weights are as they were."
    for event in story.trained(20, begin=2, end=2):
        history.add(event)
    assert "skipped" not in text_of(history)


def test_a_diverged_run_names_what_broke_first() -> None:
    story = Story()
    history = told(story.started(), [story.skipped("lm_head.weight") for _ in range(10)], story.finished("diverged"))
    assert text_of(history) == (
        "Diverged at step 10: the numbers were not finite 10 times in a row, first in lm_head.weight."
    )


def test_where_nothing_is_held_back_little_can_be_said() -> None:
    story = Story(references={"uniform": LINES["uniform"]})
    history = told(story.started(val_tokens=0), story.trained(50, begin=2.0, end=2.0))
    assert text_of(history).startswith("Training loss 2.00, where guessing is 4.25. Nothing is held back")
