"""Iterating trains; everything else is a command, an event, or a promise about bits."""

import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from gpt2mini.ablations import SWITCHES, Ablations
from gpt2mini.commands import Continue, Pause, Sample, Save, Set, Step, Stop
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import CannotCreateError, DataError, LockedError
from gpt2mini.events import (
    Continued,
    Evaluated,
    Event,
    Finished,
    Noticed,
    Paused,
    Sampled,
    Saved,
    SaveFailed,
    Skipped,
    Started,
    StepDone,
    Switched,
)
from gpt2mini.runs import Store
from gpt2mini.schedule import learning_rate
from gpt2mini.starting import fit, new_run, resume_run
from gpt2mini.trainer import Trainer


def losses(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.loss, event.grad_norm) for event in events if isinstance(event, StepDone)]


def steps_of(events: list[Event], kind: type[Event]) -> list[int]:
    return [event.step for event in events if isinstance(event, kind)]


def until(events: Iterator[Event], kind: type[Event]) -> Event:
    return next(event for event in events if isinstance(event, kind))


def test_a_run_tells_its_story_from_started_to_finished(config: Config, corpus: Corpus, store: Store) -> None:
    events = list(new_run(config, corpus, store))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert (events[-1].reason, events[-1].step) == ("done", 10)
    assert steps_of(events, StepDone) == list(range(1, 11))
    assert steps_of(events, Evaluated) == steps_of(events, Sampled) == [0, 4, 8, 10]
    assert steps_of(events, Saved) == [4, 8, 10]


def test_each_step_is_taken_at_the_rate_of_its_schedule(config: Config, corpus: Corpus) -> None:
    for on in (config.ablations, config.ablations.with_switch("warmup", False)):
        train = replace(config.train, warmup=3)
        events = Trainer(replace(config, train=train, ablations=on), corpus)
        rates = [event.lr for event in events if isinstance(event, StepDone)]
        assert rates == [learning_rate(step, train, warmup=on.warmup) for step in range(10)]


def test_the_log_on_disk_is_the_run(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(config, corpus, store)
    events = list(trainer)
    assert trainer.run is not None
    assert list(trainer.run.events()) == events


def test_training_learns(config: Config, corpus: Corpus) -> None:
    config = replace(config, train=replace(config.train, steps=60, eval_every=0, sample_every=0, lr=1e-2))
    events = list(Trainer(config, corpus))
    first, last = events[1], events[-1]
    assert isinstance(first, StepDone)
    assert isinstance(last, Finished)
    assert first.loss == pytest.approx(corpus.references["uniform"], rel=0.05)
    assert last.val_loss < corpus.references["1-gram"]


def test_the_same_seed_gives_the_same_bits_and_another_does_not(config: Config, corpus: Corpus) -> None:
    other = replace(config, train=replace(config.train, seed=1))
    first, again, different = (losses(list(Trainer(c, corpus))) for c in (config, config, other))
    assert first == again != different


def test_any_number_of_cores_gives_the_same_bits(config: Config, corpus: Corpus) -> None:
    one, two, three = (losses(list(Trainer(config, corpus, threads=threads))) for threads in (1, 2, 3))
    assert one == two == three


def test_nothing_that_is_looked_at_changes_the_training(config: Config, corpus: Corpus) -> None:
    quiet = replace(config, train=replace(config.train, eval_every=0, sample_every=0))
    every = {"eval_every": 1, "sample_every": 1, "probe_every": 1}
    curious = Trainer(replace(config, train=replace(config.train, **every)), corpus)
    watched = []
    for event in curious:
        torch.rand(3)  # somebody else draws from the global generator
        watched.append(event)
        if isinstance(event, StepDone):
            curious.snapshot()
            curious.send(Sample(prompt="two"))
    assert losses(watched) == losses(list(Trainer(quiet, corpus)))


def test_a_switch_is_confirmed_before_the_step_it_changes(config: Config, corpus: Corpus) -> None:
    quiet = replace(config, train=replace(config.train, eval_every=0, sample_every=0))
    trainer = Trainer(quiet, corpus)
    trainer.send(Set(name="residual", value=False))
    events = list(trainer)
    off = Ablations(residual=False)
    assert events[1] == Switched(step=0, name="residual", value=False, ablations=off)
    assert trainer.snapshot().result().model.ablations == off
    assert losses(events) == losses(list(Trainer(replace(quiet, ablations=off), corpus)))


@pytest.mark.parametrize("name", SWITCHES)
def test_no_live_switch_is_ignored_by_training(name: str, config: Config, corpus: Corpus) -> None:
    spec = SWITCHES[name]
    value = False if spec.kind is bool else next(choice for choice in spec.choices if choice != spec.default)
    train = replace(config.train, steps=6, warmup=3, grad_clip=0.1, weight_decay=10.0, eval_every=0, sample_every=0)
    plain = replace(config, train=train)
    flipped = replace(plain, ablations=plain.ablations.with_switch(name, value))
    assert losses(list(Trainer(plain, corpus))) != losses(list(Trainer(flipped, corpus)))


def test_a_switch_that_does_not_exist_is_said_and_training_goes_on(config: Config, corpus: Corpus) -> None:
    trainer = Trainer(config, corpus)
    trainer.send(Set(name="gravity", value=False))
    events = list(trainer)
    assert any(isinstance(event, Noticed) and "gravity" in event.text for event in events)
    assert steps_of(events, StepDone) == list(range(1, 11))


def test_a_paused_trainer_waits_steps_once_and_goes_on(config: Config, corpus: Corpus) -> None:
    quiet = replace(config, train=replace(config.train, eval_every=0, sample_every=0, probe_every=0))
    trainer = Trainer(quiet, corpus)
    for _ in range(2):  # the second says nothing new
        trainer.send(Pause())
    events = iter(trainer)
    assert isinstance(until(events, Paused), Paused)
    trainer.send(Step())
    assert [type(next(events)) for _ in range(3)] == [Continued, StepDone, Paused]
    answered = threading.Timer(0.05, trainer.send, [Continue()])
    answered.start()
    rest = list(events)
    assert isinstance(rest[0], Continued)
    assert steps_of(rest, StepDone) == list(range(2, 11))


def test_stop_is_obeyed_after_the_current_step_and_saves(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(config, corpus, store)
    seen: list[Event] = []
    for event in trainer:
        seen.append(event)
        if isinstance(event, StepDone) and event.step == 3:
            trainer.send(Stop())
    assert [type(event) for event in seen[-2:]] == [Saved, Finished]
    assert isinstance(seen[-1], Finished)
    assert (seen[-1].reason, seen[-1].step) == ("stopped", 3)


@pytest.mark.parametrize("at", [4, 10])
def test_no_validation_is_lost_to_a_stop(config: Config, corpus: Corpus, store: Store, at: int) -> None:
    often = replace(config, train=replace(config.train, eval_every=4, sample_every=4, save_every=0))
    whole = [(event.step, event.val_loss) for event in Trainer(often, corpus) if isinstance(event, Evaluated)]
    trainer = new_run(often, corpus, store)
    run = trainer.run
    assert run is not None
    for event in trainer:
        if isinstance(event, StepDone) and event.step == at:
            trainer.send(Stop())  # just before it is measured
    if at < 10:
        list(resume_run(run, corpus))
    seen = [(event.step, event.val_loss) for event in run.events() if isinstance(event, Evaluated)]
    assert seen == whole
    assert steps_of(run.events(), Sampled) == [0, 4, 8, 10]


def test_old_checkpoints_make_room_but_for_the_best_and_the_pinned(
    config: Config, corpus: Corpus, store: Store
) -> None:
    trainer = new_run(replace(config, train=replace(config.train, save_every=1, keep=2)), corpus, store)
    run = trainer.run
    assert run is not None
    for event in trainer:
        if isinstance(event, Saved) and event.step == 3:
            run.pin("step-000003")
    measured = {event.step: event.val_loss for event in run.events() if isinstance(event, Saved)}
    lowest = min(measured.values())
    top = max(step for step, loss in measured.items() if loss == lowest)
    assert [entry.step for entry in run.checkpoints()] == sorted({3, top, 9, 10})
    assert sorted(item.name for item in run.path.iterdir() if item.name.startswith(".")) == []


def test_save_and_sample_come_when_asked(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(replace(config, train=replace(config.train, save_every=0, sample_every=0)), corpus, store)
    seen: list[Event] = []
    for event in trainer:
        seen.append(event)
        if isinstance(event, StepDone) and event.step == 2:
            trainer.send(Save())
            trainer.send(Sample(prompt="three"))
    asked = [event for event in seen if isinstance(event, Sampled) and event.asked]
    assert [(event.step, event.prompt, len(event.text)) for event in asked] == [(2, "three", 12)]
    assert steps_of(seen, Saved) == [2, 10]


def test_a_snapshot_is_the_model_between_two_steps_and_stays_as_it_was(config: Config, corpus: Corpus) -> None:
    trainer = Trainer(config, corpus)
    events = iter(trainer)
    until(events, StepDone)
    wanted = trainer.snapshot()
    until(events, StepDone)
    taken = wanted.result(timeout=5)
    assert taken.step == 1
    kept = taken.model.tok_emb.weight.clone()
    list(events)
    assert torch.equal(taken.model.tok_emb.weight, kept)
    assert trainer.snapshot().result(timeout=5).step == 10


def test_numbers_that_are_not_finite_are_skipped_named_and_end_the_run(
    config: Config, corpus: Corpus, store: Store
) -> None:
    wild = replace(config, train=replace(config.train, steps=50, lr=1e9, grad_clip=1e9, warmup=0, save_every=0))
    trainer = new_run(replace(wild, ablations=Ablations(ln_style="none", grad_clip=False)), corpus, store)
    events = list(trainer)
    skipped = [event for event in events if isinstance(event, Skipped)]
    assert len(skipped) == 10
    assert skipped[0].tensor
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "diverged"


def test_only_skips_in_a_row_end_a_run(config: Config, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(replace(config, train=replace(config.train, steps=24, eval_every=0, sample_every=0)), corpus)
    compute = trainer._learner._shards.gradients

    def broken_at_every_other(*given: Any, step: int, **asked: Any) -> tuple[float, list[torch.Tensor]]:
        loss, gradients = compute(*given, step=step, **asked)
        return math.nan if step % 2 else loss, gradients

    monkeypatch.setattr(trainer._learner._shards, "gradients", broken_at_every_other)
    events = list(trainer)
    assert steps_of(events, Skipped) == list(range(2, 25, 2))
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "done"


def test_a_short_text_lowers_the_block_and_says_so(config: Config, corpus: Corpus) -> None:
    short = replace(corpus, train=corpus.train[:20])
    fitted, notices = fit(config, short)
    assert fitted.model.block_size == 19
    assert "block_size 24 became 19" in notices[0]
    assert fit(config, corpus) == (config, ())
    with pytest.raises(DataError, match="too short"):
        fit(config, replace(corpus, train=corpus.train[:1]))


def test_a_text_one_token_longer_than_the_block_trains(config: Config, corpus: Corpus) -> None:
    short = replace(corpus, train=corpus.train[:25], val=corpus.val[:3])
    assert steps_of(list(Trainer(config, short)), StepDone) == list(range(1, 11))


def test_without_text_held_back_nothing_is_validated(config: Config, corpus: Corpus) -> None:
    events = list(Trainer(config, replace(corpus, val=corpus.val[:0])))
    assert not steps_of(events, Evaluated)


def test_two_trainers_cannot_share_a_run(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(config, corpus, store, name="mine")
    assert trainer.run is not None
    with pytest.raises(LockedError, match="another process is training this run"):
        Trainer(config, corpus, run=trainer.run)
    list(trainer)
    with pytest.raises(CannotCreateError, match="already"):
        new_run(config, corpus, store, name="mine")


def test_a_save_that_failed_can_be_tried_again_at_the_same_step(config: Config, corpus: Corpus, store: Store) -> None:
    trainer = new_run(replace(config, train=replace(config.train, save_every=0)), corpus, store)
    assert trainer.run is not None
    events = iter(trainer)
    while not isinstance(next(events), StepDone):
        pass
    blocker = trainer.run.path / "step-000001"
    blocker.mkdir()
    for command in (Save(), Pause()):
        trainer.send(command)
    while not isinstance(next(events), SaveFailed):
        pass
    blocker.rmdir()
    trainer.send(Stop())
    assert Saved in {type(event) for event in events}
