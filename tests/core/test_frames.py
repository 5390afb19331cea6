"""Frames: the weights of a few steps, kept beside the checkpoints, bounded, gone with the run, and no one's burden."""

import math
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gpt2mini import frames, saver
from gpt2mini.checkpoint import Checkpoint, load_checkpoint, load_resumable, save_portable
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import CheckpointError
from gpt2mini.events import Event, Noticed, StepDone
from gpt2mini.frames import Frame, forget_after, frame_path, frames_of, is_frame_step
from gpt2mini.runs import Run, Store
from gpt2mini.starting import new_run, resume_run


@pytest.fixture
def longer(config: Config) -> Config:
    """Return a run of 32 steps that saves every 16."""
    train = replace(config.train, steps=32, batch_size=4, save_every=16, eval_every=16, sample_every=16)
    return replace(config, train=train)


def train(config: Config, corpus: Corpus, store: Store, name: str = "run") -> tuple[Run, list[Event]]:
    trainer = new_run(config, corpus, store, name=name)
    return Run(store.root / name), list(trainer)


def steps_of(run: Run) -> list[int]:
    return [frame.step for frame in frames_of(run.path)]


def test_two_frames_for_each_tenfold() -> None:
    due = [step for step in range(100_001) if is_frame_step(step)]
    assert due == [0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000]


def test_a_run_keeps_its_weights_at_the_steps_of_the_schedule(longer: Config, corpus: Corpus, store: Store) -> None:
    run, _ = train(longer, corpus, store)
    assert steps_of(run) == [0, 10, 30]
    kept = [load_checkpoint(frame.path) for frame in frames_of(run.path)]
    assert [(one.step, one.run) for one in kept] == [(0, "run"), (10, "run"), (30, "run")]
    assert [math.isnan(one.val_loss) for one in kept] == [False, True, True]  # measured at 0, 16 and 32
    assert all(frame.size == frame.path.stat().st_size for frame in frames_of(run.path))


def test_a_frame_holds_the_weights_of_its_step_to_the_bit(longer: Config, corpus: Corpus, store: Store) -> None:
    run, _ = train(replace(longer, train=replace(longer.train, save_every=10, keep=0)), corpus, store)
    for frame in frames_of(run.path)[1:]:
        saved = load_checkpoint(run.path / f"step-{frame.step:06d}").model.state_dict()
        kept = load_checkpoint(frame.path).model.state_dict()
        assert saved.keys() == kept.keys()
        assert all(torch.equal(value, kept[name]) for name, value in saved.items())


def test_keeping_frames_changes_no_number_and_no_event(longer: Config, corpus: Corpus, store: Store) -> None:
    with_frames, _ = train(longer, corpus, store, "with")
    without, _ = train(replace(longer, train=replace(longer.train, frames=False)), corpus, store, "without")
    assert steps_of(without) == []
    assert not (without.path / "frames").exists()

    def losses(run: Run) -> list[float]:
        return [event.loss for event in run.events() if isinstance(event, StepDone)]

    assert losses(with_frames) == losses(without)
    assert [type(event) for event in with_frames.events()] == [type(event) for event in without.events()]


def test_nothing_can_be_resumed_from_a_frame(longer: Config, corpus: Corpus, store: Store) -> None:
    run, _ = train(longer, corpus, store)
    with pytest.raises(CheckpointError, match="not a directory"):
        load_resumable(frames_of(run.path)[0].path)
    assert [entry.step for entry in run.checkpoints()] == [16, 32]


def test_a_run_that_goes_on_from_earlier_forgets_the_frames_of_its_former_future(
    longer: Config, corpus: Corpus, store: Store
) -> None:
    run, _ = train(longer, corpus, store)
    (run.path / "frames" / ".step-000030.safetensors.77").write_bytes(b"left by a crash")
    trainer = resume_run(run, corpus, checkpoint=run.path / "step-000016")
    assert steps_of(run) == [0, 10]
    assert sorted(os.listdir(run.path / "frames")) == ["step-000000.safetensors", "step-000010.safetensors"]
    list(trainer)
    assert steps_of(run) == [0, 10, 30]


def test_frames_go_to_the_trash_with_their_run_and_come_back(longer: Config, corpus: Corpus, store: Store) -> None:
    run, _ = train(longer, corpus, store)
    trashed = store.trash(run.path)
    assert steps_of(run) == []
    store.restore(trashed)
    assert steps_of(run) == [0, 10, 30]


def test_all_frames_of_a_run_together_stay_below_the_limit(
    longer: Config, corpus: Corpus, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = train(longer, corpus, store, "whole")
    size = frames_of(whole.path)[0].size
    monkeypatch.setattr(frames, "LIMIT", int(2.5 * size))
    run, events = train(longer, corpus, store)
    assert steps_of(run) == [0, 10]
    assert sum(frame.size for frame in frames_of(run.path)) <= frames.LIMIT
    assert not any(isinstance(event, Noticed) for event in events)


def test_a_frame_that_is_written_again_does_not_count_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LIMIT", 10)
    first = frame_path(tmp_path, 10, size=10)
    assert first is not None
    first.write_bytes(b"0123456789")
    assert frame_path(tmp_path, 10, size=10) == first
    assert frame_path(tmp_path, 30, size=1) is None


def test_where_no_frame_can_be_written_training_goes_on_and_it_is_said(
    longer: Config, corpus: Corpus, store: Store
) -> None:
    trainer = new_run(longer, corpus, store, name="run")
    (store.root / "run" / "frames").write_text("in the way")
    events = list(trainer)
    told = [event.text for event in events if isinstance(event, Noticed)]
    assert len(told) == 3
    assert all(text.startswith("No frame was kept: cannot write the model") for text in told)
    assert sum(isinstance(event, StepDone) for event in events) == 32


def test_training_does_not_wait_for_a_frame_to_be_written(
    longer: Config, corpus: Corpus, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_free = threading.Event()
    waited: list[bool] = []

    def slow(path: Path, checkpoint: Checkpoint) -> None:
        waited.append(is_free.wait(60))
        save_portable(path, checkpoint)

    monkeypatch.setattr(saver, "save_portable", slow)
    events = []
    for event in new_run(replace(longer, train=replace(longer.train, save_every=0)), corpus, store, name="run"):
        events.append(event)
        if isinstance(event, StepDone) and event.step == 9:  # the frame of step 0 is not written yet
            assert steps_of(Run(store.root / "run")) == []
            is_free.set()
    assert waited == [True, True, True]
    assert steps_of(Run(store.root / "run")) == [0, 10, 30]
    assert load_checkpoint(frames_of(store.root / "run")[0].path).step == 0


def test_what_is_no_frame_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "step-000010.safetensors").write_bytes(b"1234")
    (folder / "step-000030.safetensors").mkdir()
    (folder / "step-000100.safetensors").symlink_to(folder / "step-000010.safetensors")
    (folder / "step-10.safetensors").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    assert frames_of(tmp_path) == [Frame(step=10, path=folder / "step-000010.safetensors", size=4)]
    assert frames_of(tmp_path / "nothing") == []
    forget_after(tmp_path / "nothing", 0)
    forget_after(tmp_path, 0)
    assert frames_of(tmp_path) == []
