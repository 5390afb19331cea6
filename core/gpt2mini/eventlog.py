"""The event log on the disk: append-only JSON Lines with one writer and any number of readers, who never lock."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gpt2mini.errors import CannotCreateError, DiskError, LockedError
from gpt2mini.events import Evaluated, Event, Skipped, StepDone, from_json, to_json
from gpt2mini.storage import open_regular

__all__ = ["EventLog", "is_locked", "last_events", "read_events"]

LOG, LOCK = "events.jsonl", "lock"
_TELL_SWITCHES = (b'{"event": "Switched"', b'{"event": "Started"')
_TAIL = 64 * 1024
"""Bytes at the end of a log that are enough to tell how a run stands."""


class EventLog:
    """The log of a run folder, open for its only writer. Each record is one `write`, so no reader sees half of one."""

    def __init__(self, folder: Path, *, truncate_at: int | None = None) -> None:
        """Open for appending, dropping a torn last line; with `truncate_at`, everything after that many bytes.

        Raises LockedError while another process has it, and CannotCreateError where it cannot be written to.
        """
        self.path = folder / LOG
        self._lock = _lock(folder)
        try:
            self._file = open_regular(self.path, "ab")
        except OSError as error:
            self._lock.close()
            raise CannotCreateError("cannot write the event log", where=self.path, why=str(error.strerror)) from error
        whole = _whole_lines(self.path)
        self._file.truncate(whole if truncate_at is None else min(whole, truncate_at))

    @property
    def offset(self) -> int:
        """Bytes written so far."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, event: Event) -> None:
        """Write one event; raises DiskError if the disk does not take it."""
        record = to_json(event).encode("utf-8", "backslashreplace") + b"\n"
        before = self.offset
        try:
            if self._file.write(record) != len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            with suppress(OSError):  # half a record would spoil the one after it
                self._file.truncate(before)
            why = (error.strerror or str(error)).lower()
            raise DiskError("cannot write the event log", where=self.path, why=why, do="Free some space.") from error

    def close(self) -> None:
        """Flush to the disk and let another process write."""
        with suppress(OSError):
            os.fsync(self._file.fileno())
        self._file.close()
        self._lock.close()


def read_events(folder: Path) -> Iterator[Event]:
    """Yield every event of a run folder's log; a torn or foreign line is passed over, a missing log is empty."""
    try:
        file = open_regular(folder / LOG)
    except OSError:
        return
    with file:
        for line in file:
            event = _read(line)
            if event is not None:
                yield event


def last_events(folder: Path) -> dict[str, Event]:
    """Return what the end of a log tells: the last event (`end`), step (`step`) and validation (`eval`), and the event
    that last said how the switches stand (`on`). Any of them may lie further back.
    """
    found: dict[str, Event] = {}
    lines = _tail(folder / LOG)
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


def is_locked(folder: Path) -> bool:
    """Tell whether a process is writing this run now."""
    try:
        with open_regular(folder / LOCK) as file:
            return not _take(file, shared=True)
    except OSError:
        return False


def _tail(path: Path) -> list[bytes]:
    try:
        with open_regular(path) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return file.read().splitlines(keepends=True)
    except OSError:
        return []


def _read(line: bytes) -> Event | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return from_json(line)
    except ValueError:
        return None


def _whole_lines(path: Path) -> int:
    """Return how many bytes of the file are whole lines, reading backwards from its end."""
    with open_regular(path) as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
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
        raise CannotCreateError("cannot write in the run folder", where=folder, why=str(error.strerror)) from error
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
    if os.name == "nt":  # no advisory locks there; the run folder is guarded by convention only
        return True
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
