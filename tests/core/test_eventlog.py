"""The log of a run has one writer and any number of readers, and survives whatever becomes of the disk."""

import os
import threading
from typing import Any

import pytest

from gpt2mini import eventlog
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import DiskError, LockedError
from gpt2mini.events import Event, Noticed, Saved, SaveFailed, StepDone
from gpt2mini.runs import Run, Store
from gpt2mini.starting import new_run
from gpt2mini.trainer import Trainer
from run_folders import manifest, step


@pytest.fixture
def run(store: Store) -> Run:
    return store.create(manifest(), name="first")


def test_a_torn_last_line_is_dropped_and_bad_ones_are_passed_over(run: Run) -> None:
    log = run.open_log()
    for number in (1, 2):
        log.append(step(number))
    log.close()
    path = run.path / "events.jsonl"
    path.write_bytes(b"\xff\x00 garbage\n" + path.read_bytes() + b'{"event": "StepDone", "st')
    assert list(run.events()) == [step(1), step(2)]
    log = run.open_log()
    log.append(step(3))
    log.close()
    assert list(run.events()) == [step(1), step(2), step(3)]


def test_a_log_is_cut_back_to_where_a_checkpoint_was(run: Run) -> None:
    log = run.open_log()
    log.append(step(1))
    offset = log.offset
    log.append(step(2))
    log.close()
    log = run.open_log(to_be_cut=True)
    assert list(run.events()) == [step(1), step(2)]
    run.rewind(log, step=1, offset=offset)
    log.append(step(2))
    log.append(step(3))
    log.close()
    assert list(run.events()) == [step(1), step(2), step(3)]


def test_a_log_that_is_to_be_cut_is_left_as_it_is_until_then(run: Run) -> None:
    log = run.open_log()
    log.append(step(1))
    log.close()
    path = run.path / "events.jsonl"
    path.write_bytes(path.read_bytes() + b'{"event": "StepDone", "st')
    before = path.read_bytes()
    run.open_log(to_be_cut=True).close()
    assert path.read_bytes() == before
    run.open_log().close()
    assert before.startswith(path.read_bytes())
    assert list(run.events()) == [step(1)]


def test_a_reader_beside_the_writer_sees_only_whole_lines(run: Run) -> None:
    log = run.open_log()
    done = threading.Event()
    counts = [0]

    def write() -> None:
        for number in range(2000):
            log.append(Noticed(step=number, text="x" * (number % 300)))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        seen = [event.step for event in run.events()]
        assert seen == list(range(len(seen)))
        counts.append(len(seen))
    writer.join()
    log.close()
    assert counts == sorted(counts)
    assert len(list(run.events())) == 2000


def test_only_one_process_writes_and_viewers_do_not_lock(run: Run) -> None:
    run.open_log().close()  # who wrote before is not named
    log = run.open_log()
    assert run.is_locked()
    assert run.summary().status == "running"
    with pytest.raises(LockedError, match=rf"number {os.getpid()}\b"):
        run.open_log()
    log.close()
    assert not run.is_locked()
    run.open_log().close()


@pytest.fixture
def trainer(config: Config, corpus: Corpus, store: Store) -> Trainer:
    return new_run(config, corpus, store, name="run")


def kinds(events: list[Event], *wanted: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, wanted)]


class Disk:
    """Where a log is written; takes half of what it is given while it is full."""

    def __init__(self, file: Any) -> None:
        self.file, self.is_full = file, False

    def write(self, data: bytes) -> int:
        written: int = self.file.write(data[: len(data) // 2] if self.is_full else data)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.fixture
def disk(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Return the disk that the log of the trainer is written to."""
    assert trainer._log is not None
    disk = Disk(trainer._log._file)
    monkeypatch.setattr(trainer._log, "_file", disk)
    return disk


def test_a_disk_that_stays_full_ends_the_run_once_too_much_waits_for_it(
    trainer: Trainer, disk: Disk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eventlog, "PATIENCE", 500)
    disk.is_full = True
    with pytest.raises(DiskError, match="no space left on device"):
        list(trainer)
    assert not Run(store.root / "run").is_locked()


def test_a_disk_that_is_full_keeps_nobody_from_training_and_the_log_is_whole_in_the_end(
    trainer: Trainer, disk: Disk, store: Store
) -> None:
    seen: list[Event] = []
    for event in trainer:
        seen.append(event)
        if isinstance(event, StepDone):
            disk.is_full = 2 <= event.step < 6
    assert [event.step for event in kinds(seen, SaveFailed)] == [4]
    assert "the event log cannot be written" in kinds(seen, SaveFailed)[0].why
    said = [event.text for event in kinds(seen, Noticed)]
    assert ["no space left on device" in text for text in said] == [True, False]
    assert list(Run(store.root / "run").events()) == seen
    assert [event.step for event in kinds(seen, Saved)] == [8, 10]
