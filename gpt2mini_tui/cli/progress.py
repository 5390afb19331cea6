"""One line that is drawn over and over on a terminal, below the lines that stay."""

import math
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from gpt2mini_tui import words
from gpt2mini_tui.cli.output import is_terminal
from gpt2mini_tui.folds.history import History

__all__ = ["Bar", "position_line", "share_line"]

REDRAW = 0.1
"""Seconds between two drawings at least."""
_LONGEST, _SHORTEST = 30, 8  # columns of the bar itself; there is none where less is left
_SHARE = 8  # columns of ` 100 %  `


def position_line(history: History, width: int) -> str:
    """Return where training stands as one line of at most `width` columns; what matters least is left out first."""
    return share_line(history.step / history.steps if history.steps else 1.0, _parts(history), width)


def share_line(share: float, parts: Sequence[str], width: int) -> str:
    """Return a bar with as many of the parts beside it as there is room for, the first ones first."""
    text = ""
    for part in parts:
        longer = f"{text}  {part}" if text else part
        if len(longer) > width - _SHORTEST - _SHARE and text:
            break
        text = longer
    room = min(_LONGEST, width - len(text) - _SHARE)
    return f"{_bar(share, room)} {math.floor(share * 100):3} %  {text}" if room >= _SHORTEST else text[:width]


def _parts(history: History) -> list[str]:
    rate = history.tokens_per_second.smoothed.y
    parts = [f"{history.step}/{history.steps} steps", f"loss {words.loss(history.loss.smoothed.y)}"]
    if history.validations:
        parts.append(f"val {words.loss(history.last_val, is_measured=True)}")
    if math.isfinite(history.eta):
        parts.append(f"{words.duration(history.eta)} left")
    if rate > 0:
        parts += [f"{rate:,.0f} tokens/s", f"grad norm {history.grad_norm.smoothed.y:.2f}"]
    return parts


def _bar(share: float, width: int) -> str:
    done = int(share * width)
    full, empty = ("━", "─") if "utf" in (sys.stderr.encoding or "").lower() else ("#", "-")
    return full * done + empty * (width - done)


class Bar:
    """The line itself, on standard error. Off a terminal, and once it cannot be written, it does nothing."""

    def __init__(self) -> None:
        self.is_on = is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
        self._drawn = -math.inf
        self._is_dirty = False

    def draw(self, text: str) -> None:
        """Show this text instead of the last."""
        self._write(f"\r{text}\x1b[K")
        self._drawn, self._is_dirty = time.monotonic(), True

    def is_due(self) -> bool:
        """Tell whether it is worth drawing again."""
        return self.is_on and time.monotonic() - self._drawn >= REDRAW

    def clear(self) -> None:
        """Make room for a line that stays."""
        if self._is_dirty:
            self._write("\r\x1b[K")
            self._drawn, self._is_dirty = -math.inf, False

    @property
    def width(self) -> int:
        """Columns of the terminal that may be used; the last one stays free, so that nothing wraps."""
        columns = 0
        with suppress(OSError, ValueError):
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
        return (columns or 80) - 1  # a terminal that was never told its size says 0

    def _write(self, text: str) -> None:
        if not self.is_on:
            return
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            self.is_on = False  # the terminal was closed; the run goes on to save
