"""Contenders in processes of their own that take turns, so that a busy machine disturbs all of them alike."""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WORKER = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from peers import {module} as module
once = module.{name}(**json.loads(sys.argv[2]))
print(flush=True)
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        said = once()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([wall, cpu, said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]), flush=True)
"""


PATIENCE = 2.0
"""Times what a contender takes on one thread: with more threads and slower than that it gets no further turn."""


@dataclass(slots=True)
class Taken:
    """What the turns of one contender took; the first one warms up and is left out."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    said: float = 0.0
    memory: float = 0.0
    """Peak, in MB."""

    @property
    def wall(self) -> float:
        """Median seconds."""
        return statistics.median(self.walls)

    @property
    def cpu(self) -> float:
        """Median seconds of process CPU time."""
        return statistics.median(self.cpus)

    def spread(self) -> str:
        """Return the least and the most of the wall times, in milliseconds."""
        return f"{min(self.walls) * 1000:,.0f}-{max(self.walls) * 1000:,.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A function of a module in this folder that makes what is to be done once, and its arguments."""

    module: str
    name: str
    given: Mapping[str, Any]
    repeat: int = 1


def take_turns(entries: Mapping[str, Entry], rounds: int) -> dict[str, Taken]:
    """Let every entry work in turn, so many rounds after a first one; times are those of one repetition."""
    taken = {label: Taken() for label in entries}
    with _workers(entries) as workers:
        left_out: set[str] = set()
        alone: dict[str, float] = {}  # the first turn of each contender on its fewest threads
        for turn in range(rounds + 1):
            for label, worker in workers.items():
                if label in left_out:
                    continue
                repeat = entries[label].repeat
                worker.stdin.write(f"{repeat}\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
                if not line:
                    raise SystemExit(f"{label} ended: see its error above")
                wall, cpu, taken[label].said, taken[label].memory = json.loads(line)
                if turn > 0:
                    taken[label].walls.append(wall / repeat)
                    taken[label].cpus.append(cpu / repeat)
                elif " x " in label and wall > PATIENCE * alone.setdefault(label.rpartition(" x ")[0], wall):
                    left_out.add(label)
                    print(f"{label} is left out: on a machine as busy as this its threads wait for one another.")
    return {label: one for label, one in taken.items() if one.walls}


@contextmanager
def _workers(entries: Mapping[str, Entry]) -> Iterator[dict[str, Any]]:
    here = str(Path(__file__).parent.parent)
    workers = {}
    try:
        for label, entry in entries.items():
            code = WORKER.format(module=entry.module, name=entry.name)
            command = [sys.executable, "-c", code, here, json.dumps(entry.given)]
            env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as the command line sets it
            workers[label] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
            )
        for worker in workers.values():
            worker.stdout.readline()
        yield workers
    finally:
        for worker in workers.values():
            worker.stdin.close()
            worker.wait()


def paths_of_peers(given: list[str]) -> dict[str, str]:
    """Return `nanogpt=PATH` and `mingpt=PATH` as name and path; says which peers are left out, and why."""
    paths = {name.lower(): path for name, _, path in (one.partition("=") for one in given)}
    for name, file in (("nanogpt", "model.py"), ("mingpt", "mingpt/model.py")):
        if name not in paths:
            print(f"Without {name}: name a checkout with --peer {name}=PATH.")
        elif not (Path(paths[name]) / file).is_file():
            raise SystemExit(f"{paths[name]} is no checkout of {name}: it has no {file}.")
    return paths


def has_transformers() -> bool:
    """Tell whether transformers is installed; says so if it is not."""
    found = importlib.util.find_spec("transformers") is not None
    if not found:
        print("Without transformers: it is not installed (pip install 'gpt2mini-tui[bench]').")
    return found
