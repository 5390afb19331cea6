"""The event log on the disk: append-only JSON Lines with one writer and any number of readers, who never lock."""

import errno
import math
import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gpt2mini.errors import CannotCreateError, CheckpointError, DiskError, LockedError, reason
from gpt2mini.events import Evaluated, Event, Skipped, StepDone, Switched, from_json, to_json
from gpt2mini.storage import open_regular

__all__ = ["LOCK", "LOG", "EventLog", "Recent", "is_locked", "last_events", "read_events", "recent", "speeds"]

LOG, LOCK = "events.jsonl", "lock"
"""The files of a run folder that hold its events, and the number of the process that writes them."""
_TELL_SWITCHES = (b'{"event": "Switched"', b'{"event": "Started"')
PATIENCE = 64 * 2**20
"""Bytes of events, some 300,000 steps, that wait in memory for a disk that is full."""
LINE_LIMIT = 16 * 2**20
"""Bytes of a line; the longest sample there can be takes a quarter of it."""
_FAR = 1 << 30  # the place of the byte that is locked on Windows; the file need not be as long
_TAIL = 64 * 1024
"""Bytes at the end of a log that are enough to tell how a run stands."""
_LATEST = 14 * 1024
"""Bytes at the end of a log with as many training losses as have a weight in their moving average."""
_SEARCHED = 4 * 2**20
"""Bytes at the end of a log that are searched for switches, some 28,000 steps, which takes milliseconds."""
_SWITCHED = b'{"event": "Switched"'
_SPEED = re.compile(rb'{"event": "StepDone"[^\n]*?"tokens_per_second": ([^,}]+)')
_LOSS = re.compile(rb'\n\{"event": "StepDone", "step": \d+, "loss": ([^,}]+)')


class EventLog:
    """The log of a run folder, open for its only writer. Each record is one `write`, so no reader sees half of one.

    While the disk takes nothing, records wait in memory, and `trouble` says why; the next one tries again.
    """

    def __init__(self, folder: Path, *, to_be_cut: bool = False) -> None:
        """Open for appending, dropping a torn last line; a log `to_be_cut` is left as it is until `cut` is called.

        Raises LockedError while another process has it, CannotCreateError where it cannot be written to, and
        CheckpointError for a log that is none.
        """
        self.path = folder / LOG
        self.trouble = ""
        """Why the last records are not on the disk yet; empty if they are."""
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lock = _lock(folder)
        try:
            self._file = open_regular(self.path, "ab")
            self._end = 0
            if not to_be_cut:
                self._end = _whole_lines(self.path)
                self._file.truncate(self._end)
        except OSError as error:
            self._lock.close()
            raise CannotCreateError("cannot write the event log", where=self.path, why=reason(error)) from error
        except CheckpointError:
            self._lock.close()
            self._file.close()
            raise

    @property
    def offset(self) -> int:
        """Bytes written so far."""
        return self._end

    def cut(self, offset: int) -> None:
        """Drop every line that does not end within so many bytes; raises DiskError and CheckpointError."""
        try:
            self._end = _whole_lines(self.path, offset)
            self._file.truncate(self._end)
        except OSError as error:
            raise DiskError("cannot cut the event log", where=self.path, why=reason(error)) from error

    def append(self, event: Event) -> None:
        """Write one event; raises DiskError once more than `PATIENCE` bytes wait for a disk that takes none."""
        line = to_json(event).encode("utf-8", "backslashreplace") + b"\n"
        self._waiting.append(line)
        self._size += len(line)
        self._flush()
        if self._size > PATIENCE:
            raise DiskError("cannot write the event log", where=self.path, why=self.trouble, do="Free some space.")

    def is_in_place(self) -> bool:
        """Tell whether the run folder is still where it was, with this log in it."""
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def close(self) -> None:
        """Flush to the disk and let another process write."""
        self._flush()
        with suppress(OSError):
            os.fsync(self._file.fileno())
        self._file.close()
        self._lock.close()

    def _flush(self) -> None:
        """Write what waits, record by record; half a record is taken back."""
        while self._waiting:
            line = self._waiting[0]
            try:
                written = self._file.write(line)
                if written != len(line):
                    self._file.truncate(self._end)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as error:
                self.trouble = reason(error)
                return
            self._end += len(line)
            self._size -= len(line)
            self._waiting.popleft()
        self.trouble = ""


def read_events(folder: Path, *, bad: Callable[[], None] | None = None) -> Iterator[Event]:
    """Yield every event of a run folder's log; a missing log is empty, a torn last line is left out.

    A line that is no event is passed over, after `bad` was called; one of a kind this version does not know is not bad.
    """
    try:
        with open_regular(folder / LOG) as file:
            while (line := file.readline(LINE_LIMIT)).endswith(b"\n"):
                try:
                    event = from_json(line)
                except ValueError:
                    if bad is not None:
                        bad()
                    continue
                if event is not None:
                    yield event
    except OSError:
        return


def last_events(folder: Path) -> dict[str, Event]:
    """Return what the end of a log tells: the last event (`end`), step (`step`) and validation (`eval`), and the event
    that last said how the switches stand (`on`). Any of them may lie further back.
    """
    return _last(_ending(folder / LOG, _TAIL)[0])


def speeds(folder: Path) -> list[float]:
    """Return how many tokens a second each of the latest steps took, some 400 of them; none for a run without one."""
    found: list[float] = []
    for text in _SPEED.findall(_ending(folder / LOG, _TAIL)[0]):
        with suppress(ValueError):
            found.append(float(text))
    return [speed for speed in found if 0 < speed < math.inf]


def _last(ending: bytes) -> dict[str, Event]:
    found: dict[str, Event] = {}
    lines = ending.splitlines(keepends=True)
    for line in reversed(lines):
        event = _read(line)
        if event is None:
            continue
        found.setdefault("end", event)
        if isinstance(event, StepDone | Skipped):
            found.setdefault("step", event)
        elif isinstance(event, Evaluated):
            found.setdefault("eval", event)
        if len(found) == 3:
            break
    told = next((event for line in reversed(lines) if line.startswith(_TELL_SWITCHES) and (event := _read(line))), None)
    return found if told is None else {**found, "on": told}


class Recent(NamedTuple):
    """What the last 4 MB of a log tell without reading every event in them."""

    last: dict[str, Event]
    """As `last_events` has it."""
    losses: list[float]
    """Of the latest training steps, the latest last."""
    switches: list[Switched]
    is_all: bool
    """Whether the log is no longer than that."""


def recent(folder: Path) -> Recent:
    """Return what happened lately in the run of a folder."""
    ending, is_all = _ending(folder / LOG, _SEARCHED)
    losses: list[float] = []
    for text in _LOSS.findall(ending, max(0, len(ending) - _LATEST)):
        with suppress(ValueError):
            losses.append(float(text))
    return Recent(_last(ending[-_TAIL:]), losses, list(_switches(ending)), is_all)


def _switches(ending: bytes) -> Iterator[Switched]:
    at = ending.find(_SWITCHED)  # in a text its quotes would be escaped
    while at >= 0:
        event = _read(ending[at : ending.find(b"\n", at) + 1])
        if isinstance(event, Switched):
            yield event
        at = ending.find(_SWITCHED, at + 1)


def is_locked(folder: Path) -> bool:
    """Tell whether a process is writing this run now."""
    try:
        with open_regular(folder / LOCK) as file:
            return not _take(file, shared=True)
    except OSError:
        return False


def _ending(path: Path, most: int) -> tuple[bytes, bool]:
    """Return so many bytes from the end of a file, and whether that is all of it; nothing of one that is not there."""
    try:
        with open_regular(path) as file:
            start = max(0, os.fstat(file.fileno()).st_size - most)
            file.seek(start)
            return file.read(), not start
    except OSError:
        return b"", True


def _read(line: bytes) -> Event | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return from_json(line)
    except ValueError:
        return None


def _whole_lines(path: Path, limit: int | None = None) -> int:
    """Return how many bytes of the file, or of so many at its beginning, are whole lines; reads from the end."""
    with open_regular(path) as file:
        end = file.seek(0, os.SEEK_END)
        end = end if limit is None else min(end, limit)
        lowest = end - LINE_LIMIT
        while end > 0:
            if end < lowest:
                raise CheckpointError("the event log is damaged", where=path, why="its last line has no end")
            start = max(0, end - 65536)
            file.seek(start)
            cut = file.read(end - start).rfind(b"\n")
            if cut >= 0:
                return start + cut + 1
            end = start
    return 0


def _lock(folder: Path) -> BinaryIO:
    """Take the only writer's place and leave the pid there; closing the file lets go. Raises LockedError."""
    try:
        file = open_regular(folder / LOCK, "a+b")
    except OSError as error:
        raise CannotCreateError("cannot write in the run folder", where=folder, why=reason(error)) from error
    for _ in range(5):  # a viewer that asks who writes holds it for microseconds
        if _take(file, shared=False):
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
            return file
        time.sleep(0.02)
    with file:
        file.seek(0)
        pid = file.read(20).decode("ascii", "replace").strip() or "unknown"
    raise LockedError("another process is training this run", where=folder.name, why=f"it has the number {pid}")


def _take(file: BinaryIO, *, shared: bool) -> bool:
    """Lock the file until it is closed; False if somebody else has it."""
    if sys.platform == "win32":
        return _take_a_byte(file, keep=not shared)
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _take_a_byte(file: BinaryIO, *, keep: bool) -> bool:
    """Do the same where there is no flock: lock one byte, far behind the pid, since nobody could read a locked one."""
    import msvcrt

    place = file.tell()
    file.seek(_FAR)
    try:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows has it
        if not keep:
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]  # the same
    except OSError:
        return False
    finally:
        file.seek(place)
    return True
