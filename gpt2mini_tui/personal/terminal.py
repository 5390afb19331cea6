"""A terminal that may send anything: bytes that are no text are left out, and the lab goes on.

Textual ends the whole app at the first byte that is no UTF-8, and a paste in another encoding has some.
"""

import termios
from contextlib import suppress

from textual.drivers.linux_driver import LinuxDriver

__all__ = ["SturdyDriver"]


class SturdyDriver(LinuxDriver):
    """Reads keys like the driver of Textual, and goes on reading after bytes that are none."""

    def run_input_thread(self) -> None:
        """Read until the app ends. What came together with such bytes is left out too: it would be taken for keys."""
        while not self.exit_event.is_set():
            try:
                super().run_input_thread()
            except UnicodeDecodeError:
                with suppress(termios.error):
                    termios.tcflush(self.fileno, termios.TCIFLUSH)
                self._app.call_later(self._app.notify, "What came in is no UTF-8, and was left out.", markup=False)
