"""What the machine does meanwhile changes nothing: clocks that jump, processes that are stopped, many checkpoints."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.checkpoint import newest_sound
from gpt2mini.errors import LockedError
from gpt2mini.events import Finished, StepDone
from gpt2mini.paths import Home
from gpt2mini.runs import Run, Store
from gpt2mini.starting import new_run, resume_run
from gpt2mini_tui.folds.history import History
from ledger import Ledger, times
from nursery import CONTEXT, small_config, small_corpus, train
from test_crash import same_bits, wait_for_a_step

DAY = 86400.0


@pytest.mark.parametrize("jump", [-DAY, 3650 * DAY], ids=["a day back", "ten years on"])
def test_a_clock_that_jumps_changes_nothing(jump: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, corpus, clock = Store(tmp_path), small_corpus(), time.time
    list(new_run(small_config(corpus), corpus, store, name="whole"))
    trainer = new_run(small_config(corpus), corpus, store, name="jumped")
    events = []
    for event in trainer:
        events.append(event)
        if isinstance(event, StepDone) and event.step == 5:
            monkeypatch.setattr(time, "time", lambda: clock() + jump)
    jumped = store.get("jumped")
    assert same_bits(store.get("whole"), jumped)
    rates = [event.tokens_per_second for event in events if isinstance(event, StepDone)]
    assert all(0 < rate < 1e9 for rate in rates)
    assert isinstance(events[-1], Finished)
    assert 0 < events[-1].seconds < 600
    assert History.fold(events).status == jumped.summary().status == "done"
    assert [entry.step for entry in jumped.checkpoints()] == [4, 8, 12]
    list(resume_run(jumped, corpus, steps=14))
    assert jumped.summary().step == 14


def stop(process: int) -> None:
    """Send SIGSTOP, and wait until no thread runs: one may still be in the middle of writing a line."""
    os.kill(process, signal.SIGSTOP)
    while any(state(task) not in "TZX" for task in Path(f"/proc/{process}/task").iterdir()):
        time.sleep(0.001)


def state(task: Path) -> str:
    """Return what a thread does, as the kernel has it: T where it is stopped, X where it has gone."""
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")
def test_a_process_that_is_stopped_and_continued_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    config, store = small_config(small_corpus(), steps=200, save_every=50), Store(tmp_path)
    train(str(tmp_path), "whole", config)
    process = CONTEXT.Process(target=train, args=(str(tmp_path), "stopped", config))
    process.start()
    run = Run(tmp_path / "stopped")
    wait_for_a_step(run, process)
    assert process.pid is not None
    for _ in range(5):
        try:
            stop(process.pid)
        except OSError:
            break  # it was faster
        try:
            size = (run.path / "events.jsonl").stat().st_size
            if process.exitcode is None and run.is_locked():
                assert run.summary().status == "running"
                with pytest.raises(LockedError):
                    run.open_log()
                assert (run.path / "events.jsonl").stat().st_size == size, "it stands still"
        finally:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
    process.join(timeout=120)
    assert process.exitcode == 0
    assert same_bits(store.get("whole"), run)


async def test_a_run_of_a_thousand_checkpoints_is_resumed_listed_and_browsed(tmp_path: Path, ledger: Ledger) -> None:
    from gpt2mini_tui.app import LabApp
    from gpt2mini_tui.garbage import settle
    from gpt2mini_tui.screens.browser import CheckpointsPlace

    home, corpus, count = Home(tmp_path), small_corpus(), times(60, 1000)
    config = small_config(corpus, steps=count, save_every=1, keep=0, eval_every=0, sample_every=0)
    list(new_run(config, corpus, Store(home.checkpoints), name="many"))
    run = Store(home.checkpoints).get("many")
    began = time.process_time()
    assert [entry.step for entry in run.checkpoints()] == list(range(1, count + 1))
    listed = time.process_time() - began
    began = time.process_time()
    found, notices = newest_sound(run)
    opened = time.process_time() - began
    assert (found.checkpoint.step, notices) == (count, ())
    list(resume_run(run, corpus, steps=count + 1))
    assert run.checkpoints()[-1].step == count + 1

    settle()  # as when the app is run
    app = LabApp(home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        place, busy = app.query_one(CheckpointsPlace), [0.0]

        async def beat() -> None:
            while True:
                before = time.thread_time()  # what this thread computed, not what a busy machine made it wait
                await asyncio.sleep(0.002)
                busy.append(time.thread_time() - before)

        while not place._tree.nodes:
            await asyncio.sleep(0.01)
        heart = asyncio.create_task(beat())
        await pilot.press("right")
        while len(place._tree.nodes) < count + 2:
            await asyncio.sleep(0.01)
        await pilot.press("end")
        while place.current is None or place.current.key != ("many", "step-000001"):
            await asyncio.sleep(0.01)
        heart.cancel()
    assert max(busy) < 2
    result = (
        f"{count:,} checkpoints: listed in {1000 * listed:.0f} ms, the newest opened after {1000 * opened:.0f} ms, all "
        f"in the browser with the loop busy for {1000 * max(busy):.0f} ms at most (CPU time)"
    )
    ledger.note(10, "nor do checkpoints slow it", "1,000 in one run: resumed, listed, browsed; never > 100 ms", result)


def test_settings_at_the_edge_train(tmp_path: Path) -> None:
    corpus = small_corpus()
    for name, model, settings in (
        ("the shortest block", {"block_size": 1}, {}),
        ("the smallest batch", {}, {"batch_size": 1}),
        ("an absurd rate", {}, {"lr": 1e6}),
    ):
        config = small_config(corpus, steps=3, **settings)
        config = replace(config, model=replace(config.model, **model))
        last = list(new_run(config, corpus, Store(tmp_path)))[-1]
        assert isinstance(last, Finished), name
        assert last.step == 3, name
