"""A process that is killed at any moment loses what came after its last checkpoint, and nothing else, not one bit."""

import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import torch

from gpt2mini.checkpoint import load_resumable, verify
from gpt2mini.commands import Stop
from gpt2mini.config import Config
from gpt2mini.events import StepDone
from gpt2mini.frames import frames_of
from gpt2mini.runs import Run, Store
from gpt2mini.starting import resume_run
from ledger import FULL, Ledger, times
from nursery import CONTEXT, canonical, open_or_resume, random_config, small_config, small_corpus, train

KILLS_A_RUN = 10
EVERY = 10


def same_bits(one: Run, other: Run, *, but: str = "nothing") -> bool:
    """Tell whether two runs ended with the same weights, moments and stories, `but` for lines with this in them."""
    ends = [load_resumable(run.checkpoints()[-1].path) for run in (one, other)]
    weights = [dict(end.checkpoint.model.named_parameters()) for end in ends]
    pairs = [(weights[0][name], weights[1][name]) for name in weights[0]]
    pairs += [(ends[0].moments[name], ends[1].moments[name]) for name in ends[0].moments]
    stories = [[line for line in canonical(run) if but not in line] for run in (one, other)]
    return all(torch.equal(a, b) for a, b in pairs) and stories[0] == stories[1]


def steps_taken(run: Run) -> int:
    return max((event.step for event in run.events() if isinstance(event, StepDone)), default=0)


def long_config() -> Config:
    return small_config(small_corpus(), steps=400, save_every=EVERY, eval_every=50, sample_every=100)


def kill_on_the_way(root: Path, name: str, seed: int) -> tuple[int, int]:
    """Kill a run again and again, then let it end; return the number of kills and the most steps that one lost."""
    chance, kills, lost = Random(seed), 0, 0
    run = Run(Store(root).root / name)
    while kills < KILLS_A_RUN:
        process = CONTEXT.Process(target=train, args=(str(root), name, long_config()))
        process.start()
        if chance.random() < 0.9:  # the others die while they begin
            wait_for_a_step(run, process)
        process.join(timeout=chance.uniform(0.0, 0.1))
        process.kill()
        process.join()
        if process.exitcode == 0:
            break  # it was faster
        kills += 1
        entries = run.checkpoints()
        for entry in entries:
            verify(entry.path)
        lost = max(lost, steps_taken(run) - (entries[-1].step if entries else 0))
    process = CONTEXT.Process(target=train, args=(str(root), name, long_config()))
    process.start()
    process.join(timeout=120)
    assert process.exitcode == 0
    return kills, lost


def wait_for_a_step(run: Run, process: BaseProcess) -> None:
    size, deadline = size_of_log(run), time.monotonic() + 60
    while process.is_alive() and time.monotonic() < deadline:
        if size_of_log(run) > size + 500:
            return
        time.sleep(0.003)


def size_of_log(run: Run) -> int:
    """Return its bytes, 0 while there is none: one that was killed before its first checkpoint is begun anew."""
    try:
        return (run.path / "events.jsonl").stat().st_size
    except FileNotFoundError:
        return 0


def test_a_crash_never_corrupts(tmp_path: Path, ledger: Ledger) -> None:
    wanted, kills, lost, seed = times(20, 100), 0, 0, 0
    train(str(tmp_path), "whole", long_config())
    whole = Store(tmp_path).get("whole")
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        while kills < wanted:
            seeds = (seed, seed + 1)
            outcomes = list(pool.map(lambda one: kill_on_the_way(tmp_path, f"killed-{one}", one), seeds))
            kills, lost = kills + sum(more for more, _ in outcomes), max(lost, *(gone for _, gone in outcomes))
            for killed in (Store(tmp_path).get(f"killed-{one}") for one in seeds):
                assert same_bits(whole, killed), killed.name
                assert not list(killed.path.glob(".*")), "litter"
            seed += 2
    assert lost <= 2 * EVERY, "more than the interval and the save under way, for which the next one waits"
    result = (
        f"{kills} kills of {seed} runs in {time.perf_counter() - began:.0f} s: 0 corrupt, at most {lost} steps lost at "
        f"{EVERY} between saves, final weights, moments and logs equal"
    )
    figure = "SIGKILL at random times: 0 corrupt, at most one save interval and the save under way lost, the end equal"
    ledger.note(1, "a crash never corrupts", f"{figure} to an uninterrupted run", result)


def parted_is_whole(seed: int, root: str) -> bool:
    """Train a random run in one piece and in two, on other numbers of cores, and compare."""
    corpus, chance = small_corpus(), Random(seed)
    config, store = random_config(seed, corpus), Store(Path(root) / str(seed))
    config = replace(config, train=replace(config.train, keep=0))
    list(open_or_resume(store.root, "whole", config, corpus, chance.randint(1, 3)))
    parted = open_or_resume(store.root, "parted", config, corpus, chance.randint(1, 3))
    stop_at = chance.randint(1, config.train.steps - 1)
    for event in parted:
        if isinstance(event, StepDone) and event.step == stop_at:
            parted.send(Stop())
    list(open_or_resume(store.root, "parted", config, corpus, chance.randint(1, 3)))
    return same_bits(store.get("whole"), store.get("parted"), but=f"'checkpoint': 'step-{stop_at:06d}'")


def test_resume_is_exact(tmp_path: Path, ledger: Ledger) -> None:
    count = times(10, 100)
    with CONTEXT.Pool(2) as pool:
        same = pool.starmap(parted_is_whole, [(seed, str(tmp_path)) for seed in range(count)])
    assert [seed for seed, is_same in enumerate(same) if not is_same] == []
    result = f"{sum(same)} of {count} random configurations equal, the number of cores changed on the way"
    ledger.note(2, "resume is exact", "weights, moments and log bitwise equal, any number of cores", result)


TOUCHES = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir")
"""What a process does to a folder, as Python's audit hooks call it."""


def go_back(folder: str, fatal: int) -> None:
    """Go on from step 4 of a run that had come to its end, and be killed at the touch of the folder of this number."""
    run, touches = Run(Path(folder)), [0]
    sound = run.checkpoints()[0].path
    load_resumable(sound)  # everything is imported now

    def hear(event: str, about: tuple[Any, ...]) -> None:
        if event in TOUCHES and str(about[0]).startswith(str(run.path.parent)):
            touches[0] += 1
            if touches[0] == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
    for event in resume_run(run, small_corpus(), checkpoint=sound, threads=1):
        if isinstance(event, StepDone) and event.step == 6:
            os._exit(0)  # it got past everything that goes back


def test_going_back_may_be_interrupted_anywhere_and_done_again(tmp_path: Path, ledger: Ledger) -> None:
    config = small_config(small_corpus(), steps=16, keep=0, frames=True)
    list(open_or_resume(tmp_path, "whole", config, small_corpus(), 1))
    whole, fatal, is_killed = Store(tmp_path).get("whole"), 0, True
    while is_killed:
        fatal += 1 if FULL else 9
        run = Run(shutil.copytree(whole.path, tmp_path / str(fatal) / "run"))
        process = CONTEXT.Process(target=go_back, args=(str(run.path), fatal))
        process.start()
        process.join(timeout=60)
        is_killed = process.exitcode == -signal.SIGKILL
        assert is_killed or process.exitcode == 0
        train(str(run.path.parent), "run", config)  # from wherever it stands now
        assert same_bits(whole, run), fatal
        assert [frame.step for frame in frames_of(run.path)] == [0, 10], fatal
        list(resume_run(run, small_corpus(), checkpoint=run.checkpoints()[0].path, threads=1))
        assert same_bits(whole, run), f"the same again, after {fatal}"
        shutil.rmtree(run.path.parent)
    assert fatal > 20, "it went by without a touch"
    result = f"killed at {'each' if FULL else 'every ninth'} of {fatal} touches of the folder: the end is the same"
    ledger.note(
        1, "nor does going back", "killed anywhere in it, and done again: equal to an uninterrupted run", result
    )
