"""Whenever a signal comes, and whatever the trainer is busy with, it saves that step, and leaves with its code."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from gpt2mini.checkpoint import verify
from gpt2mini.runs import Store
from ledger import FULL, Ledger

PROGRAM = [sys.executable, "-m", "gpt2mini_tui"]
SMALL = [
    "--n-layer",
    "1",
    "--n-head",
    "1",
    "--n-embd",
    "8",
    "--block-size",
    "16",
    "--batch-size",
    "4",
    "--threads",
    "1",
]
QUIET = ["--eval-every", "0", "--sample-every", "0", "--save-every", "0", "--steps", "100000000"]
PHASES = {
    "training": QUIET,
    "evaluating": [*QUIET, "--eval-every", "1"],
    "sampling": [*QUIET, "--sample-every", "1", "--sample-tokens", "1000000"],
    "saving": [*QUIET, "--save-every", "1"],
    "encoding": QUIET,
}
CODES = {"INT": 130, "TERM": 143, "HUP": 129, "closed terminal": 129}
SECONDS = 10.0


def until(holds: object, process: "subprocess.Popen[bytes]", seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]  # a callable
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def drain(terminal: int) -> bytes:
    data = b""
    with suppress(OSError):
        while piece := os.read(terminal, 65536):
            data += piece
    return data


def signalled(home: Path, how: str, phase: str) -> tuple[int, float]:
    """Begin a run in a terminal, wait until it is busy with the phase, send the signal; return code and seconds."""
    text = home / "text.txt"
    home.mkdir()
    text.write_text("one for sorrow, two for joy, three for a girl.\n" * (4_000_000 if phase == "encoding" else 400))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(theirs)
    words = [*PROGRAM, "train", "--data", str(text), "--name", "run", *SMALL, *PHASES[phase]]
    environment = os.environ | {"GPT2MINI_HOME": str(home), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    pool = ThreadPoolExecutor(1)
    heard = pool.submit(drain, os.dup(ours))
    log = home / "checkpoints" / "run" / "events.jsonl"
    if phase == "encoding":
        until(lambda: any(Path(f"/proc/{process.pid}/fd").glob("*")) and opened(process.pid, text), process)
    else:
        until(lambda: log.exists() and log.stat().st_size > 0, process)
        time.sleep(0.3)
    began = time.monotonic()
    if how == "closed terminal":
        os.close(theirs)
        os.close(ours)
        os.kill(process.pid, signal.SIGHUP)  # what the kernel sends, once the last copy of our end is closed
    else:
        os.kill(process.pid, getattr(signal, f"SIG{how}"))
    code = process.wait(timeout=60)
    took = time.monotonic() - began
    if how != "closed terminal":
        assert termios.tcgetattr(theirs) == before, "the terminal is not as it was"
        os.close(theirs)
        os.close(ours)
    heard.cancel()
    pool.shutdown(wait=False)
    return code, took


def opened(pid: int, path: Path) -> bool:
    """Tell whether a process has this file open."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if link.readlink() == path:
                return True
    return False


def saved_where_it_stopped(home: Path) -> bool:
    run = Store(home / "checkpoints").get("run")
    steps = [json.loads(line)["step"] for line in (run.path / "events.jsonl").read_bytes().splitlines()]
    newest = run.checkpoints()[-1]
    verify(newest.path)
    return newest.step == max(steps) and run.summary().status == "stopped"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_signals_save(tmp_path: Path, ledger: Ledger) -> None:
    pairs = [(how, phase) for phase in PHASES for how in CODES]
    if not FULL:
        pairs = [("INT", "evaluating"), ("TERM", "sampling"), ("closed terminal", "training"), ("HUP", "encoding")]
    with ThreadPoolExecutor(2) as pool:
        homes = [tmp_path / f"{how}-{phase}".replace(" ", "-") for how, phase in pairs]
        ends = list(pool.map(lambda job: signalled(job[0], *job[1]), zip(homes, pairs, strict=True)))
    for home, (how, phase), (code, took) in zip(homes, pairs, ends, strict=True):
        assert code == CODES[how], (how, phase, code)
        assert took < 3 * SECONDS, (how, phase, took)
        if phase == "encoding":
            assert not (home / "checkpoints").exists(), "there was nothing to save, so there is no run"
        else:
            assert saved_where_it_stopped(home), (how, phase)
    slowest = max(took for _, took in ends)
    result = f"{len(pairs)} pairs: all saved that step, with the right code, terminal restored, at most {slowest:.1f} s"
    figure = f"INT, TERM, HUP, closed terminal x {', '.join(PHASES)}: checkpoint at that step, ≤ {SECONDS:.0f} s"
    ledger.note(7, "signals save", f"{figure}, 130/143/129", result)
