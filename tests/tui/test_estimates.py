"""How long a run takes is told by what was most like it, and what it is scaled by was measured."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.events import StepDone
from gpt2mini.paths import Home
from gpt2mini.runs import Manifest, Store
from gpt2mini_tui.screens.setup_reader import paces
from gpt2mini_tui.setup.estimates import Pace, is_told, nearest, seconds

Shape = tuple[int, int, int, int, int]
"""Layers, heads, width, block and batch."""
MEASURED: dict[Shape, float] = {
    (2, 4, 48, 32, 8): 6.04,
    (2, 4, 48, 16, 16): 9.08,
    (4, 4, 32, 32, 8): 10.47,
    (12, 4, 32, 16, 8): 21.41,
    (2, 4, 64, 64, 16): 24.83,
    (4, 4, 128, 64, 32): 203.6,
    (12, 4, 64, 64, 16): 126.4,
    (4, 4, 128, 256, 32): 875.1,
}
"""Milliseconds of CPU that a step took on one core: the sizes of cards, tiny, small, a deep one and the default."""
CARD = "tales-baseline-s0-12345678"


def of(shape: Shape) -> Config:
    layers, heads, width, block, batch = shape
    model = ModelConfig(vocab_size=70, n_layer=layers, n_head=heads, n_embd=width, block_size=block)
    return Config(model=model, train=TrainConfig(batch_size=batch, steps=1000, eval_every=0))


def pace_of(shape: Shape) -> Pace:
    return Pace(origin="", config=of(shape), tokens_per_second=shape[3] * shape[4] / MEASURED[shape] * 1000)


@pytest.mark.parametrize("known", MEASURED)
@pytest.mark.parametrize("asked", MEASURED)
def test_a_time_told_by_a_run_of_whatever_size_is_right_within_a_third(known: Shape, asked: Shape) -> None:
    told = seconds(of(asked), pace_of(known), cores=1) / 1000
    assert 0.67 < told / (MEASURED[asked] / 1000 * (1 + 4096 / 3 / 1000 / asked[3] / asked[4])) < 1.5


def test_the_run_of_a_card_tells_only_where_nothing_else_does() -> None:
    like, unlike = of((4, 4, 32, 32, 8)), of((4, 4, 128, 256, 32))
    card = Pace(origin="card", config=like, tokens_per_second=1.0, is_of_card=True)
    run = Pace(origin="run", config=unlike, tokens_per_second=1.0)
    assert nearest(like, [card, run]) is run
    assert nearest(like, [card]) is card
    assert is_told([card, run])
    assert not is_told([card])


def make(home: Home, name: str, shape: Shape, speeds: Iterable[float]) -> None:
    made = Manifest(config=of(shape), corpus={}, tokenizer={}, versions={})
    run = Store(home.checkpoints).create(made, name=name)
    with closing(run.open_log()) as log:
        for step, speed in enumerate(speeds, 1):
            log.append(StepDone(step=step, loss=1.0, grad_norm=1.0, lr=1.0, tokens_per_second=speed))


def test_every_shape_that_was_trained_lately_tells_by_what_its_steps_usually_took(tmp_path: Path) -> None:
    home, tiny, default = Home(tmp_path), (2, 4, 64, 64, 16), (4, 4, 128, 256, 32)
    make(home, "older", tiny, [1.0])
    make(home, "large", default, [300.0])
    make(home, "newer", tiny, [100.0, 5000.0, 120.0, 110.0, 3.0])
    make(home, CARD, (2, 4, 48, 32, 8), [7.0])
    make(home, "none", default, [])
    found = [each for each in paces(home) if each is not None][-1]
    told = {pace.origin: (pace.tokens_per_second, pace.is_of_card) for pace in found}
    assert told == {
        f"the pace of {CARD}": (7.0, True),
        "the pace of newer": (110.0, False),
        "the pace of large": (300.0, False),
    }
