"""What other programs can tell the app: end (TERM), the terminal is gone (HUP), stop (INT). Each saves first."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from gpt2mini.errors import ExitCode

__all__ = ["Signals", "detach_terminal"]

_CODES = {
    name: code
    for name, code in (
        ("SIGTERM", ExitCode.TERMINATED),
        ("SIGINT", ExitCode.INTERRUPTED),
        ("SIGHUP", ExitCode.HANGUP),
    )
    if hasattr(signal, name)
}


class Signals:
    """Turns signals into calls in the app's loop, where nothing is half done."""

    def __init__(self, heard: Callable[[ExitCode], None]) -> None:
        self._heard = heard

    def listen(self) -> None:
        """Begin; does nothing where the loop cannot (Windows)."""
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):
            for name, code in _CODES.items():
                loop.add_signal_handler(getattr(signal, name), self._heard, code)

    def ignore(self) -> None:
        """Leave the signals to whoever comes after the app."""
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):
            for name in _CODES:
                loop.remove_signal_handler(getattr(signal, name))


def detach_terminal() -> None:
    """Let everything that is still written go nowhere: the terminal is gone, and a write to it would fail or block."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
