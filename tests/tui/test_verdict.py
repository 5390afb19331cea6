"""A verdict quotes the numbers it rests on, and says when it cannot tell."""

import re
from pathlib import Path

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini.events import Spiked
from gpt2mini.paths import Home
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from gpt2mini_tui.live.session import Session
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


def test_a_loss_that_falls_a_little_after_a_flip_is_not_as_it_was() -> None:
    story = Story()
    history = told(story.started(), story.trained(150, begin=3.18, end=3.18), story.measured(3.18))
    history.add(story.flipped("dropout", False))
    for event in story.trained(20, begin=3.14, end=3.04):
        history.add(event)
    assert text_of(history).endswith("the training loss falls: 3.18 then, 3.09 now, too little to tell yet.")
    for event in story.trained(20, begin=3.10, end=3.10):
        history.add(event)
    assert text_of(history).endswith("fell a little, from 3.18 to 3.10: too little to tell from noise.")


@pytest.mark.parametrize("limit", [0.055, 0.1])
def test_a_loss_that_wobbles_about_a_limit_is_not_judged_anew_each_time(limit: float) -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("position_embedding", False))
    said: list[str] = []
    for level in (2.0 + limit + 0.012, 2.0 + limit - 0.012) * 4:
        for event in story.trained(20, begin=level, end=level):
            history.add(event)
            words = re.sub(r"[0-9.]+", "", text_of(history))  # without the numbers, which may change at each step
            if "too early" not in words and said[-1:] != [words]:
                said.append(words)
    assert len(said) <= 2, said


def test_a_part_that_has_recovered_has_so_until_it_is_clearly_worse_again() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("residual", False))
    for event in story.trained(60, begin=4.8, end=4.8):
        history.add(event)
    history.add(story.flipped("residual", True))
    for loss, is_back in ((2.05, True), (2.12, True), (2.2, False), (2.12, False)):
        for event in story.trained(20, begin=loss, end=loss):
            history.add(event)
        assert ("has recovered" in text_of(history)) is is_back


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


def test_after_the_next_validation_a_number_is_judged_by_it() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.adjusted("lr", 0.06, 0.002))
    for event in (*story.trained(30, begin=2.7, end=2.7), story.measured(2.73)):
        history.add(event)
    verdict = judge(history)
    assert verdict.text == (
        "Since lr went from 0.002 to 0.06 (step 50) val rose from 2.00 to 2.73, back above the 2-gram line (2.40): "
        "it no longer uses context longer than one character."
    )
    assert verdict.tone == "bad"
    history.add(story.flipped("dropout", False))
    for event in (*story.trained(30, begin=2.7, end=2.7), story.measured(2.72)):
        history.add(event)
    assert text_of(history).startswith("Since lr went from 0.002 to 0.06 (step 50) val rose from 2.00 to 2.72")


def test_the_1_gram_line_is_no_good_news() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=3.4, end=3.2), story.measured(3.18))
    assert "on the 1-gram line" in text_of(history)
    assert judge(history).tone == "open"
    assert judge(at(2.9)).tone == "good"


def test_a_loss_that_fell_anyway_is_no_credit_to_a_switch() -> None:
    story = Story()
    history = told(story.started(), story.trained(40, begin=4.2, end=3.4), story.measured(3.5))
    history.add(story.flipped("dropout", False))
    for event in story.trained(10, begin=3.2, end=3.0):
        history.add(event)
    assert "the training loss goes on falling" in text_of(history)
    assert text_of(history).endswith("It fell before too, so that proves nothing yet.")
    assert judge(history).tone == "open"


def test_a_loss_that_stood_still_and_falls_then_is_one() -> None:
    story = Story()
    history = told(story.started(), story.trained(60, begin=3.0, end=3.0), story.measured(3.0))
    history.add(story.flipped("dropout", False))
    for event in story.trained(10, begin=2.5, end=2.4):
        history.add(event)
    assert text_of(history).startswith("Since dropout is off (step 60) the training loss fell from 3.00 to 2.4")


def test_a_part_that_is_back_only_recovers_what_its_absence_cost() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("residual", False))
    for event in story.trained(60, begin=4.8, end=4.8):
        history.add(event)
    history.add(story.flipped("residual", True))
    for event in story.trained(6, begin=3.0, end=3.0):
        history.add(event)
    assert text_of(history) == (
        "Since residual is on again (step 110) the training loss recovers: 4.79 then and 3.00 now; "
        "it was 2.00 before step 50."
    )
    assert judge(history).tone == "open"
    for event in story.trained(20, begin=2.05, end=2.05):
        history.add(event)
    assert text_of(history).endswith("the training loss has recovered: 2.05, and it was 2.00 before step 50.")


def test_a_jump_that_is_over_is_told_and_not_called_a_fall() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("mlp", False))
    for loss in (4.0, 2.05):
        for event in story.trained(20, begin=loss, end=loss):
            history.add(event)
    assert text_of(history).endswith("is as it was, 2.00 and now 2.05, so far, after a jump to 4.00.")


def test_two_switches_within_a_few_steps_are_judged_as_one() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=2), story.measured(2.0))
    history.add(story.flipped("residual", False))
    for event in story.trained(10, begin=4.8, end=4.8):
        history.add(event)
    history.add(story.flipped("mlp", False))
    for event in story.trained(10, begin=3.4, end=3.4):
        history.add(event)
    assert text_of(history).startswith(
        "Since residual is off and mlp is off (step 60) the training loss rose from 2.00 to 3.4"
    )
    history.add(story.measured(3.3))
    assert "residual is off and mlp is off (step 60) val rose from 2.00 to 3.30" in text_of(history)


@pytest.mark.parametrize(
    ("lines", "val", "words"),
    [
        (
            (5.2, 5.0, 4.98, 4.97),
            4.9,
            "past the 2- to 4-gram lines (4.97), which all but coincide: it uses context longer",
        ),
        (
            (5.2, 5.18, 5.17, 5.17),
            5.0,
            "past the 1- to 4-gram lines (5.17), which all but coincide: it uses context, how",
        ),
        (
            (5.2, 4.0, 3.0, 2.98),
            2.9,
            "past the 3- to 4-gram lines (2.98), which all but coincide: it uses context longer",
        ),
    ],
)
def test_lines_that_coincide_prove_no_longer_context(lines: tuple[float, ...], val: float, words: str) -> None:
    names = ("1-gram", "2-gram", "3-gram", "4-gram")
    story = Story(references={"uniform": 6.0, **dict(zip(names, lines, strict=True))})
    history = told(story.started(), story.trained(50, begin=val, end=val), story.measured(val))
    assert words in text_of(history)
    assert "longer than three" not in text_of(history)


def test_what_was_flipped_later_is_not_the_reason_for_what_was_dead_before() -> None:
    story = Story()
    history = told(story.started())
    for number in range(4):
        for event in (*story.trained(25, begin=3.17, end=3.17), story.measured(3.17)):
            history.add(event)
        if number == 1:
            history.add(story.flipped("mlp", False))
    assert "has stayed on the 1-gram line" in text_of(history)
    assert "MLP" not in text_of(history)
    assert "mlp" not in text_of(history)


# Runs that really were trained


def test_without_the_causal_mask_far_below_the_lines_it_reads_the_answer() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.trained(50, begin=0.3, end=0.3), story.measured(0.2))
    assert text_of(history) == (
        "Leak: val 0.20 is below the floor (0.35), less than the text leaves open: without the causal mask it reads "
        "the answer."
    )


def test_without_the_causal_mask_the_4_gram_line_is_out_of_reach_too() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.trained(50, begin=1.0, end=0.9), story.measured(0.9))
    assert text_of(history) == (
        "Leak: val 0.90 is far below the 4-gram line (1.19) while the causal mask is off: it reads the answer."
    )


def test_without_the_causal_mask_no_line_proves_anything() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.stepped(2.0), story.measured(2.0))
    assert text_of(history) == (
        "The causal mask is off, so each position sees the very character it is to predict: val 2.00 is no measure of "
        "prediction."
    )


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
    assert text_of(history).endswith(", so it may only be learning the text by heart.")
    for event in story.trained(50, begin=5.0, end=5.0):
        history.add(event)
    assert text_of(history).endswith("where guessing is 4.25. Nothing is held back.")


def test_a_jump_right_after_a_flip_is_told_by_the_sentence_alone(tmp_path: Path) -> None:
    story, session = Story(), Session(Home(tmp_path))
    before = [story.started(), *story.trained(50, begin=2, end=2)]
    spiked = Spiked(step=53, loss=4.0, usual=2.0)
    aloud = [saying.text for item in (*before, spiked) for saying in session._take(item)]
    assert aloud == ["The loss jumped to 4.000 nats at step 53; usual was about 2.000."]
    said = [saying for item in (story.flipped("residual", False), spiked) for saying in session._take(item)]
    assert said == []
    session.close()
