"""The disk fills up at every place there is, or the folder loses its rights: training goes on, what was saved stays."""

import os
import resource
import shutil
import signal
import time
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.checkpoint import verify
from gpt2mini.errors import CannotCreateError, LockedError
from gpt2mini.events import Noticed, Saved, SaveFailed, StepDone
from gpt2mini.runs import Store
from gpt2mini.starting import new_run, resume_run
from ledger import Ledger, times
from nursery import CONTEXT, canonical, small_config, small_corpus

CUT = 64 * 1024


def fill_up(root: str, name: str, limit: int) -> tuple[int, int, int]:
    """Let a run save on a disk that takes files of so many bytes from step 4 to 7; return what it said."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    corpus = small_corpus()
    config = small_config(corpus, steps=12, save_every=2, keep=0)
    config = replace(config, model=replace(config.model, n_layer=2, n_embd=64))
    trainer = new_run(config, corpus, Store(Path(root)), name=name)
    assert trainer.run is not None
    seen = []
    for event in trainer:
        seen.append(event)
        if isinstance(event, StepDone) and event.step == 4:
            while not (trainer.run.path / "step-000002").exists():
                time.sleep(0.01)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        if isinstance(event, StepDone) and event.step == 8:
            save = trainer._saver and trainer._saver._under_way
            wait([save.written] if save else [])  # what was begun at step 6 has failed then, however long it took
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    kinds = [[event.step for event in seen if isinstance(event, kind)] for kind in (Saved, SaveFailed, Noticed)]
    return len(kinds[0]), len(kinds[1]), len(kinds[2])


def test_a_full_disk_is_survivable(tmp_path: Path, ledger: Ledger) -> None:
    with CONTEXT.Pool(2) as pool:
        pool.apply(fill_up, (str(tmp_path), "whole", resource.RLIM_INFINITY))
        whole = Store(tmp_path).get("whole")
        largest = max(path.stat().st_size for path in whole.path.glob("step-*/*"))
        every = list(range(0, largest + 1, CUT))
        cuts = every if times(0, 1) else every[:: max(1, len(every) // 4)]
        said = pool.starmap(fill_up, [(str(tmp_path), f"cut-{cut}", cut) for cut in cuts])
    for cut, (saved, failed, _) in zip(cuts, said, strict=True):
        run = Store(tmp_path).get(f"cut-{cut}")
        assert failed == 2, cut
        assert saved == 4, cut
        assert [entry.step for entry in run.checkpoints()] == [2, 8, 10, 12], cut
        assert not list(run.path.glob(".*")), cut
        for entry in run.checkpoints():
            verify(entry.path)
        story = [line for line in canonical(run) if "Save" not in line]
        assert story == [line for line in canonical(whole) if "Save" not in line], cut
    assert said[0][2] == 2, "the log is said to wait, and to be whole again"
    result = f"{len(cuts)} cut points of {largest // 1024:,} KiB: 0 litter, older ones sound, log whole in the end"
    figure = "at every 64 KiB of a save: older checkpoints intact, no litter, training goes on, an event says so"
    ledger.note(8, "a full disk is survivable", figure, result)


def train_as_nobody(root: str) -> list[str]:
    """Train, without the rights of an administrator, in a folder that becomes read-only on the way."""
    corpus, store = small_corpus(), Store(Path(root) / "store")
    list(new_run(small_config(corpus), corpus, store, name="warm"))  # everything is imported now
    trainer = new_run(small_config(corpus), corpus, store, name="run")
    assert trainer.run is not None
    if os.geteuid() == 0:
        os.chown(trainer.run.path, 65534, 65534)
        os.seteuid(65534)
    said = []
    for event in trainer:
        if isinstance(event, StepDone) and event.step == 2:
            trainer.run.path.chmod(0o555)
        if isinstance(event, SaveFailed) and event.step == 8:  # said before the next save begins
            trainer.run.path.chmod(0o755)
        if isinstance(event, SaveFailed | Saved):
            said.append(f"{type(event).__name__} {event.step}")
    return said


@pytest.mark.skipif(os.name == "nt", reason="rights are other there")
def test_a_folder_that_becomes_read_only_is_said(tmp_path: Path) -> None:
    place = Path("/tmp") / f"gpt2mini-faults-{os.getpid()}"
    place.mkdir()
    place.chmod(0o777)
    try:
        with CONTEXT.Pool(1) as pool:
            assert pool.apply(train_as_nobody, (str(place),)) == ["SaveFailed 4", "SaveFailed 8", "Saved 12"]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def hold(root: str, ready: str, over: str) -> None:
    log = Store(Path(root)).get("run").open_log()
    Path(ready).write_text(str(os.getpid()))
    while not Path(over).exists():
        signal.sigtimedwait([], 0.02)
    log.close()


def test_a_second_writer_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    corpus = small_corpus()
    list(new_run(small_config(corpus), corpus, Store(tmp_path), name="run"))
    ready, over = tmp_path / "ready", tmp_path / "over"
    holder = CONTEXT.Process(target=hold, args=(str(tmp_path), str(ready), str(over)))
    holder.start()
    while not ready.exists() or not ready.read_text():
        assert holder.is_alive()
    run = Store(tmp_path).get("run")
    try:
        with pytest.raises(LockedError, match=f"it has the number {holder.pid}"):
            resume_run(run, corpus, steps=20)
        assert run.summary().status == "running"
        assert [event.step for event in run.events() if isinstance(event, StepDone)] == list(range(1, 13))
        with pytest.raises(CannotCreateError):
            new_run(small_config(corpus), corpus, Store(tmp_path), name="run")
    finally:
        over.touch()
        holder.join()
    assert not run.is_locked()
