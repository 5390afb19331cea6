"""A history on the disk, so that a long log is read once: the fold of a million events opens like that of a hundred.

What is kept is the state of the fold as JSON, made of the few classes below and of nothing else; a pickle could hold
anything. It is an aid that can be deleted at any time: a file that is damaged, of another version of this program, or
about another state of the log is as good as none, and the log is read again.
"""

import dataclasses
import hashlib
import inspect
import json
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from gpt2mini import probes, series
from gpt2mini.ablations import Ablations
from gpt2mini.config import Config
from gpt2mini.errors import UsageError
from gpt2mini.events import Answered, Probed
from gpt2mini.series import Point, Series
from gpt2mini.settings import from_plain, to_plain
from gpt2mini_tui.folds import ahead, bins, descent, layers, noted, shift
from gpt2mini_tui.folds import history as fold
from gpt2mini_tui.folds.ahead import Above, Ahead, Rise
from gpt2mini_tui.folds.bins import Bins
from gpt2mini_tui.folds.descent import Descent
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.layers import Layers, Look
from gpt2mini_tui.folds.noted import Adjustment, Flip, Skip, Text, Validation
from gpt2mini_tui.folds.shift import Shift

__all__ = ["Keeper"]

_WORTH = 2 * 2**20
"""Bytes of a log that are worth it: some 15,000 steps, read in a quarter of a second."""
_MOST = 100
"""Histories that are kept, each some 400 kB; the oldest go first."""

_SETTINGS: dict[str, type[Any]] = {"Config": Config, "Ablations": Ablations}
_MARKED = (Adjustment, Flip, Skip, Text, Validation, Probed, Answered)
_FOLDED = (History, Ahead, Above, Rise, Descent, Shift, Series, Bins, Layers, Look, Point)
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (*_FOLDED, *_MARKED)} | {"Buckets": type(Series()._raw)}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Keeper:
    """The histories that are kept in a folder. Nothing raises: keeping is never why something fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, log: Path) -> tuple[History, dict[int, float]] | None:
        """Return the history of a log and its validation losses by step, if they were kept as the log stands now."""
        try:
            mark = _mark(log)
            digest, _, kept = self._file(log).read_bytes().partition(b"\n")
            if hashlib.sha256(kept).hexdigest().encode() != digest:
                return None
            plain = json.loads(kept)
            if plain["version"] != _version() or plain["mark"] != mark:
                return None
            validations = {int(step): float(loss) for step, loss in plain["validations"]}
            return cast(History, _thaw(plain["history"])), validations
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, UsageError):
            return None

    def keep(self, log: Path, mark: list[int], history: History, validations: dict[int, float]) -> None:
        """Keep the history of a log that had this mark before it was read, if it is long and still has it."""
        with suppress(OSError, ValueError):
            if mark[1] < _WORTH or mark != _mark(log):
                return
            plain = {"version": _version(), "mark": mark, "validations": [*validations.items()]}
            kept = json.dumps(plain | {"history": _freeze(history)}).encode()
            self._folder.mkdir(parents=True, exist_ok=True)
            target = self._file(log)
            new = target.with_suffix(f".{os.getpid()}")
            new.write_bytes(hashlib.sha256(kept).hexdigest().encode() + b"\n" + kept)
            new.replace(target)
            for old in sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-_MOST]:
                old.unlink(missing_ok=True)

    @staticmethod
    def mark(log: Path) -> list[int]:
        """Return what changes whenever a log does; zeros where there is none."""
        try:
            return _mark(log)
        except OSError:
            return [0, 0]

    def _file(self, log: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(log.absolute())).hexdigest()[:32]}.json"


def _mark(log: Path) -> list[int]:
    status = os.stat(log)
    return [status.st_mtime_ns, status.st_size]


def _version() -> str:
    """Return what changes whenever the code of the fold does: a history of other code may mean something else."""
    if not _VERSION:
        sources = "".join(
            inspect.getsource(module) for module in (series, probes, ahead, bins, descent, layers, noted, shift, fold)
        )
        _VERSION.append(hashlib.sha256(sources.encode()).hexdigest())
    return _VERSION[0]


_VERSION: list[str] = []


def _freeze(value: Any) -> Any:
    """Return a value as JSON knows them: a list stays one, everything else is an object that says what it is."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [_freeze(one) for one in value]
    if kind in (tuple, deque):
        return {"is": kind.__name__, "has": [_freeze(one) for one in value], "most": getattr(value, "maxlen", None)}
    if kind is dict:
        return {"is": "dict", "has": [[_freeze(key), _freeze(one)] for key, one in value.items()]}
    if kind.__name__ in _SETTINGS:
        return {"is": kind.__name__, "has": to_plain(value)}
    return {"is": _NAMES[kind], "has": {name: _freeze(getattr(value, name)) for name in _parts(value)}}


def _thaw(plain: Any) -> Any:
    """Return what was frozen."""
    if isinstance(plain, list):
        return [_thaw(one) for one in plain]
    if not isinstance(plain, dict):
        return plain
    name, has = plain["is"], plain["has"]
    if name == "dict":
        return {_thaw(key): _thaw(one) for key, one in has}
    if name == "tuple":
        return tuple(_thaw(one) for one in has)
    if name == "deque":
        return deque((_thaw(one) for one in has), maxlen=plain["most"])
    if name in _SETTINGS:
        return from_plain(_SETTINGS[name], has)
    return _made(_KINDS[name], {part: _thaw(one) for part, one in has.items()})


def _made(kind: type[Any], parts: dict[str, Any]) -> Any:
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        make = cast(Callable[..., Any], kind)
        return make(**parts)
    empty = object.__new__(kind)
    for name, value in parts.items():
        setattr(empty, name, value)
    return empty


def _parts(value: Any) -> list[str]:
    """Return the names of what an object is made of."""
    if dataclasses.is_dataclass(value):
        return [field.name for field in dataclasses.fields(value)]
    named = getattr(value, "_fields", ()) or getattr(value, "__slots__", ())
    return list(named or vars(value))
