"""`bench` measures, says what it found, and keeps it; a preset is a plan like any other."""

import shlex

import pytest

from gpt2mini import speed
from gpt2mini.paths import Home
from gpt2mini.presets import PRESETS, read_measured
from small_lab import Lab
from test_options import planned


def test_a_preset_is_a_plan_whose_command_says_the_same() -> None:
    plan = planned("--preset", "tiny", "--steps", "12")
    assert (plan.config.model.n_layer, plan.config.train.batch_size, plan.config.train.steps) == (2, 16, 12)
    assert planned(*shlex.split(plan.command())[2:]) == plan


def test_an_unknown_preset_is_named_with_those_there_are(lab: Lab) -> None:
    result = lab.run("train", "--preset", "huge")
    assert result.exit_code == 2
    assert all(name in result.stderr for name in PRESETS)


@pytest.mark.slow
def test_bench_prints_and_keeps_what_it_measured(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "ROUNDS", 1)
    printed = lab.json("bench")
    kept = read_measured(Home(lab.home))
    assert kept is not None
    assert (printed["tokens_per_second"], printed["threads"]) == (kept.tokens_per_second, kept.threads)
    assert set(printed["preset_seconds"]) == set(PRESETS)
    assert 0 < printed["preset_seconds"]["tiny"] < printed["preset_seconds"]["medium"]
