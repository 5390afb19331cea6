"""A terminal program as somebody uses it: keys go in, and what it draws is waited for."""

import fcntl
import os
import pty
import signal
import struct
import sys
import tempfile
import termios
import threading
import time

__all__ = ["Terminal"]

NOBODY = tempfile.TemporaryDirectory()
"""Where the habits of somebody are kept who has none: theirs must not decide what is measured."""


class Terminal:
    """A program in a pseudo-terminal of 120x40, and what it has drawn."""

    def __init__(self, words: list[str]) -> None:
        """`words` are for the Python interpreter."""
        pid, self._file = pty.fork()
        if pid == 0:
            os.environ.update(
                TERM="xterm-256color", COLORTERM="truecolor", HOME=NOBODY.name, XDG_CONFIG_HOME=NOBODY.name
            )
            os.execv(sys.executable, [sys.executable, *words])
        self.pid = pid
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._drawn = b""
        threading.Thread(target=self._read, daemon=True).start()

    def press(self, key: str) -> None:
        """Type a key; what was drawn before it is forgotten."""
        self._drawn = b""
        os.write(self._file, key.encode())

    def sees(self, words: str, *, seconds: float = 60.0) -> float:
        """Wait until these words are drawn, and return how long that took."""
        began = time.perf_counter()
        while words.encode() not in self._drawn:
            if time.perf_counter() - began > seconds:
                raise TimeoutError(f"it never showed {words!r}")
            time.sleep(0.0005)
        return time.perf_counter() - began

    def leave(self) -> None:
        """Type q, and wait for the end."""
        os.write(self._file, b"q")
        os.waitpid(self.pid, 0)

    def kill(self) -> float:
        """End it here and now, and return the CPU seconds that the process took."""
        os.kill(self.pid, signal.SIGKILL)
        _, _, used = os.wait4(self.pid, 0)
        return used.ru_utime + used.ru_stime

    def _read(self) -> None:
        while True:
            try:
                self._drawn += os.read(self._file, 65536)
            except OSError:
                return
