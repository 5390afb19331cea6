"""How a thread that asks a model comes by a copy of the one that trains."""

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from gpt2mini.errors import LabError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from gpt2mini.checkpoint import Checkpoint

__all__ = ["handed_over"]

_PATIENCE = 30.0  # seconds for a trainer to come to the end of a step
_PAUSE = 0.005  # seconds between looks


def handed_over(snapshot: "Callable[[], Future[Checkpoint]]") -> "Generator[None, None, Checkpoint]":
    """Ask a trainer for a copy of its model and yield until it is there; raises LabError where none comes."""
    future = snapshot()
    until = time.monotonic() + _PATIENCE
    while not future.done():
        if time.monotonic() > until:
            raise LabError("the run that is training did not answer", do="Try again, or choose a checkpoint.")
        time.sleep(_PAUSE)
        yield None
    return future.result()
