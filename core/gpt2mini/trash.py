"""What was deleted lies here until it comes back or grows old: one rename there, one rename back.

<store>/.trash/<number>/origin    where it came from, relative to the store
<store>/.trash/<number>/<name>    what was deleted, a run or a checkpoint
"""

import os
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.errors import CannotCreateError, DiskError, LabError, NotFoundError, reason
from gpt2mini.storage import read_regular, write_file

__all__ = ["DAYS", "Trashed", "empty", "put_back", "throw", "trashed"]

DAYS = 30
"""Days that something deleted can be brought back."""

_TRASH, _ORIGIN = ".trash", "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trashed:
    """Where something deleted lies, and where it came from."""

    origin: Path
    path: Path
    when: float = 0.0
    """Seconds since 1970."""


def throw(root: Path, path: Path) -> Trashed:
    """Move something below the root into its trash; raises NotFoundError and DiskError."""
    aside = root / _TRASH / uuid.uuid4().hex
    try:
        aside.mkdir(parents=True)
        write_file(aside / _ORIGIN, os.fsencode(path.relative_to(root)))
        os.rename(path, aside / path.name)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if isinstance(error, FileNotFoundError):
            raise NotFoundError("there is nothing of that name here", where=path) from error
        raise DiskError("cannot delete this", where=path, why=reason(error)) from error
    return Trashed(origin=path, path=aside / path.name, when=time.time())


def put_back(gone: Trashed) -> None:
    """Move something back to where it was.

    Raises CannotCreateError if that place is taken or gone itself, and NotFoundError if it is in the trash no more.
    """
    if gone.origin.exists():
        do = "Give what is there now another name, then bring this back."
        raise CannotCreateError("there is something of that name again", where=gone.origin, do=do)
    if not gone.origin.parent.is_dir():
        do = "Bring back the run first."
        raise CannotCreateError("the run that this belongs to is not there", where=gone.origin.parent.name, do=do)
    try:
        os.rename(gone.path, gone.origin)
    except FileNotFoundError as error:
        raise NotFoundError("this is not in the trash any more", where=gone.origin.name) from error
    except OSError as error:
        raise CannotCreateError("cannot bring this back", where=gone.origin, why=reason(error)) from error
    shutil.rmtree(gone.path.parent, ignore_errors=True)


def trashed(root: Path) -> list[Trashed]:
    """Return what lies in the trash of a store, what was deleted last at the end."""
    found: list[Trashed] = []
    with suppress(OSError):
        for item in os.scandir(root / _TRASH):
            with suppress(OSError, LabError):
                origin = root / os.fsdecode(read_regular(Path(item.path, _ORIGIN), limit=4096))
                path = Path(item.path, origin.name)
                if origin.is_relative_to(root) and ".." not in origin.parts and path.exists():
                    found.append(Trashed(origin=origin, path=path, when=item.stat().st_mtime))
    return sorted(found, key=lambda gone: gone.when)


def empty(root: Path, *, days: float = DAYS) -> int:
    """Delete for good what was deleted so many days ago or more; return how many things that were. Never raises."""
    count = 0
    with suppress(OSError):
        for item in os.scandir(root / _TRASH):
            with suppress(OSError):
                if time.time() - item.stat(follow_symlinks=False).st_mtime >= days * 86400:
                    shutil.rmtree(item.path, ignore_errors=True)
                    count += 1
    return count
