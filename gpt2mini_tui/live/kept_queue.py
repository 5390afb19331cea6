"""The queue on the disk, so that what waits for its turn outlives the lab: beside the runs, for one lab at a time."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

from gpt2mini.config import Config
from gpt2mini.errors import LabError, UsageError
from gpt2mini.settings import fits, from_plain
from gpt2mini.storage import open_regular, read_json
from gpt2mini_tui.setup.plan import PARTS, ForkRun, NewRun, Plan, PlayCard, ResumeRun

__all__ = ["KeptQueue"]

_KINDS: dict[str, type[Plan]] = {"new": NewRun, "fork": ForkRun, "resume": ResumeRun, "card": PlayCard}


class KeptQueue:
    """A file with the plans that wait. A second lab on the same runs finds it taken, and keeps its queue to itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: BinaryIO | None = None
        self._kept: tuple[Plan, ...] | None = None

    def read(self) -> list[Plan]:
        """Return what waited when the lab was left, but what makes no sense; nothing where another lab has it."""
        if not (self._folder / ".queue.json").exists() or not self._take():
            return []
        plans: list[Plan] = []
        with suppress(LabError, TypeError, AttributeError):
            for plain in read_json(self._folder / ".queue.json")["plans"]:
                with suppress(LabError, TypeError, KeyError, AttributeError):
                    plans.append(_plan(plain))
        self._kept = tuple(plans)
        return plans

    def write(self, plans: Sequence[Plan]) -> bool:
        """Keep what waits, if it is something else than before; tell whether it is on the disk now."""
        if self._kept == tuple(plans) or (self._kept is None and not plans):
            return self._kept is not None
        if not self._take():
            return False
        aside = self._folder / f".queue.{os.getpid()}"
        plain = {"format": 1, "plans": [_plain(plan) for plan in plans]}
        try:
            aside.write_text(json.dumps(plain, indent=1), encoding="utf-8", errors="backslashreplace")
            os.replace(aside, self._folder / ".queue.json")
        except OSError:  # it is tried again with the next change; leaving says what is not kept
            with suppress(OSError):
                aside.unlink()
            return False
        self._kept = tuple(plans)
        return True

    def close(self) -> None:
        """Let another lab have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take(self) -> bool:
        """Become the only one who writes it, until `close`."""
        if self._lock is not None:
            return True
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = open_regular(self._folder / ".queue.lock", "a+b")
        except OSError:
            return False
        if os.name != "nt":  # no advisory locks there
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                return False
        self._lock = lock
        return True


def _plain(plan: Plan) -> dict[str, Any]:
    kind = next(kind for kind, cls in _KINDS.items() if isinstance(plan, cls))
    return {"kind": kind, **asdict(plan)}


def _plan(plain: Mapping[str, Any]) -> Plan:
    """Return a plan as it was kept, believing nothing: raises UsageError, TypeError, KeyError."""
    cls = _KINDS[plain["kind"]]
    values = {item.name: plain[item.name] for item in fields(cls) if item.name in plain}
    if cls is NewRun:
        values["config"] = from_plain(Config, values["config"])
    if cls is ForkRun:
        _check_changes(values.get("changes"))
    kinds = {"threads": int, "seeds": int, "steps": int | None}
    for name, value in values.items():
        if name not in ("config", "changes") and not fits(value, kinds.get(name, str)):
            raise UsageError(f"a plan does not take {str(value)[:40]!r} for {name!r}")
    return cls(**values)


def _check_changes(changes: object) -> None:
    if not isinstance(changes, dict):
        raise UsageError("a fork lacks its changes")
    for part, values in changes.items():
        known = {item.name for item in fields(PARTS[part])}
        if not isinstance(values, dict) or not known.issuperset(values):
            raise UsageError(f"a fork cannot change {str(values)[:40]!r}")
