"""Several processes train the run that one process trains, bit for bit, and survive what happens to one of them."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gpt2mini.checkpoint import load_resumable
from gpt2mini.events import StepDone
from gpt2mini.runs import Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux"),
]

SMALL = ["--n-layer", "2", "--n-head", "2", "--n-embd", "32", "--block-size", "32", "--batch-size", "40"]
SMALL += ["--device", "cpu", "--sample-every", "0"]
LONG = ["--steps", "120", "--save-every", "20", "--eval-every", "20", "--name", "both"]
LIMIT = 240
"""Seconds after which nothing more is expected; a busy machine takes long to load torch."""


def command(home: Path, *words: str, processes: int = 2, restarts: int = 0) -> list[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    return [*torchrun, f"--max-restarts={restarts}", "-m", "gpt2mini_tui", *words, "--home", str(home)]


def trained_alone(home: Path) -> Run:
    done = subprocess.run([sys.executable, "-m", "gpt2mini_tui", "train", *SMALL, *LONG, "--home", str(home)])
    assert done.returncode == 0
    return Run(home / "checkpoints" / "both")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained_alone(tmp_path_factory.mktemp("alone"))


def learned(run: Run) -> tuple[str, list[tuple[int, float, float]]]:
    """Return a digest of the last weights and moments, and every step that the log has."""
    last = load_resumable(run.path / "step-000120")
    named = {**dict(last.checkpoint.model.named_parameters()), **last.moments}
    digest = hashlib.sha256(b"".join(named[name].detach().numpy().tobytes() for name in sorted(named))).hexdigest()
    steps = [(one.step, one.loss, one.grad_norm) for one in run.events() if isinstance(one, StepDone)]
    return digest, steps


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def worker(torchrun: int, rank: int) -> int | None:
    for child in children(torchrun):
        words = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        if f"RANK={rank}".encode() in words:
            return child
    return None


def wait_for(what: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_processes_train_the_same_run_as_one(alone: Run, tmp_path: Path) -> None:
    done = subprocess.run(command(tmp_path, "train", *SMALL, *LONG), timeout=LIMIT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert learned(Run(tmp_path / "checkpoints" / "both")) == learned(alone)
    assert done.stdout.count("Done: 120 steps") == 1


@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_is_killed_costs_nothing_but_time(rank: int, alone: Run, tmp_path: Path) -> None:
    run = Run(tmp_path / "checkpoints" / "both")
    torchrun = subprocess.Popen(
        command(tmp_path, "train", *SMALL, *LONG, restarts=2), stderr=subprocess.PIPE, text=True
    )
    wait_for((run.path / "step-000020" / "state.json").exists)
    victim = worker(torchrun.pid, rank)
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    _, said = torchrun.communicate(timeout=LIMIT)
    assert torchrun.returncode == 0, said
    assert learned(run) == learned(alone)


def test_a_signal_saves_the_same_step_and_more_processes_can_go_on(alone: Run, tmp_path: Path) -> None:
    run = Run(tmp_path / "checkpoints" / "both")
    torchrun = subprocess.Popen(command(tmp_path, "train", *SMALL, *LONG), stderr=subprocess.DEVNULL)
    wait_for((run.path / "step-000020" / "state.json").exists)
    torchrun.send_signal(signal.SIGTERM)
    assert torchrun.wait(LIMIT) != 0
    summary = run.summary()
    assert summary.status == "stopped"
    assert run.checkpoints()[-1].step == summary.step < 120
    going_on = command(tmp_path, "resume", "both", processes=3)
    done = subprocess.run(going_on, timeout=LIMIT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert learned(run) == learned(alone)


def test_what_the_first_refuses_ends_all(tmp_path: Path) -> None:
    nameless = subprocess.run(command(tmp_path, "train", *SMALL), timeout=LIMIT, capture_output=True, text=True)
    assert "needs a name" in nameless.stderr
    missing = command(tmp_path, "train", *SMALL, "--name", "n", "--data", str(tmp_path / "nothing.txt"))
    done = subprocess.run(missing, timeout=LIMIT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "nothing.txt" in done.stderr
    assert "the first process could not begin" in done.stderr
