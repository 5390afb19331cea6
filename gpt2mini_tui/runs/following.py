"""Reading a log that another process writes: what is in it already, then each event as it comes. Nothing is locked."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gpt2mini.events import Event, from_json
from gpt2mini.runs import Run
from gpt2mini.storage import open_regular

__all__ = ["Rewound", "follow"]

_INTERVAL = 0.25
"""Seconds between two looks at a log that has no more to say."""


class Rewound:
    """The log was cut back: what was said of the steps after the cut is no longer so, and all is told anew."""


class _Tail:
    """A log, and how far it has been read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0

    def is_cut(self) -> bool:
        """Tell whether it is shorter than what was read; then it is read from its beginning again."""
        try:
            is_cut = self._path.stat().st_size < self._place
        except OSError:  # gone, or not there yet
            return False
        self._place = 0 if is_cut else self._place
        return is_cut

    def events(self) -> Iterator[Event]:
        """Yield what has been written since; half a line is left for the next time."""
        try:
            file = open_regular(self._path)
        except OSError:
            return
        with file:
            file.seek(self._place)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._place += len(line)
                event = _read(line)
                if event is not None:
                    yield event


def follow(run: Run, *, stop: Callable[[], bool]) -> Iterator[Event | Rewound | None]:
    """Yield the events of a run until nobody writes it any more, or `stop` says so; None while there is nothing new.

    A run that is over is told to its end.
    """
    tail = _Tail(run.path / "events.jsonl")
    while not stop():
        is_written = run.is_locked()  # asked before reading, so that its last words are not missed
        if tail.is_cut():
            yield Rewound()
        for event in tail.events():
            yield event
            if stop():
                return
        if not is_written:
            return
        yield None
        time.sleep(_INTERVAL)


def _read(line: bytes) -> Event | None:
    try:
        return from_json(line)
    except ValueError:
        return None
