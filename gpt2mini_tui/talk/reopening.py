"""Conversations back from the disk: the JSON that `transcripts` writes, of which nothing is believed unchecked."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gpt2mini.errors import CheckpointError, DataError
from gpt2mini.settings import Value
from gpt2mini.storage import parse_json, read_regular
from gpt2mini_tui.talk.branches import Branches
from gpt2mini_tui.talk.transcripts import FORMAT, Record

__all__ = ["Kept", "kept_in", "reopen"]

T = TypeVar("T")

_LIMIT = 32 * 2**20  # bytes
_PARTS = 2_000_000  # a token has ten; the whole then takes 200 MB
_UNKNOWN = "unknown"
"""The vocabulary of a text that does not say it: its words are read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A conversation that was saved, as the folder lists it; nothing in the file has been believed."""

    path: Path
    saved: float
    """Seconds since 1970."""
    size: int
    """Bytes."""


def kept_in(folder: Path) -> list[Kept]:
    """Return the conversations in a folder, the newest first; none if there is no such folder."""
    try:
        entries = [entry for entry in os.scandir(folder) if entry.name.endswith(".json") and entry.is_file()]
        found = [
            Kept(path=Path(entry.path), saved=entry.stat().st_mtime, size=entry.stat().st_size) for entry in entries
        ]
    except OSError:
        return []
    return sorted(found, key=lambda kept: (kept.saved, kept.path.name), reverse=True)


def reopen(path: Path) -> list[Record]:
    """Return the texts of a saved conversation, each with all its branches; its Markdown stands for the JSON beside it.

    Raises NotFoundError if it is not there, and DataError for a file that is no conversation or of a later version.
    """
    path = path.with_suffix(".json") if path.suffix == ".md" else path
    try:
        plain = parse_json(read_regular(path, limit=_LIMIT), where=path, parts=_PARTS)
        texts = _value(plain, "texts", list) if _format(plain) else []
        records = [_record(text) for text in texts]
    except (CheckpointError, ValueError) as error:
        why = error.why if isinstance(error, CheckpointError) else str(error)
        raise DataError("this is not a conversation that can be opened", where=path, why=why) from error
    if not records:
        raise DataError("there is nothing in this conversation", where=path)
    return records


def _format(plain: Any) -> int:
    version = _value(plain, "format", int)
    if version > FORMAT:
        raise ValueError(f"it is of format {version}, and this version reads up to {FORMAT}")
    if version < 1 or "texts" not in plain:
        raise ValueError("it has another form")
    return version


def _record(plain: Any) -> Record:
    tokens = _value(plain, "tokens", list)
    if not all(isinstance(token, dict) for token in tokens):
        raise ValueError("a token makes no sense")
    others = _value(plain, "others", dict, {})
    return Record(
        model=_value(plain, "model", str),
        settings=_settings(_value(plain, "settings", dict, {})),
        branches=Branches.from_plain(tokens, _value(plain, "end", int)),
        vocabulary=_value(plain, "vocabulary", str, "") or _UNKNOWN,
        notices=[str(notice) for notice in _value(plain, "notices", list, [])],
        command=_value(plain, "command", str, ""),
        others={name: float(bits) if isinstance(bits, int | float) else math.nan for name, bits in others.items()},
    )


def _settings(plain: Mapping[str, Any]) -> dict[str, Value]:
    if not all(isinstance(value, bool | int | float | str) for value in plain.values()):
        raise ValueError("a setting makes no sense")
    return dict(plain)


def _value(plain: Any, name: str, kind: type[T], default: T | None = None) -> T:
    """Return what stands under a name, of the kind that it must be."""
    value = plain.get(name, default) if isinstance(plain, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"it has no {name}" if value is None else f"its {name} makes no sense")
    return value
