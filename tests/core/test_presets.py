"""Presets are runs that can be made, and their time is what was measured here or nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.config import Config, ModelConfig
from gpt2mini.cores import usable_cores
from gpt2mini.errors import UsageError
from gpt2mini.paths import Home
from gpt2mini.presets import PRESETS, Measured, PresetTimes, read_measured, with_preset, write_measured

PLAIN = Config(model=ModelConfig(vocab_size=65))
FOUND = Measured(
    cores=usable_cores(),
    torch="2.6",
    limit_one=5e10,
    limit_all=1e11,
    tokens_per_second=18_000.0,
    share_of_limit=0.6,
    generated_per_second=3_000.0,
    threads=2,
    presets={"tiny": PresetTimes(step=0.02, evaluation=0.1, sample=0.05)},
)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fixes_size_and_length_and_nothing_else(name: str) -> None:
    made = with_preset(PLAIN, name)
    assert made.model.vocab_size == 65
    assert (made.data, made.ablations) == (PLAIN.data, PLAIN.ablations)
    assert made.train.seed == PLAIN.train.seed


def test_what_was_asked_for_beside_a_preset_wins() -> None:
    made = with_preset(PLAIN, "tiny", model={"n_layer": 3}, train={"steps": 7})
    assert (made.model.n_layer, made.model.n_embd, made.train.steps) == (3, 64, 7)
    with pytest.raises(UsageError, match="not divisible"):
        with_preset(PLAIN, "tiny", model={"n_head": 5})


def test_the_time_of_a_run_is_its_steps_and_what_happens_between_them() -> None:
    config = replace(PLAIN, train=replace(PLAIN.train, steps=100, eval_every=50, sample_every=0))
    assert FOUND.seconds("tiny", config) == pytest.approx(100 * 0.02 + 3 * 0.1 + 1 * 0.05)
    assert FOUND.seconds("small", config) is None


def test_what_was_measured_is_read_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_measured(home) is None
    write_measured(home, FOUND)
    assert read_measured(home) == FOUND


def test_what_was_measured_on_other_cores_says_nothing(tmp_path: Path) -> None:
    write_measured(Home(tmp_path), replace(FOUND, cores=usable_cores() + 1))
    assert read_measured(Home(tmp_path)) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": 1, "cores": "\xff"}', b'{"format": 2}'])
def test_a_damaged_measurement_is_none(content: bytes, tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_measured(home, FOUND)
    next(home.data.glob("*.json")).write_bytes(content)
    assert read_measured(home) is None
