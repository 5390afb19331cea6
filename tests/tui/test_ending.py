"""What is said when a run breaks down, when a part has recovered, and when no sample is there yet."""

from gpt2mini import events as say
from gpt2mini.ablations import Ablations
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from gpt2mini_tui.widgets.sample_pane import _awaited
from story import Story, told


def diverged(story: Story) -> list[say.Event]:
    return [*(story.skipped("loss") for _ in range(10)), story.finished("diverged")]


def test_a_diverged_run_names_what_was_changed_shortly_before_and_from_where_it_can_go_on() -> None:
    story = Story()
    before = [story.started(), *story.trained(80, begin=3, end=2), story.saved(), *story.trained(10, begin=2, end=2)]
    changed = [story.adjusted("lr", 5000.0, 0.001), *story.trained(5, begin=2, end=9), story.saved()]
    assert judge(told(before, changed, diverged(story))).text == (
        "Diverged at step 105, 6 steps after lr went from 0.001 to 5000.0: the numbers were not finite 10 times in a "
        "row, first in loss. It can go on from step 80, saved before that."
    )


def test_a_switch_that_was_set_shortly_before_is_named_too() -> None:
    story = Story()
    parts = [story.started(), *story.trained(80, begin=3, end=2), story.flipped("residual", False)]
    verdict = judge(told(parts, diverged(story)))
    assert "after residual was set to off: " in verdict.text
    assert verdict.aside == ""


def test_what_was_changed_long_before_is_not_to_blame() -> None:
    story = Story()
    parts = [story.started(), *story.trained(20, begin=3, end=2), story.adjusted("lr", 0.01, 0.001)]
    parts += [*story.trained(60, begin=2, end=2), story.saved()]
    verdict = judge(told(parts, diverged(story)))
    assert verdict.text.startswith("Diverged at step 90: the numbers were not finite 10 times in a row, first in loss.")
    assert verdict.aside == "It can go on from step 80, saved before that."


def test_only_the_skips_at_the_end_are_counted() -> None:
    story = Story()
    parts = [story.started(), story.skipped("h.0"), *story.trained(20, begin=3, end=2)]
    assert "10 times in a row, first in loss." in judge(told(parts, diverged(story))).text


def recovering(end: float) -> tuple[Story, History]:
    story = Story()
    history = told(story.started(), story.trained(100, begin=3, end=2.4), story.measured(2.4))
    for part in ([story.flipped("residual", False)], story.trained(20, begin=3.5, end=3.5), [story.measured(3.5)]):
        for event in part:
            history.add(event)
    for part in ([story.flipped("residual", True)], story.trained(20, begin=3.4, end=3.4), [story.measured(3.4)]):
        for event in part:
            history.add(event)
    for event in (*story.trained(25, begin=end, end=end), story.measured(end)):
        history.add(event)
    return story, history


def test_a_part_that_is_back_is_said_to_have_recovered_for_a_while() -> None:
    story, history = recovering(2.4)
    verdict = judge(history)
    assert verdict.text.startswith("Since residual is on again (step 120) the training loss has recovered, at step 15")
    assert verdict.text.endswith(" before step 100.")
    assert verdict.tone == "good"
    for event in story.trained(100, begin=2.4, end=2.4):
        history.add(event)
    assert "recovered" not in judge(history).text


def test_a_part_that_is_back_and_has_not_recovered_is_not_said_to() -> None:
    assert "recovered" not in judge(recovering(3.0)[1]).text


def test_progress_names_the_switches_it_is_made_with() -> None:
    story = Story(on=Ablations(activation="identity", ln_style="none"))
    parts = [story.started(), *story.trained(50, begin=3, end=2.4), story.measured(2.43)]
    verdict = judge(told(parts))
    assert verdict.text == (
        "Val 2.43 is past the 1-gram line (3.16): it uses context. This with ln style none, activation identity."
    )
    assert verdict.aside == "This with ln style none, activation identity."


def test_the_first_sample_of_a_fork_is_awaited_at_its_step() -> None:
    assert _awaited(told(Story().started())) == "The first sample comes with the first step."
    story = Story()
    story.step = 700
    history = told(story.started())
    assert _awaited(history) == "The first sample comes at step 800; g asks for one now."
    for event in story.trained(53, begin=2, end=2):
        history.add(event)
    assert _awaited(history) == "The first sample comes at step 800; g asks for one now."
    history.add(story.finished("stopped"))
    assert _awaited(history) == "No sample was taken."
