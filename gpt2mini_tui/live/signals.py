"""What other programs can tell the app: end (TERM), stop (INT), the terminal is gone (HUP). Each saves first."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextvars import Context, copy_context
from types import FrameType

from gpt2mini.errors import ExitCode

__all__ = ["Signals", "is_terminal_gone", "leave_after"]

_CODES = {
    getattr(signal, name): code
    for name, code in (
        ("SIGTERM", ExitCode.TERMINATED),
        ("SIGINT", ExitCode.INTERRUPTED),
        ("SIGHUP", ExitCode.HANGUP),
    )
    if hasattr(signal, name)  # Windows has no SIGHUP
}


class Signals:
    """Turns a signal into leaving.

    The first one is passed to the app's loop, which may take its time to save. It is not asked any more where it may
    never answer: a loop that writes to a terminal that is gone blocks, and whoever signals twice has seen it hang.
    """

    def __init__(self, leave: Callable[[ExitCode], None], abandon: Callable[[ExitCode], None]) -> None:
        """`leave` is called in the loop, `abandon` at once, between any two instructions of the main thread."""
        self._leave, self._abandon = leave, abandon
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None
        self._is_leaving = False
        self._before = {number: signal.getsignal(number) for number in _CODES}

    def listen(self) -> None:
        """Begin; only the main thread can."""
        self._loop, self._context = asyncio.get_running_loop(), copy_context()  # a screen knows its app by the context
        for number in _CODES:
            signal.signal(number, self._handle)

    def ignore(self) -> None:
        """Leave the signals to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _: FrameType | None) -> None:
        code = _CODES[signal.Signals(number)]
        if code is ExitCode.HANGUP or self._is_leaving or self._loop is None:
            self._abandon(code)
        else:
            self._is_leaving = True
            self._loop.call_soon_threadsafe(self._leave, code, context=self._context)


def is_terminal_gone() -> bool:
    """Tell whether nobody is at the other end any more; an app can also be sent HUP in a terminal that is there."""
    try:
        os.get_terminal_size(2)  # where the app draws
    except OSError:
        return True
    return False


def leave_after(seconds: float, code: ExitCode) -> None:
    """End the process then, if it is still there: a terminal that nobody reads from blocks whoever writes to it."""
    if hasattr(signal, "setitimer"):  # Windows has none, and no terminal that goes away
        signal.signal(signal.SIGALRM, lambda *_: os._exit(int(code)))
        signal.setitimer(signal.ITIMER_REAL, seconds)
