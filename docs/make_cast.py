"""Records docs/pictures/first-minute.cast: the real app in a real terminal, as somebody sees it in the first minute.

    python docs/make_cast.py
    asciinema play docs/pictures/first-minute.cast

The file is an asciicast of version 2: a line of JSON about the terminal, then one for each piece of output. The keys
are pressed by this program, when the log of the run says that it is time; waiting of more than a second is cut.
"""

import argparse
import codecs
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gpt2mini.events import StepDone
from gpt2mini.paths import Home
from gpt2mini.runs import Run

CAST = Path(__file__).resolve().parent / "pictures" / "first-minute.cast"
COLUMNS, ROWS = 120, 40
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
SMALL = "--n-embd 48 --block-size 32 --batch-size 8 --dropout 0 --lr 4e-3 --eval-every 20 --threads 1"
FLIP, BACK, STEPS = 120, 150, 240
"""The steps at which residual connections go off and come back, and the last one."""
LONGEST = 1.0
"""Seconds without output that are kept."""
PATIENCE = 300.0
"""Seconds for anything to happen."""

Moment = tuple[Callable[["Recorder"], bool], str]


class Recorder:
    """A terminal with the lab in it, and everything that came out of it so far."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.heard: list[tuple[float, str]] = []
        """Seconds since the beginning, and what was written then."""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GPT2MINI_")}
        words = ["launch", "--name", "first", *SMALL.split(), "--steps", str(STEPS), "--device", "cpu"]
        self._lab = subprocess.Popen(
            [sys.executable, "-m", "gpt2mini_tui", *words],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            cwd=home.root,
            env=clean | TERMINAL | {"GPT2MINI_HOME": str(home.root), "XDG_CONFIG_HOME": str(home.root)},
        )
        os.close(inner)
        self._began = time.monotonic()

    def press(self, keys: str) -> None:
        """Type something."""
        os.write(self._fd, keys.encode())

    def listen(self, seconds: float) -> bool:
        """Take in what is written within this time; False once the lab has ended."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                continue
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:  # Linux says so when nobody holds the other end any more
                data = b""
            if not data:
                return False
            self.heard.append((time.monotonic() - self._began, self._decode(data)))
        return True

    def until(self, holds: Callable[["Recorder"], bool]) -> None:
        """Listen until something is so."""
        end = time.monotonic() + PATIENCE
        while not holds(self):
            if time.monotonic() > end or not self.listen(0.05):
                raise TimeoutError("it never happened")

    def close(self) -> int:
        """Listen to the end, and return the exit code."""
        while self.listen(0.2):
            pass
        os.close(self._fd)
        return self._lab.wait(PATIENCE)


def said(word: str) -> Callable[[Recorder], bool]:
    """Return whether something stands on the screen, or stood there."""
    return lambda lab: any(word in text for _, text in lab.heard)


def at_step(step: int) -> Callable[[Recorder], bool]:
    """Return whether the run has taken so many steps."""

    def holds(lab: Recorder) -> bool:
        events = Run(lab.home.checkpoints / "first").events()
        return any(isinstance(event, StepDone) and event.step >= step for event in events)

    return holds


STORY: tuple[Moment, ...] = (
    (said("Quit"), "s"),
    (at_step(FLIP), "R"),
    (at_step(BACK), "R"),
    (at_step(STEPS), "4"),
    (said("entropy"), "Once upon a time\r"),
    (said("bits/token"), "\x1b"),
    (said("Walk"), "q"),
)
"""What is waited for, and the keys that are pressed then."""


def record(home: Home) -> list[tuple[float, str]]:
    """Return what the lab wrote while the story was told."""
    lab = Recorder(home)
    for holds, keys in STORY:
        lab.until(holds)
        lab.listen(LONGEST)
        lab.press(keys)
    code = lab.close()
    if code:
        raise RuntimeError(f"the lab ended with {code}")
    return lab.heard


def lines(heard: list[tuple[float, str]]) -> Iterator[str]:
    """Yield the lines of an asciicast, its waiting cut short."""
    yield json.dumps({"version": 2, "width": COLUMNS, "height": ROWS, "title": "gpt2mini-tui: the first minute"})
    now = before = 0.0
    for moment, text in heard:
        now += min(moment - before, LONGEST)
        before = moment
        yield json.dumps([round(now, 3), "o", text], ensure_ascii=False)


def main() -> int:
    """Record, and say how long it became."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=CAST, help="where the recording goes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        written = [*lines(record(Home(Path(empty).resolve())))]
    asked.file.write_text("\n".join(written) + "\n", encoding="utf-8")
    seconds = json.loads(written[-1])[0]
    print(f"{asked.file.name}  {seconds:.0f} s, {asked.file.stat().st_size / 1000:,.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
