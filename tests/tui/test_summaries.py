"""Every chart can be read as sentences."""

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.summaries import summary
from story import Story, told


def test_each_chart_has_a_sentence_with_its_numbers() -> None:
    story = Story(steps=400)
    parts = [story.started(), *story.trained(100, begin=4, end=2), story.measured(2.1), story.probed()]
    parts += [story.flipped("mlp", False), story.adjusted("grad_clip", 0.2, 1.0), story.skipped("loss")]
    text = "\n".join(summary(told(parts)))
    assert "Step 101 of 400, 6,400 tokens read." in text
    assert "falling; from 3.98 at first; lowest 2 at step 100, highest 3.98 at step 1." in text
    assert "Validation loss 2.100 at step 100, best 2.100 at step 100." in text
    assert "Reference lines: guessing 4.25, 1-gram 3.16" in text
    assert "Learning rate 0.001, steady" in text
    assert "Speed 1,000 tokens a second, steady; from 1,000 at first; lowest 1,000 at step 1" in text
    assert "Gradient norm of each block, at step 100: 0: 0.3, 1: 0.2." in text
    assert "Attention entropy of each block.head (nats), at step 100: 0.0: 1.8" in text
    assert "Switches flipped: mlp off at step 100." in text
    assert "Changed while it trained: grad clip from 1.0 to 0.2 at step 100." in text
    assert "1 step skipped" in text
    assert text.splitlines()[-1].startswith("Verdict: Step 101 was skipped")


def test_before_anything_was_measured_it_says_just_that() -> None:
    assert summary(History()) == [
        "Step 0 of 0, 0 tokens read.",
        "Verdict: Cannot tell yet: nothing has been measured.",
    ]
