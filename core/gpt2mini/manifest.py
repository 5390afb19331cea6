"""What a run is, in run.json: written when it is created, and read before anything else of it."""

import json
import platform
import time
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gpt2mini.config import Config
from gpt2mini.errors import CheckpointError, UsageError
from gpt2mini.settings import from_plain, to_plain
from gpt2mini.storage import read_json

__all__ = ["FORMAT", "MANIFEST", "Manifest", "as_file", "read_manifest", "versions"]

MANIFEST = "run.json"
"""The file of this name makes a folder a run."""
FORMAT = 1
"""The version of everything in a run folder. A newer one is refused, an older one is read for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a run is, written once when it is created."""

    config: Config
    corpus: dict[str, Any]
    """Name, source, fingerprint and sizes of the text."""
    tokenizer: dict[str, Any]
    versions: dict[str, str]
    created: float = field(default_factory=time.time)
    """Seconds since 1970."""
    parent: str = ""
    """The run and checkpoint this one was forked from, if any."""
    command: str = ""
    """The command line that makes the same run."""


def read_manifest(run: Path) -> Manifest:
    """Return what a run folder says it is; raises CheckpointError if that is damaged or newer than this program."""
    where = run / MANIFEST
    plain = read_json(where)
    if not isinstance(plain, dict) or not isinstance(plain.get("format"), int):
        raise CheckpointError("this is not a run folder", where=where, why="it has no format number")
    if plain["format"] > FORMAT:
        raise CheckpointError("this run was made by a newer version", where=where, do="Update gpt2mini-tui.")
    known = {key: plain[key] for key in Manifest.__dataclass_fields__ if key in plain}
    try:
        return from_plain(Manifest, known)
    except UsageError as error:
        raise CheckpointError("cannot read the run", where=where, why=str(error)) from error


def as_file(manifest: Manifest) -> bytes:
    """Return what stands in the file."""
    plain = json.dumps({"format": FORMAT, **to_plain(manifest)}, ensure_ascii=False, indent=1)
    return plain.encode("utf-8", "backslashreplace")  # a path may be no text


def versions() -> dict[str, str]:
    """Return the versions that a run depends on, without importing any of it."""
    found = {name: _version(name) for name in ("gpt2mini-tui", "torch", "numpy", "safetensors")}
    return {**found, "python": platform.python_version()}


@cache  # the files of a package are read for it, and 20 ms are felt where runs are opened one after another
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
