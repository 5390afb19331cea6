"""A run that goes on is the run that never stopped: in its numbers, in its log, and in what it says of itself."""

from dataclasses import replace

import pytest
import torch

from gpt2mini.ablations import Ablations
from gpt2mini.checkpoint import load_resumable
from gpt2mini.commands import Set, Stop
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import DataError, UsageError
from gpt2mini.events import Event, Finished, Noticed, Probed, Saved, StepDone
from gpt2mini.runs import Run, Store
from gpt2mini.starting import new_run, resume_run
from gpt2mini.trainer import Trainer


def losses(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.loss, event.grad_norm) for event in events if isinstance(event, StepDone)]


def steps_of(events: list[Event], kind: type[Event]) -> list[int]:
    return [event.step for event in events if isinstance(event, kind)]


def stopped(trainer: Trainer, at: int) -> tuple[Run, list[Event]]:
    """Train until after a step; return the run and what was said."""
    events: list[Event] = []
    for event in trainer:
        events.append(event)
        if isinstance(event, StepDone) and event.step == at:
            trainer.send(Stop())
    assert trainer.run is not None
    return trainer.run, events


def test_resume_is_exact_to_the_bit(config: Config, corpus: Corpus, store: Store) -> None:
    whole = new_run(config, corpus, store, name="whole")
    expected = list(whole)
    parted = new_run(config, corpus, store, name="parted")
    before: list[Event] = []
    for event in parted:
        before.append(event)
        if isinstance(event, StepDone) and event.step == 6:
            parted.send(Stop())
    assert parted.run is not None
    assert before[-1].step == 6
    after = list(resume_run(parted.run, corpus))
    assert losses(before) + losses(after) == losses(expected)

    assert whole.run is not None
    ends = [load_resumable(run.path / "step-000010") for run in (whole.run, parted.run)]
    for name, tensor in ends[0].moments.items():
        assert torch.equal(tensor, ends[1].moments[name]), name
    weights = [dict(end.checkpoint.model.named_parameters()) for end in ends]
    for name, parameter in weights[0].items():
        assert torch.equal(parameter, weights[1][name]), name


def test_resume_takes_a_new_total_and_keeps_the_switches(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(config, corpus, store)
    trainer.send(Set(name="residual", value=False))
    list(trainer)
    assert trainer.run is not None
    with pytest.raises(UsageError, match="10 of 10 steps already"):
        resume_run(trainer.run, corpus)
    again = resume_run(trainer.run, corpus, steps=12)
    events = list(again)
    assert steps_of(events, StepDone) == [11, 12]
    assert again.ablations == Ablations(residual=False)
    story = list(trainer.run.events())
    assert steps_of(story, StepDone) == list(range(1, 13))


def test_resume_takes_the_newest_checkpoint_that_is_sound_and_says_so(
    config: Config, corpus: Corpus, store: Store
) -> None:
    trainer = new_run(config, corpus, store)
    expected = list(trainer)
    assert trainer.run is not None
    for name in ("step-000010", "step-000008"):
        victim = trainer.run.path / name / "optimizer.safetensors"
        victim.write_bytes(victim.read_bytes()[:-1] + b"?")
    events = list(resume_run(trainer.run, corpus))
    said = [event.text for event in events if isinstance(event, Noticed)]
    assert [text.split(":")[0] for text in said] == ["Passed over step-000010", "Passed over step-000008"]
    assert losses(events) == losses(expected)[4:]
    assert steps_of(events, Saved) == [4, 8, 10]
    assert [entry.problem for entry in trainer.run.checkpoints()] == ["", "", ""]
    assert trainer.run.summary().status == "done"


def test_a_new_total_stays_with_the_run(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(config, corpus, store)
    list(trainer)
    assert trainer.run is not None
    longer = resume_run(trainer.run, corpus, steps=30)
    longer.send(Stop())
    list(longer)
    summary = trainer.run.summary()
    assert (summary.status, summary.step, summary.steps) == ("stopped", 10, 30)
    assert resume_run(trainer.run, corpus).config.train.steps == 30


def test_resume_refuses_another_text(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(config, corpus, store)
    list(trainer)
    assert trainer.run is not None
    with pytest.raises(DataError, match="not the one"):
        resume_run(trainer.run, replace(corpus, fingerprint="other"), steps=20)


def test_a_run_that_is_gone_on_with_is_looked_into_at_the_steps_it_would_have_been(
    config: Config, corpus: Corpus, store: Store
) -> None:
    often = replace(config, train=replace(config.train, probe_every=4))
    whole = list(new_run(often, corpus, store, name="whole"))
    run, _ = stopped(new_run(often, corpus, store, name="parted"), 6)
    list(resume_run(run, corpus))
    looks = [[event for event in story if isinstance(event, Probed)] for story in (whole, run.events())]
    assert looks[0] == looks[1]
    assert steps_of(looks[0], Probed) == [1, 4, 8, 10]


def test_a_run_that_is_gone_on_with_knows_its_numbers_before_it_takes_a_step(
    config: Config, corpus: Corpus, store: Store
) -> None:
    run, before = stopped(new_run(config, corpus, store), 6)
    again = resume_run(run, corpus)
    again.send(Stop())
    first, second = before[-1], list(again)[-1]
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert (second.step, second.loss, second.val_loss) == (6, first.loss, first.val_loss)
    assert [event.val_loss for event in run.events() if isinstance(event, Saved)][-1] == first.val_loss
