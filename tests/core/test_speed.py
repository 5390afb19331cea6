"""What is measured of a machine is counted rightly and changes nothing."""

import itertools
import time

import pytest
import torch

from gpt2mini import shards
from gpt2mini.ablations import ALL_ON
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.learner import Learner
from gpt2mini.speed import product_rate, step_flops

SMALL = Config(
    model=ModelConfig(vocab_size=11, n_layer=1, n_head=2, n_embd=8, block_size=6), train=TrainConfig(batch_size=20)
)


def test_the_default_step_is_45_gflop_of_useful_work() -> None:
    assert step_flops(ModelConfig(vocab_size=65), 32) / 1e9 == pytest.approx(45.5, abs=0.1)


def test_the_rate_of_products_counts_what_they_multiply_and_add(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(seconds)))  # a look at the clock takes a second
    linear = 12 * SMALL.model.n_embd**2  # weights of a layer, each used forward and twice backward
    assert product_rate(SMALL.model, 1, seconds=2.5) == 2 * 3 * shards.SHARD_SIZE * SMALL.model.block_size * linear


def losses(*, chooses: bool) -> list[float]:
    ids = torch.randint(11, (20, 6), generator=torch.Generator().manual_seed(1))
    with Learner(SMALL, device="cpu", threads=3) as learner:
        if chooses:
            assert learner.choose_threads(ids, ids) in {1, 3}
        return [learner.step(ids, ids, on=ALL_ON, step=step, lr=1e-2).loss for step in range(3)]


@pytest.mark.parametrize("large", [0.0, 60.0], ids=["not measured", "measured"])
def test_choosing_threads_changes_no_number(large: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_LARGE", large)
    assert losses(chooses=True) == losses(chooses=False)
