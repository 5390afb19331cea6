"""A thread beside a run: waiting for it, and training to the end in its company."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from gpt2mini.checkpoint import Checkpoint
from gpt2mini.errors import NotFoundError
from gpt2mini.events import StepDone
from gpt2mini.paths import Home
from gpt2mini_tui.live.bridge import Bridge
from gpt2mini_tui.live.notes import Ended
from tiny_lab import RHYME, new_run

__all__ = ["alone", "losses", "nobody", "train_rhyme", "wait"]


def nobody() -> "Future[Checkpoint]":
    """Answer for a trainer that is not there."""
    future: Future[Checkpoint] = Future()
    future.set_exception(NotFoundError("no run is training"))
    return future


def wait(drain: Callable[[], None], holds: Callable[[], object], said: object) -> None:
    """Take what comes in until something holds."""
    for _ in range(12_000):  # a minute: a busy machine is slow, not wrong
        drain()
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError(f"it never happened: {said}")


def train_rhyme(bridge: Bridge, folder: Path, name: str) -> None:
    """Begin a run of 60 steps in a home of its own."""
    folder.mkdir()
    text = folder / "rhyme.txt"
    text.write_text(RHYME)
    bridge.start(new_run(text, steps=60, name=name), Home(folder))


def losses(bridge: Bridge, meddle: Callable[[], None]) -> list[float]:
    """Take a run to its end, and let somebody meddle again and again on the way; return all its losses."""
    found: list[float] = []
    while True:
        for item in bridge.drain():
            if isinstance(item, StepDone):
                found.append(item.loss)
            if isinstance(item, Ended):
                return found
        meddle()
        time.sleep(0.002)


def alone(folder: Path) -> list[float]:
    """Return the losses of the run of `train_rhyme` with nobody beside it."""
    bridge = Bridge()
    train_rhyme(bridge, folder, "alone")
    found = losses(bridge, lambda: None)
    bridge.close()
    return found
