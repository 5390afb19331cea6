"""`--tensorboard`: what the terminal is told, TensorBoard is told too."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from gpt2mini.events import Event
    from gpt2mini.tensorboard import Board

__all__ = ["LiveBoard", "tensorboard_option"]

F = TypeVar("F", bound=Callable[..., Any])

_FLUSH = 2.0
"""Seconds between two times that a TensorBoard beside it sees something new."""


def tensorboard_option(command: F) -> F:
    """Give a command `--tensorboard`, the folder that a TensorBoard looks into."""
    return click.option(
        "--tensorboard",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Write for TensorBoard as well, into a folder of the run's name in this one.",
    )(command)


class LiveBoard:
    """The board of a run that trains now; without a folder it does nothing.

    Raises LabError if there is no TensorBoard here, before anything was trained.
    """

    def __init__(self, root: Path | None) -> None:
        if root is not None:
            from gpt2mini.tensorboard import refuse_missing

            refuse_missing()
        self._root = root
        self._board: Board | None = None
        self._flushed = 0.0

    def add(self, event: "Event") -> None:
        """Write an event down."""
        from gpt2mini.events import Started

        if self._root is None:
            return
        if isinstance(event, Started):
            from gpt2mini.tensorboard import Board

            self._board = Board(self._root / event.run, began=time.time())
        if self._board is None:
            return
        self._board.add(event)
        if time.monotonic() - self._flushed > _FLUSH:
            self._board.flush()
            self._flushed = time.monotonic()

    def close(self) -> None:
        """Write what is left."""
        if self._board is not None:
            self._board.close()
