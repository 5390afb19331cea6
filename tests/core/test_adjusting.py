"""A hyper-parameter is changed while it trains: at the next step, for good, and never to what cannot be."""

from dataclasses import replace

import pytest

from gpt2mini.commands import Adjust, Stop
from gpt2mini.config import ADJUSTABLE, Config
from gpt2mini.corpus import Corpus
from gpt2mini.events import (
    Adjusted,
    Event,
    Noticed,
    StepDone,
)
from gpt2mini.runs import Store
from gpt2mini.starting import new_run, resume_run
from gpt2mini.trainer import Trainer


def losses(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.loss, event.grad_norm) for event in events if isinstance(event, StepDone)]


def adjusting(trainer: Trainer, at: int, **values: float) -> list[Event]:
    """Train to the end, and change hyper-parameters after a step."""
    events = []
    for event in trainer:
        events.append(event)
        if isinstance(event, StepDone) and event.step == at:
            for name, value in values.items():
                trainer.send(Adjust(name=name, value=value))
    return events


@pytest.mark.parametrize("name", ADJUSTABLE)
def test_a_hyper_parameter_is_changed_before_the_next_step(name: str, config: Config, corpus: Corpus) -> None:
    train = replace(config.train, grad_clip=0.1, weight_decay=10.0, warmup=1)
    config = replace(config, train=train)
    plain, changed = list(Trainer(config, corpus)), adjusting(Trainer(config, corpus), 5, **{name: 0.02})
    assert losses(plain)[:5] == losses(changed)[:5]
    assert losses(plain)[7:] != losses(changed)[7:]
    told = [event for event in changed if isinstance(event, Adjusted)]
    assert [(event.step, event.name, event.value, event.was) for event in told] == [
        (5, name, 0.02, config.setting(name))
    ]


def test_a_changed_hyper_parameter_is_resumed_with(config: Config, corpus: Corpus, store: Store) -> None:
    whole = adjusting(new_run(config, corpus, store, name="whole"), 5, dropout=0.4, lr=1e-3)
    parted = new_run(config, corpus, store, name="parted")
    before: list[Event] = []
    for event in parted:
        before.append(event)
        if isinstance(event, StepDone) and event.step == 5:
            parted.send(Adjust(name="dropout", value=0.4))
            parted.send(Adjust(name="lr", value=1e-3))
        if isinstance(event, StepDone) and event.step == 7:
            parted.send(Stop())
    assert parted.run is not None
    after = list(resume_run(parted.run, corpus))
    assert losses(before) + losses(after) == losses(whole)


@pytest.mark.parametrize(("name", "value"), [("steps", 5), ("lr", -1.0), ("dropout", 2.0), ("lr", "x")])
def test_what_cannot_be_changed_is_said_and_training_goes_on(
    name: str, value: float, config: Config, corpus: Corpus
) -> None:
    trainer = Trainer(config, corpus)
    trainer.send(Adjust(name=name, value=value))
    events = list(trainer)
    assert any(isinstance(event, Noticed) and event.text.startswith("Not done") for event in events)
    assert [event.step for event in events if isinstance(event, StepDone)] == list(range(1, 11))


def test_a_clip_of_zero_is_no_clip(config: Config, corpus: Corpus) -> None:
    free = replace(config, train=replace(config.train, grad_clip=0.0))
    off = replace(config, ablations=replace(config.ablations, grad_clip=False))
    losses = [[event.loss for event in Trainer(one, corpus) if isinstance(event, StepDone)] for one in (free, off)]
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]
