"""Files that survive a crash, and reading that believes nothing.

Writing: into a temporary folder beside the target, every file flushed to the disk, then one rename. So a folder of
that name is either whole or not there. Reading: regular files only, never through a link, never a pipe, never more
bytes than said, JSON without duplicate keys or words that JSON does not have.
"""

import errno
import hashlib
import json
import math
import os
import shutil
import stat
import typing
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from gpt2mini.errors import CannotCreateError, CheckpointError, DiskError, NotFoundError, reason

__all__ = [
    "new_folder",
    "open_checked",
    "open_regular",
    "parse_json",
    "read_json",
    "read_regular",
    "replace_file",
    "sha256",
    "write_file",
]

JSON_LIMIT = 8 * 2**20
"""Bytes; a vocabulary of all of Unicode fits."""

PARTS_LIMIT = 200_000
"""Lists, objects and their items; a model of 256 layers has 30,000, and each part takes 100 bytes of memory."""


def open_regular(path: Path, mode: str = "rb") -> BinaryIO:
    """Open a regular file in a binary mode, unbuffered for writing; nothing else in its place is ever waited for.

    Raises OSError for a link, a pipe, a device or a folder.
    """
    plain = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags | plain, 0o666)

    file = open(path, mode, -1 if mode == "rb" else 0, opener=opened)  # noqa: SIM115  # the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a regular file")
    return typing.cast(BinaryIO, file)


def read_regular(path: Path, *, limit: int) -> bytes:
    """Return the bytes of a regular file of at most `limit` bytes.

    Raises NotFoundError if it is not there, and CheckpointError for a link, a pipe, a device, a folder, a file that
    is too large or that shrinks while it is read.
    """
    with open_checked(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise CheckpointError("cannot read the file", where=path, why=f"{size:,} bytes is too much")
        data = file.read(size)
    if len(data) != size:
        raise CheckpointError("cannot read the file", where=path, why="it changed while it was read")
    return data


def open_checked(path: Path) -> BinaryIO:
    """Open a regular file for reading; raises as `read_regular` does."""
    try:
        return open_regular(path)
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", where=path) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = "its name cannot be one" if isinstance(error, ValueError) else reason(error)
        why = "it is a link" if isinstance(error, OSError) and error.errno == errno.ELOOP else why
        raise CheckpointError("cannot read the file", where=path, why=why) from error


def read_json(path: Path, *, limit: int = JSON_LIMIT) -> Any:
    """Return the JSON value in a regular file; raises like `read_regular`, and CheckpointError for bad JSON."""
    return parse_json(read_regular(path, limit=limit), where=path)


def parse_json(data: bytes, *, where: Path, parts: int = PARTS_LIMIT) -> Any:
    """Return the JSON value in `data`.

    Raises CheckpointError for duplicate keys, NaN, endless numbers, bottomless nesting and more than so many parts.
    """
    if sum(data.count(mark) for mark in b",[{") > parts:
        raise CheckpointError("cannot read the file", where=where, why="it has too many parts")
    try:
        return json.loads(data, object_pairs_hook=_distinct, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else f"it is not JSON: {error}"[:120]
        raise CheckpointError("cannot read the file", where=where, why=why) from error


def sha256(data: bytes) -> str:
    """Return the checksum of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_file(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk."""
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, in the place of another if there is one, in one go: whole or not at all. Raises OSError."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_file(aside, data)
        os.replace(aside, path)
    except OSError:
        with suppress(OSError):
            aside.unlink()
        raise


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes `target` by one rename when the block ends well, and else vanishes.

    Files in it are to be written with `write_file`. Raises CannotCreateError if the target is there already or its
    parent cannot be written to, and DiskError if the disk fails on the way.
    """
    if target.exists():
        raise CannotCreateError("there is something of that name already", where=target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.parent / f".{target.name}-{uuid.uuid4().hex}"
        aside.mkdir()
    except OSError as error:
        raise CannotCreateError("cannot write here", where=target.parent, why=reason(error)) from error
    try:
        yield aside
        _sync_folder(aside)
        os.rename(aside, target)
        _sync_folder(target.parent)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # somebody else was quicker
            raise CannotCreateError("there is something of that name already", where=target) from error
        raise DiskError("writing failed half-way", where=target, why=reason(error), do="Free some space.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; the rename is journalled
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word[:20]} is too large")
    return number


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")
