"""What a safetensors file says of itself before its first number, read without torch and without believing it.

The format: 8 bytes of length, a JSON header of that length with name, dtype, shape and place of each tensor, then the
numbers.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpt2mini.errors import CheckpointError
from gpt2mini.storage import open_checked, parse_json

__all__ = ["HEADER_LIMIT", "Head", "head_of", "read_head"]

HEADER_LIMIT = 8 * 2**20
"""Bytes of header at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a safetensors file says of itself before its first number."""

    header: dict[str, Any]
    start: int
    """Where the numbers begin, in bytes."""
    size: int
    """Of the whole file, in bytes."""


def read_head(where: Path) -> Head:
    """Read the header of a safetensors file, and no byte more; raises CheckpointError and NotFoundError."""
    with open_checked(where) as file:
        size, first = os.fstat(file.fileno()).st_size, file.read(8)
        length = _length(first, where)
        words = file.read(length)
    if len(words) < length:
        raise CheckpointError("this safetensors file is cut short", where=where)
    return Head(header=_parsed(words, where), start=8 + length, size=size)


def head_of(data: bytes, where: Path) -> Head:
    """Return the header of a safetensors file from all of its bytes; raises CheckpointError."""
    length = _length(data[:8], where)
    return Head(header=_parsed(data[8 : 8 + length], where), start=8 + length, size=len(data))


def _length(first: bytes, where: Path) -> int:
    length: int = struct.unpack("<Q", first)[0] if len(first) == 8 else 0
    if not 2 <= length <= HEADER_LIMIT:
        raise CheckpointError("this is not a safetensors file", where=where, why="its header has an impossible length")
    return length


def _parsed(words: bytes, where: Path) -> dict[str, Any]:
    header = parse_json(words, where=where)
    if not isinstance(header, dict):
        raise CheckpointError("this is not a safetensors file", where=where, why="its header is not an object")
    return header
