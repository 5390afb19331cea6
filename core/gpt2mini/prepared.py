"""Texts as arrays on the disk: prepared once, mapped into memory ever after, and safe to delete at any time.

    <home>/data/prepared/<fingerprint>/tokens.bin     ids, little-endian, one after the other
    <home>/data/prepared/<fingerprint>/corpus.json    name, tokenizer, counts, reference lines, checksum

The fingerprint is of the characters themselves: an edited text is another text, and a training that runs on the old
one never notices. What is damaged is thrown away and made again.
"""

import hashlib
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from gpt2mini.errors import DataError, LabError
from gpt2mini.paths import Home
from gpt2mini.settings import from_plain, to_plain
from gpt2mini.storage import new_folder, read_json, write_file
from gpt2mini.tokenizer import Ids, Tokenizer, tokenizer_from_plain

__all__ = [
    "About",
    "Entry",
    "Prepared",
    "References",
    "TextStatistics",
    "entries",
    "load",
    "recall",
    "remember",
    "write",
]

References = dict[str, float]

FORMAT = 1
_TOKENS, _ABOUT = "tokens.bin", "corpus.json"
_CHUNK = 1 << 22  # bytes that are checked at once
_STALE = 24 * 3600  # seconds after which a temporary folder belongs to nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStatistics:
    """How large a text is, in the ways people count it."""

    characters: int
    distinct: int
    """Different characters."""
    utf8_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Everything about a prepared text but the numbers themselves."""

    name: str
    source: str
    """As it was called when it was first prepared."""
    fingerprint: str
    tokenizer: Tokenizer
    statistics: TextStatistics


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A text as numbers."""

    about: About
    tokens: Ids
    """All of them; mapped from the disk, read-only, unless they could not be kept there."""
    references: References


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A text that can be trained on, as a list shows it."""

    name: str
    source: str
    description: str = ""
    """Of a built-in text."""
    fingerprint: str = ""
    """Empty for one that was never prepared."""
    characters: int = 0
    vocabulary: int = 0
    size: int = 0
    """Bytes on the disk."""
    problem: str = ""
    """What is wrong with it, as a sentence; empty for a sound one."""


def load(home: Home, fingerprint: str) -> Prepared | None:
    """Return what was prepared under this fingerprint, verified, or None; what is damaged is removed."""
    folder = home.prepared / fingerprint
    if not fingerprint.isalnum() or not folder.is_dir():
        return None
    try:
        return _read(folder)
    except (LabError, OSError):
        _remove(folder)
        return None


def write(home: Home, about: About, chunks: Iterable[Ids], measure: Callable[[Ids], References]) -> None:
    """Write the chunks as a prepared text; `measure` makes the references from all the tokens.

    Raises CannotCreateError if it is there already or cannot be written, DiskError if the disk fails on the way, and
    whatever the chunks raise; nothing is left behind then.
    """
    _sweep(home.prepared)
    with new_folder(home.prepared / about.fingerprint) as folder:
        checksum, count = _write_tokens(folder / _TOKENS, chunks)
        plain = {
            "format": FORMAT,
            "name": about.name,
            "source": about.source,
            "fingerprint": about.fingerprint,
            "tokenizer": about.tokenizer.to_plain(),
            "statistics": to_plain(about.statistics),
            "references": measure(_mapped(folder / _TOKENS, about.tokenizer, count)),
            "tokens": count,
            "sha256": checksum,
        }
        write_file(folder / _ABOUT, json.dumps(plain, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def recall(home: Home, recipe: str) -> Prepared | None:
    """Return what this recipe made the last time, or None."""
    try:
        fingerprint = (home.prepared / f"{recipe}.recipe").read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return load(home, fingerprint)


def remember(home: Home, recipe: str, fingerprint: str) -> None:
    """Note what a recipe made, so that it can be found without being made; where that fails, it costs only time."""
    with suppress(OSError):
        write_file(home.prepared / f"{recipe}.recipe", fingerprint.encode("ascii"))


def entries(home: Home) -> list[Entry]:
    """Return what has been prepared, by name; a damaged one is listed with what is wrong."""
    try:
        folders = [Path(item.path) for item in os.scandir(home.prepared) if item.is_dir() and item.name[0] != "."]
    except OSError:
        return []
    return sorted((_entry(folder) for folder in folders), key=lambda entry: (entry.name, entry.fingerprint))


def _entry(folder: Path) -> Entry:
    try:
        about, _ = _about(folder)
        size = sum(item.stat().st_size for item in os.scandir(folder))
    except (LabError, OSError) as error:
        return Entry(name=folder.name[:12], source="", fingerprint=folder.name, problem=str(error))
    return Entry(
        name=about.name,
        source=about.source,
        fingerprint=about.fingerprint,
        characters=about.statistics.characters,
        vocabulary=about.tokenizer.vocab_size,
        size=size,
    )


def _read(folder: Path) -> Prepared:
    about, plain = _about(folder)
    references, count = plain.get("references"), plain.get("tokens")
    if not isinstance(count, int) or count < 1 or not _is_references(references):
        raise DataError("the prepared text is damaged", where=folder, why="its description makes no sense")
    path = folder / _TOKENS
    if path.stat().st_size != count * about.tokenizer.dtype.itemsize:
        raise DataError("the prepared text is damaged", where=folder, why="it has another length")
    if _checksum(path, about.tokenizer) != plain.get("sha256"):
        raise DataError("the prepared text is damaged", where=folder, why="its checksum differs")
    return Prepared(about=about, tokens=_mapped(path, about.tokenizer, count), references=references)


def _about(folder: Path) -> tuple[About, dict[str, Any]]:
    plain = read_json(folder / _ABOUT)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT or plain.get("fingerprint") != folder.name:
        raise DataError("this is not a prepared text", where=folder)
    about = About(
        name=str(plain.get("name")),
        source=str(plain.get("source")),
        fingerprint=folder.name,
        tokenizer=tokenizer_from_plain(plain.get("tokenizer")),
        statistics=from_plain(TextStatistics, plain.get("statistics")),
    )
    return about, plain


def _is_references(value: object) -> TypeGuard[References]:
    return isinstance(value, dict) and all(isinstance(line, float) and math.isfinite(line) for line in value.values())


def _mapped(path: Path, tokenizer: Tokenizer, count: int) -> Ids:
    return np.memmap(path, dtype=tokenizer.dtype, mode="r", shape=(count,))


def _write_tokens(path: Path, chunks: Iterable[Ids]) -> tuple[str, int]:
    """Write the chunks one after the other; return the checksum of the file and the number of tokens."""
    digest, count = hashlib.sha256(), 0
    with open(path, "wb") as file:
        for ids in chunks:
            data = ids.tobytes()
            digest.update(data)
            file.write(data)
            count += len(ids)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), count


def _checksum(path: Path, tokenizer: Tokenizer) -> str:
    """Return the checksum of the file; raises DataError for an id outside the vocabulary."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
            if np.frombuffer(data, dtype=tokenizer.dtype).max() >= tokenizer.vocab_size:
                raise DataError("the prepared text is damaged", where=path, why="an id is outside the vocabulary")
    return digest.hexdigest()


def _remove(folder: Path) -> None:
    """Move a folder out of the way in one step, then delete it; where that fails it stays, and stays unused."""
    with suppress(OSError):
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        os.rename(folder, aside / folder.name)
        shutil.rmtree(aside, ignore_errors=True)


def _sweep(prepared: Path) -> None:
    """Delete what processes that were killed left behind, once it is a day old."""
    with suppress(OSError):
        for item in os.scandir(prepared):
            if item.name.startswith(".") and item.is_dir() and time.time() - item.stat().st_mtime > _STALE:
                shutil.rmtree(item.path, ignore_errors=True)
