"""What is different on Windows, by its logic: there is no flock, so one far byte of the lock file is locked."""

import os
import sys
import types
from pathlib import Path

import pytest

from gpt2mini.errors import LockedError
from gpt2mini.eventlog import EventLog, is_locked

fcntl = pytest.importorskip("fcntl", reason="the other system's locks are played by this one's")


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Be on Windows as far as locks go; return the places in the file that are locked and unlocked."""
    seen: list[int] = []
    windows = types.ModuleType("msvcrt")

    def locking(file: int, mode: int, count: int) -> None:
        assert count == 1
        seen.append(os.lseek(file, 0, os.SEEK_CUR))
        fcntl.flock(file, fcntl.LOCK_UN if mode == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB)

    windows.locking, windows.LK_UNLCK, windows.LK_NBLCK = locking, 0, 2  # type: ignore[attr-defined]  # what the real one has
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    monkeypatch.setattr(sys, "platform", "win32")
    return seen


def test_only_one_writes_and_asking_locks_nobody_out(tmp_path: Path, places: list[int]) -> None:
    assert not is_locked(tmp_path)
    log = EventLog(tmp_path)
    assert is_locked(tmp_path)
    with pytest.raises(LockedError, match=str(os.getpid())):  # it can be read, though it is locked
        EventLog(tmp_path)
    log.close()
    assert not is_locked(tmp_path)
    EventLog(tmp_path).close()
    assert set(places) == {1 << 30}
