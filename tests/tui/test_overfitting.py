"""A text learnt by heart is told from one that is only hard, by val and by its gap to the training loss."""

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from story import Story, told


def text_of(history: History) -> str:
    return judge(history).text


def test_val_rising_while_training_falls_is_overfitting() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=2, end=1.5), story.measured(1.52))
    for event in (*story.trained(50, begin=1.4, end=1.0), story.measured(1.61)):
        history.add(event)
    assert text_of(history).startswith("Overfitting: val rose from 1.52 (step 50) to 1.61 while the training loss fell")


def test_a_training_loss_that_runs_ahead_of_val_is_overfitting_before_val_rises() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=3, end=2.6), story.measured(2.6))
    for train, val in ((2.2, 2.5), (2.0, 2.45), (1.8, 2.4)):
        for event in (*story.trained(50, begin=train, end=train), story.measured(val)):
            history.add(event)
    verdict = judge(history)
    assert verdict.text.startswith("Overfitting: the gap between val (2.40) and the training loss (1.80) grew from")
    assert verdict.text.endswith("more and more of what it learns holds for this text only.")
    assert verdict.tone == "open"


def test_val_that_rises_under_heavy_dropout_is_not_overfitting() -> None:
    story = Story()  # as a run with dropout 0.9 was recorded: it trains like one that counts characters
    history = told(story.started(), story.trained(50, begin=4.2, end=3.4), story.measured(3.23))
    for event in (*story.trained(50, begin=3.2, end=3.15), story.measured(3.43), story.measured(3.43)):
        history.add(event)
    assert "Overfitting" not in text_of(history)


def test_a_training_loss_that_fell_with_dropout_is_no_sign_of_overfitting() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=4, end=2.6), story.measured(2.0))
    history.add(story.adjusted("dropout", 0.0, 0.9))
    for event in (*story.trained(50, begin=2.0, end=2.0), story.measured(2.07)):
        history.add(event)
    assert "Overfitting" not in text_of(history)


def test_a_text_that_is_harder_from_the_beginning_is_not_overfitting() -> None:
    story = Story()
    history = told(story.started())
    for train in (2.6, 2.4, 2.2, 2.0):
        for event in (*story.trained(50, begin=train, end=train), story.measured(train + 0.3)):
            history.add(event)
    assert "Overfitting" not in text_of(history)


def test_a_gap_without_the_causal_mask_is_a_leak_and_no_overfitting() -> None:
    story = Story(on=Ablations(causal_mask=False))
    history = told(story.started(), story.trained(50, begin=3, end=2.6), story.measured(2.6))
    for event in (*story.trained(50, begin=1.0, end=0.2), story.measured(0.9), story.measured(0.9)):
        history.add(event)
    assert text_of(history).startswith("Leak: val 0.90")


SHAKESPEARE_12K = [
    (2.945, 2.996), (2.636, 2.502), (2.598, 2.368), (2.567, 2.269), (2.502, 2.178), (2.486, 2.108), (2.501, 2.078)
]  # fmt: skip
STDLIB = [
    (2.716, 2.669),
    (2.541, 2.446),
    (2.433, 2.304),
    (2.321, 2.241),
    (2.258, 2.075),
    (2.200, 2.070),
    (2.160, 2.018),
]
"""Val and training loss as runs of 2 layers, 64 wide, without dropout, at lr 3e-3, came by them."""


@pytest.mark.parametrize(("recorded", "overfits"), [(SHAKESPEARE_12K, True), (STDLIB, False)])
def test_a_recorded_run_on_a_short_text_overfits_and_one_on_a_long_text_does_not(
    recorded: list[tuple[float, float]], overfits: bool
) -> None:
    story = Story()
    history, found = told(story.started()), []
    for val, train in recorded:
        for event in (*story.trained(50, begin=train, end=train), story.measured(val)):
            history.add(event)
        found.append("Overfitting" in text_of(history))
    assert found == [overfits and at >= 4 for at in range(len(recorded))]


def gaps(*wide: float) -> list[str]:
    """Return the verdicts on a run whose val falls slowly while its gap to the training loss takes these values."""
    story = Story()
    history, found = told(story.started()), []
    for place, gap in enumerate(wide):
        val = 2.9 - 0.03 * place
        for event in (*story.trained(50, begin=val - gap, end=val - gap), story.measured(val)):
            history.add(event)
        found.append(text_of(history).split(":")[0])
    return found


@pytest.mark.parametrize("wobble", [(0.27, 0.23, 0.26, 0.24), (0.29, 0.2, 0.2, 0.27), (0.2, 0.28, 0.21, 0.21)])
def test_a_gap_that_wobbles_about_its_limit_gets_one_word_all_along(wobble: tuple[float, ...]) -> None:
    assert "Overfitting" not in gaps(0.0, 0.1, *(0.23, 0.27) * 8)
    assert set(gaps(0.0, 0.1, 0.3, 0.35, *wobble * 6)[3:]) == {"Overfitting"}


def test_a_gap_that_has_closed_is_no_longer_overfitting() -> None:
    found = gaps(0.0, 0.3, 0.32, 0.3, 0.1, 0.3, 0.05, 0.04, 0.05)
    assert [word == "Overfitting" for word in found] == [False] * 2 + [True] * 5 + [False] * 2


def test_val_rising_together_with_training_is_not_overfitting() -> None:
    story = Story()
    history = told(story.started(), story.trained(50, begin=1.5, end=1.5), story.measured(1.52))
    for event in (*story.trained(50, begin=1.7, end=1.7), story.measured(1.71)):
        history.add(event)
    assert "Overfitting" not in text_of(history)


def risen(*rises: float) -> list[str]:
    """Return the verdicts on a run whose val stands so far above its best while the training loss falls."""
    story = Story()
    history, found = told(story.started(), story.trained(50, begin=2, end=1.8), story.measured(1.82)), []
    for place, rise in enumerate(rises):
        train = 1.7 - 0.01 * place
        for event in (*story.trained(50, begin=train, end=train), story.measured(1.82 + rise)):
            history.add(event)
        found.append(text_of(history).split(":")[0])
    return found


@pytest.mark.parametrize("wobble", [(0.04, 0.06), (0.06, 0.01, 0.04), (0.05, 0.03, 0.01, 0.05)])
def test_a_rise_that_wobbles_about_its_limit_gets_one_word_all_along(wobble: tuple[float, ...]) -> None:
    assert set(risen(0.06, *wobble * 5)) == {"Overfitting"}


def test_a_rise_that_has_come_back_is_no_longer_overfitting() -> None:
    assert [word == "Overfitting" for word in risen(0.03, 0.06, 0.01, 0.01, 0.03, 0.06)] == [
        False, True, True, False, False, True,
    ]  # fmt: skip
    assert risen(0.06, -0.03)[1] != "Overfitting"  # a new best


def test_the_ending_of_a_sentence_on_the_gap_does_not_flicker_while_val_stands_still() -> None:
    story = Story()
    history, tones = told(story.started()), []
    vals = [2.9, 2.8, 2.7, 2.6, *(2.55, 2.565) * 6]
    for place, val in enumerate(vals):
        gap = min(0.1 * place, 0.4) + 0.01 * place
        for event in (*story.trained(50, begin=val - gap, end=val - gap), story.measured(val)):
            history.add(event)
        tones.append(judge(history).tone if "Overfitting: the gap" in text_of(history) else "")
    said = [tone for tone in tones if tone]
    turn = said.index("bad")
    assert set(said[:turn]) == {"open"}
    assert set(said[turn:]) == {"bad"}
