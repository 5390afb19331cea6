"""Whatever lies in a run folder, opening it through `resume` ends in a sentence or in training, and in nothing else."""

import os
import resource
import shutil
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gpt2mini.checkpoint import load_resumable, newest_sound
from gpt2mini.errors import CheckpointError, LabError
from gpt2mini.events import StepDone
from gpt2mini.runs import Run, Store
from gpt2mini.starting import new_run, resume_run
from ledger import Ledger, times
from mutator import FILES, flip, mutate
from nursery import CONTEXT, small_config, small_corpus

SECONDS, MEGABYTES = 1.0, 500
FORBIDDEN = ("compile", "pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "os.fork")
FORBIDDEN += ("subprocess.Popen", "socket.connect")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run that was stopped half-way, with checkpoints at steps 4, 8 and 12."""
    store = Store(tmp_path_factory.mktemp("sound"))
    corpus = small_corpus()
    list(new_run(small_config(corpus), corpus, store, name="sound"))
    return store.get("sound")


def open_mutant(run: Run) -> str:
    """Resume a run, take one step, and fold its log as a screen would; return what came of it."""
    from gpt2mini_tui.folds.history import History

    run.summary()
    History.fold(run.events())
    try:
        trainer = resume_run(run, small_corpus(), steps=14, threads=1)  # nor is it measured how many were best
    except LabError as error:
        return "refused" if str(error) else "odd: nothing said"
    events = iter(trainer)
    try:
        next((event for event in events if isinstance(event, StepDone)), None)
    finally:
        events.close()  # type: ignore[attr-defined]  # it is a generator
    return "opened"


def try_mutants(seeds: range, template: str, folder: str) -> tuple[Counter[str], list[str], float, float]:
    """Open mutants one after the other; return the outcomes, what was wrong, and the most seconds and megabytes."""
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    slowest, trace = 0.0, os.path.join(folder, "trace")
    run = Run(Path(folder) / f"run-{seeds.start}")
    watched = watch()
    shutil.copytree(template, run.path)
    open_mutant(run)  # everything is imported now
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in seeds:
        shutil.rmtree(run.path)
        shutil.copytree(template, run.path)
        kind = mutate(run.path, seed, trace)
        watched.clear()
        began = time.process_time()
        try:
            outcome = open_mutant(run)
        except Exception as error:  # noqa: BLE001  # any other than a LabError is what is looked for
            outcome = f"odd: {type(error).__name__}: {error}"
        slowest = max(slowest, time.process_time() - began)
        outcomes[outcome if outcome == "opened" else "refused"] += 1
        if outcome.startswith("odd") or watched or os.path.exists(trace):
            wrong.append(f"{seed} ({kind}): {outcome} {watched}")
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    return outcomes, wrong, slowest, peak


@cache
def watch() -> list[str]:
    """Return a list into which everything goes that runs code or leaves the process; a hook can never be taken back."""
    seen: list[str] = []

    def hear(event: str, _: Any) -> None:
        if event in FORBIDDEN:
            seen.append(event)

    sys.addaudithook(hear)
    return seen


def test_opening_anything_is_safe(sound: Run, tmp_path: Path, ledger: Ledger) -> None:
    count, template = times(500, 10_000), tmp_path / "template"
    shutil.copytree(sound.path, template)
    for name in ("step-000004", "step-000008"):
        shutil.rmtree(template / name)
    size = max(50, count // 40)
    jobs = [(range(start, min(count, start + size)), str(template), str(tmp_path)) for start in range(0, count, size)]
    with CONTEXT.Pool(2) as pool:
        results = pool.starmap(try_mutants, jobs, chunksize=1)
    outcomes = sum((result[0] for result in results), Counter())
    slowest, peak = max(result[2] for result in results), max(result[3] for result in results)
    assert [line for result in results for line in result[1]] == []
    assert outcomes["refused"] > count / 3
    assert slowest < 5 * SECONDS
    assert peak < MEGABYTES
    result = (
        f"{count:,} mutants: {outcomes['refused']:,} refused in a sentence, {outcomes['opened']:,} harmless, 0 else, "
        f"nothing run; at most {slowest:.2f} s of CPU and {peak:.0f} MB"
    )
    figure = f"mutated run folders through resume: only a sentence, nothing executed, ≤ {SECONDS:g} s, ≤ {MEGABYTES} MB"
    ledger.note(4, "opening anything is safe", figure, result)


def test_every_damage_is_noticed(sound: Run, tmp_path: Path, ledger: Ledger) -> None:
    flips, cuts, chance = times(200, 1000), times(40, 200), Random(0)
    victim = Run(shutil.copytree(sound.path, tmp_path / "victim"))
    newest = victim.checkpoints()[-1]
    missed = []
    for number in range(flips + cuts):
        path = newest.path / FILES[number % 3]
        data = path.read_bytes()
        place = chance.randrange(len(data))
        path.write_bytes(flip(data, place, chance.randrange(8)) if number < flips else data[:place])
        try:
            load_resumable(newest.path)
            missed.append((path.name, place))
        except CheckpointError:
            pass
        if number % 20 == 0:
            fallback, notices = newest_sound(victim)
            assert (fallback.checkpoint.step, len(notices)) == (8, 1)
            assert "Passed over step-000012" in notices[0]
        path.write_bytes(data)
    load_resumable(newest.path)
    assert missed == []
    result = f"{flips:,} bit flips and {cuts} truncations: all found; resume takes the one before and says so"
    ledger.note(6, "every damage is noticed", "100 % found; falls back to the previous good one and says so", result)
