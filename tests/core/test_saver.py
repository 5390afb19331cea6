"""Saving goes on beside training, and whatever the disk or a person does to the run folder, training goes on too."""

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from gpt2mini.ablations import Ablations
from gpt2mini.checkpoint import load_resumable
from gpt2mini.commands import Pause, Save, Set, Stop
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.devices import differences, facts
from gpt2mini.entries import best
from gpt2mini.errors import OutOfMemoryError
from gpt2mini.events import Evaluated, Event, Finished, Noticed, Paused, Sampled, Saved, SaveFailed, Spiked, StepDone
from gpt2mini.footprint import memory_watched, physical_memory, training_memory
from gpt2mini.kernels import Kernels
from gpt2mini.runs import Run, Store
from gpt2mini.spikes import Usual
from gpt2mini.starting import new_run, resume_run
from gpt2mini.trainer import Trainer


@pytest.fixture
def trainer(config: Config, corpus: Corpus, store: Store) -> Trainer:
    return new_run(config, corpus, store, name="run")


def run_of(trainer: Trainer) -> Run:
    assert trainer.run is not None
    return trainer.run


def kinds(events: list[Event], *wanted: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, wanted)]


def test_the_order_of_events_does_not_depend_on_the_disk(config: Config, corpus: Corpus, store: Store) -> None:
    orders = [[(type(event), event.step) for event in new_run(config, corpus, store)] for _ in range(3)]
    assert orders[0] == orders[1] == orders[2]
    assert (Saved, 8) in orders[0]


def test_what_is_saved_is_the_model_at_that_step_and_not_a_later_one(
    config: Config, corpus: Corpus, store: Store
) -> None:
    trainer = new_run(replace(config, train=replace(config.train, save_every=1, keep=0)), corpus, store)
    kept: dict[int, torch.Tensor] = {}
    for event in trainer:
        if isinstance(event, StepDone):
            kept[event.step] = trainer._learner.model.tok_emb.weight.detach().clone()
    saved = {entry.step: load_resumable(entry.path).checkpoint.model for entry in run_of(trainer).checkpoints()}
    assert saved.keys() == kept.keys()
    assert all(torch.equal(saved[step].tok_emb.weight, kept[step]) for step in kept)


def test_before_a_pause_everything_is_on_the_disk(trainer: Trainer) -> None:
    events = iter(trainer)
    until(events, StepDone)
    trainer.send(Save())
    trainer.send(Pause())
    seen = until(events, Paused)
    assert kinds(seen, Saved)
    trainer.send(Save())
    trainer.send(Stop())
    list(events)


def until(events: Iterator[Event], kind: type[Event]) -> list[Event]:
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, kind):
            break
    return seen


@pytest.mark.parametrize("fate", ["deleted", "renamed", "replaced"])
def test_a_run_folder_that_goes_away_is_said_and_training_goes_on(fate: str, trainer: Trainer) -> None:
    path = run_of(trainer).path
    events = iter(trainer)
    until(events, StepDone)
    if fate == "deleted":
        shutil.rmtree(path)
    else:
        path.rename(path.with_name("elsewhere"))
    if fate == "replaced":
        path.mkdir()
    seen = list(events)
    assert [event.step for event in kinds(seen, StepDone)] == list(range(2, 11))
    assert not kinds(seen, Saved)
    assert "moved, deleted or replaced" in kinds(seen, SaveFailed)[0].why
    assert list(path.iterdir()) == [] if fate == "replaced" else not path.exists()


def test_a_folder_that_comes_back_is_saved_to_again(trainer: Trainer) -> None:
    path = run_of(trainer).path
    events = iter(trainer)
    until(events, StepDone)
    path.rename(path.with_name("elsewhere"))
    assert kinds(until(events, SaveFailed), SaveFailed)
    path.with_name("elsewhere").rename(path)
    assert [event.step for event in kinds(list(events), Saved)] == [8, 10]
    assert run_of(trainer).summary().status == "done"


def test_what_a_killed_writer_left_is_cleared_away(trainer: Trainer, corpus: Corpus) -> None:
    trainer.send(Stop())
    list(trainer)
    run = run_of(trainer)
    (run.path / ".step-000004-abc").mkdir()
    (run.path / ".step-000004-abc" / "model.safetensors").write_bytes(b"half")
    list(resume_run(run, corpus))
    assert not list(run.path.glob(".step-*"))


def test_weights_that_are_not_finite_are_not_saved(trainer: Trainer) -> None:
    seen = []
    for event in trainer:
        seen.append(event)
        if isinstance(event, StepDone) and event.step == 6:
            with torch.no_grad():
                trainer._learner.model.ln_f.bias[0] = math.nan
    assert [event.step for event in kinds(seen, Saved)] == [4]
    assert "ln_f.bias is not finite" in kinds(seen, SaveFailed)[0].why
    assert [entry.step for entry in run_of(trainer).checkpoints()] == [4]


@pytest.mark.parametrize("cut_short", [Evaluated, Sampled])
def test_what_a_stop_cut_short_is_done_after_resuming(
    cut_short: type[Event], config: Config, corpus: Corpus, store: Store
) -> None:
    whole = list(new_run(config, corpus, store, name="whole"))
    trainer = new_run(config, corpus, store, name="parted")
    before: list[Event] = []
    for event in trainer:
        before.append(event)
        if event.step == 4 and isinstance(event, StepDone if cut_short is Evaluated else Evaluated):
            trainer.send(Stop())
    assert 4 not in [event.step for event in kinds(before, cut_short)]
    list(resume_run(run_of(trainer), corpus))
    story = [event for event in run_of(trainer).events() if isinstance(event, Evaluated | Sampled)]
    assert story == kinds(whole, Evaluated, Sampled)


def test_a_loss_measured_without_the_mask_is_not_that_of_a_checkpoint_with_it(
    config: Config, corpus: Corpus, store: Store
) -> None:
    train = replace(config.train, eval_every=4, save_every=0, keep=0)
    trainer = new_run(replace(config, train=train, ablations=Ablations(causal_mask=False)), corpus, store, name="run")
    for event in trainer:
        if isinstance(event, StepDone) and event.step == 5:
            for command in (Save(), Set(name="causal_mask", value=True)):
                trainer.send(command)
        if isinstance(event, StepDone) and event.step == 6:
            trainer.send(Save())
    entries = {entry.step: entry for entry in run_of(trainer).checkpoints()}
    assert [(step, entry.is_masked) for step, entry in entries.items()] == [(5, False), (6, True), (10, True)]
    assert math.isfinite(entries[5].val_loss)
    assert math.isnan(entries[6].val_loss)
    assert best(run_of(trainer).checkpoints()) == entries[10]


def test_another_torch_is_said_at_resume(config: Config, corpus: Corpus, store: Store, monkeypatch: Any) -> None:
    trainer = new_run(config, corpus, store)
    trainer.send(Stop())
    list(trainer)
    again = resume_run(run_of(trainer), corpus, threads=3)
    again.send(Stop())
    assert not kinds(list(again), Noticed)
    monkeypatch.setattr(torch, "__version__", "9.9.9")
    said = kinds(list(resume_run(run_of(trainer), corpus)), Noticed)
    assert "not to the bit: torch was " in said[0].text
    assert said[0].text.endswith("and is 9.9.9.")


def test_facts_that_an_old_checkpoint_does_not_know_are_no_difference() -> None:
    now = facts(Kernels())
    assert differences({}, now) == differences(now, now) == ""
    assert "device was mps and is cpu" in differences({**now, "device": "mps"}, now)


def test_a_jump_of_the_loss_is_an_event_and_noise_is_not() -> None:
    usual, spikes = Usual(), []
    losses = [4.0 - 0.02 * step + 0.1 * (-1) ** step for step in range(60)] + [5.0, 5.1, 5.2] + [2.9] * 10
    for step, loss in enumerate(losses):
        if usual.is_spike(loss):
            spikes.append(step)
        usual = usual.after(loss)
    assert spikes == [60]


def test_a_spike_is_told_and_the_usual_survives_resuming(config: Config, corpus: Corpus, store: Store) -> None:
    train = replace(config.train, steps=40, lr=1e-2, eval_every=0, sample_every=0, save_every=0, keep=0)

    def go_on(trainer: Trainer, stop_at: int) -> None:
        for event in trainer:
            if isinstance(event, StepDone) and event.step == 30:
                trainer.send(Set(name="mlp", value=False))
            if isinstance(event, StepDone) and event.step == stop_at:
                trainer.send(Stop())

    def story(name: str, stop_at: int) -> list[Event]:
        trainer = new_run(replace(config, train=train), corpus, store, name=name)
        go_on(trainer, stop_at)
        if stop_at < 40:
            go_on(resume_run(run_of(trainer), corpus), 40)
        return kinds(list(run_of(trainer).events()), StepDone, Spiked)

    whole, parted = story("whole", 40), story("parted", 25)
    assert [event.step for event in kinds(whole, Spiked)] == [31]
    assert [(type(one), one.step, one.loss) for one in whole] == [(type(one), one.step, one.loss) for one in parted]
    ends = [load_resumable(store.get(name).path / "step-000040").usual for name in ("whole", "parted")]
    assert ends[0] == ends[1]
    assert ends[0].count == 40


def test_out_of_memory_says_the_estimate_and_leaves_the_checkpoints(
    trainer: Trainer, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = iter(trainer)
    until(events, Saved)
    learner = trainer._learner

    def no_memory(*_: Any, **__: Any) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(learner._shards, "gradients", no_memory)
    with pytest.raises(OutOfMemoryError, match=r"by our estimate it takes 0\.0 GB, and this machine has \d+\.\d GB"):
        list(events)
    monkeypatch.undo()
    resumed = list(resume_run(run_of(trainer), corpus))
    assert isinstance(resumed[-1], Finished)
    assert resumed[-1].reason == "done"


def test_an_error_that_is_not_about_memory_stays_what_it_was(config: Config) -> None:
    with pytest.raises(RuntimeError, match="shapes"), memory_watched(config):
        raise RuntimeError("shapes do not match")


def test_a_model_that_cannot_fit_makes_no_folder(config: Config, corpus: Corpus, store: Store) -> None:
    huge = replace(config, model=replace(config.model, n_layer=256, n_embd=16384))
    assert training_memory(huge) > physical_memory()
    with pytest.raises(OutOfMemoryError, match="too large to train here"):
        new_run(huge, corpus, store)
    assert store.runs() == []


def test_a_trainer_that_cannot_begin_lets_go_of_the_run(
    trainer: Trainer, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gpt2mini.learner

    trainer.send(Stop())
    list(trainer)

    def no_memory(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(gpt2mini.learner, "GPT2Mini", no_memory)
    with pytest.raises(OutOfMemoryError):
        resume_run(run_of(trainer), corpus)
    assert not run_of(trainer).is_locked()
