"""Signals as commands: the first one lets a run finish its step and save, a second Ctrl-C leaves at once."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Any, Protocol, Self

from gpt2mini.commands import Stop

__all__ = ["Signals", "Stoppable", "StoppedEarlyError"]

_ONE_PRESS = 0.5  # seconds: a terminal and a parent that passes signals on may both send the same Ctrl-C


class Stoppable(Protocol):
    """Whoever trains, and can be told to stop: a trainer, or an experiment of several."""

    def send(self, command: Stop, /) -> None:
        """Stop after this step, and save."""


class StoppedEarlyError(BaseException):
    """A signal came before there was anything to save. Like KeyboardInterrupt, no `except Exception` may hold it."""


class Signals:
    """Listens while it is entered; only the main thread can.

    Afterwards everything is as it was, unless a signal came: then the process is about to end, and listens to the last.
    """

    def __init__(self) -> None:
        self.caught: signal.Signals | None = None
        """The first signal that came."""
        self._caught_at = 0.0
        self._trainer: Stoppable | None = None
        self._is_held = False
        self._before: dict[signal.Signals, Any] = {}

    @property
    def code(self) -> int:
        """The exit code that tells which signal it was, or 0."""
        return 0 if self.caught is None else 128 + self.caught

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _wanted():
                self._before[number] = signal.signal(number, self._catch)
        return self

    def __exit__(self, *_: object) -> None:
        if self.caught is None:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def hold(self) -> None:
        """Keep a signal until there is a trainer: a run folder is being made now, and it shall have its ending."""
        self._is_held = True

    def attach(self, trainer: Stoppable) -> None:
        """Tell this trainer of a signal, also of one that has come already."""
        self._trainer = trainer
        if self.caught is not None:
            trainer.send(Stop())

    def _catch(self, number: int, _: FrameType | None) -> None:
        if self.caught is not None:
            if number == signal.SIGINT and not self._is_same_press():
                _leave(128 + number)
            return
        self._caught_at = time.monotonic()
        self.caught = signal.Signals(number)
        if self._trainer is not None:
            if _is_terminal():
                _tell("Stopping after this step, and saving; Ctrl-C again leaves at once.")
            self._trainer.send(Stop())
        elif not self._is_held:
            raise StoppedEarlyError

    def _is_same_press(self) -> bool:
        """Tell whether a Ctrl-C now is the one that came already, sent twice."""
        return self.caught == signal.SIGINT and time.monotonic() - self._caught_at < _ONE_PRESS


def _wanted() -> list[signal.Signals]:
    """Return the signals to listen to. One that `nohup` made the process deaf to stays unheard."""
    wanted = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    return wanted


def _is_terminal() -> bool:
    with suppress(OSError, ValueError):
        return sys.stderr.isatty()
    return False


def _tell(sentence: str) -> None:
    """Write past every buffer, because the code that was interrupted may be writing too."""
    with suppress(OSError, ValueError):
        line = f"\r\x1b[K{sentence}\r\n" if _is_terminal() else f"{sentence}\n"
        os.write(sys.stderr.fileno(), line.encode())


def _leave(code: int) -> None:
    _tell("Left at once. The last checkpoint is as it was.")
    os._exit(code)
