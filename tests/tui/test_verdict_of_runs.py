"""What the verdict says of runs that were really trained, and of nothing that was made up."""

from pathlib import Path

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini.events import Event, Probed, Switched
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from real_runs import trained
from story import told


def text_of(history: History) -> str:
    return judge(history).text


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """Return a run whose residual connections are taken away at step 40."""
    return trained(tmp_path_factory.mktemp("broken"), layers=6, steps=80, flips={40: ("residual", False)})


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    return trained(tmp_path_factory.mktemp("healthy"), steps=60, lr=1e-2)


def until(events: list[Event], step: int) -> History:
    """Return how things stood when that many steps had been taken and measured."""
    return told([event for event in events if event.step <= step])


def test_a_healthy_run_goes_from_guessing_to_the_first_lines(healthy: list[Event]) -> None:
    assert "no better than guessing uniformly among 58 characters" in text_of(until(healthy, 0))
    verdict = judge(until(healthy, 60))
    assert "1-gram line" in verdict.text
    assert verdict.tone != "bad"


def test_a_real_run_without_residuals_is_dead_by_its_layers(broken: list[Event]) -> None:
    verdict = judge(until(broken, 80))
    assert verdict.tone == "bad"
    assert "positions alike (cosine 1.00)" in verdict.text
    assert "residual is off" in verdict.text


def test_two_steps_after_the_flip_only_the_layers_can_tell(broken: list[Event]) -> None:
    unseen = [event for event in broken if event.step <= 42 and not (isinstance(event, Probed) and event.step > 40)]
    assert text_of(told(unseen)) == "Since residual is off (step 40): too early to tell what it does."
    seen = text_of(until(broken, 42))
    assert seen.startswith("Since residual is off (step 40) it is dying: positions alike (cosine 1.00), the gradient")


def test_before_the_flip_the_same_run_was_not_dead(broken: list[Event]) -> None:
    before = [event for event in broken if event.step < 40 or not isinstance(event, Switched)]
    assert "Dead" not in text_of(told([event for event in before if event.step <= 40]))


def test_a_real_rate_that_is_a_thousand_times_too_high_explodes(tmp_path: Path) -> None:
    events = trained(tmp_path, steps=40, lr=3.0, warmup=0, on=Ablations(grad_clip=False))
    verdict = judge(until(events, 40))
    assert verdict.tone == "bad"
    assert verdict.text.startswith(("Exploding", "Val ", "Diverged"))
    assert not verdict.text.startswith("Val") or "worse than guessing" in verdict.text


def test_a_real_run_without_the_mask_is_no_measure_of_prediction(tmp_path: Path) -> None:
    events = trained(tmp_path, steps=20, on=Ablations(causal_mask=False))
    assert "The causal mask is off" in text_of(told(events))
