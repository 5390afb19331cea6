"""What a run came to is a fold over its events, and no leak is its best."""

import math

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, ModelConfig
from gpt2mini.events import Evaluated, Event, Started, Switched
from gpt2mini.experiments.measure import Meter
from gpt2mini.settings import to_plain

OFF, ON = Ablations(causal_mask=False), Ablations()


def started(ablations: Ablations, step: int = 0) -> Started:
    return Started(
        step=step,
        run="it",
        config=to_plain(Config(model=ModelConfig(vocab_size=5), ablations=ablations)),
        parameters=10,
        device="cpu",
        threads=1,
        tokens_per_step=8,
        train_tokens=100,
        val_tokens=10,
        references={},
        versions={},
    )


def held(step: int, loss: float) -> Evaluated:
    return Evaluated(step=step, val_loss=loss, tokens=10)


def mask(step: int, ablations: Ablations) -> Switched:
    return Switched(step=step, name="causal_mask", value=ablations.causal_mask, ablations=ablations)


@pytest.mark.parametrize(
    ("events", "best"),
    [
        ([started(ON), held(0, 3.0), held(10, 2.0), held(20, 2.5)], 2.0),
        ([started(ON), held(0, 3.0), mask(5, OFF), held(10, 0.1), mask(15, ON), held(20, 2.5)], 2.5),
        ([started(OFF), held(0, 3.0), held(10, 0.1)], math.nan),
        ([started(OFF), held(0, 0.1), started(ON, step=10), held(10, 2.4)], 2.4),
        ([started(ON), held(0, 3.0), held(10, math.nan)], 3.0),
    ],
    ids=["masked", "a leak in the middle", "a leak throughout", "gone on with the mask", "not finite"],
)
def test_the_best_validation_is_one_at_which_the_model_had_to_predict(events: list[Event], best: float) -> None:
    measured = Meter.fold(events, 20).measured()
    assert measured.best_val == pytest.approx(best, nan_ok=True)
    assert len(measured.vals) == sum(isinstance(event, Evaluated) for event in events)
