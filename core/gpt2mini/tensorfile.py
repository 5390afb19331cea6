"""Reading a safetensors file that somebody else may have made, believing nothing it says.

The format: 8 bytes of length, a JSON header of that length with name, dtype, shape and place of each tensor, then the
numbers. The library that writes it can also read it, but takes duplicate keys, endless headers and files that shrink
at their word.
"""

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gpt2mini.errors import CheckpointError
from gpt2mini.storage import parse_json

__all__ = ["HEADER_LIMIT", "read_header", "read_tensors"]

HEADER_LIMIT = 8 * 2**20
"""Bytes of header at most."""


def read_header(data: bytes, where: Path) -> tuple[dict[str, Any], int]:
    """Return the header of a safetensors file (8 bytes of length, then JSON), and where the numbers begin."""
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if not 2 <= length <= HEADER_LIMIT:
        raise CheckpointError("this is not a safetensors file", where=where, why="its header has an impossible length")
    if len(data) < 8 + length:
        raise CheckpointError("this safetensors file is cut short", where=where)
    header = parse_json(data[8 : 8 + length], where=where)
    if not isinstance(header, dict):
        raise CheckpointError("this is not a safetensors file", where=where, why="its header is not an object")
    return header, 8 + length


def read_tensors(data: bytes, shapes: Mapping[str, tuple[int, ...]], where: Path) -> dict[str, Tensor]:
    """Return float32 tensors of exactly the names and shapes expected, from the bytes of a safetensors file."""
    header, start = read_header(data, where)
    found = {name: entry for name, entry in header.items() if name != "__metadata__"}
    if found.keys() != shapes.keys():
        odd = min(found.keys() ^ shapes.keys())
        raise CheckpointError("the weights do not fit the configuration", where=where, why=f"{odd[:80]!r} is amiss")
    spans = []
    for name, shape in shapes.items():
        entry = found[name]
        size = math.prod(shape) * 4
        begin, end = _span(entry)
        if end - begin != size or entry.get("dtype") != "F32" or entry.get("shape") != list(shape):
            raise CheckpointError(
                "the weights do not fit the configuration", where=where, why=f"{name[:80]!r} is not {shape} float32"
            )
        spans.append((begin, end, name))
    spans.sort()
    ends = [0, *(end for _, end, _ in spans)]
    if [begin for begin, _, _ in spans] != ends[:-1] or start + ends[-1] != len(data):
        raise CheckpointError("this safetensors file is damaged", where=where, why="its tensors do not fill it")
    tensors = {}
    for begin, end, name in spans:
        values = np.frombuffer(data, dtype="<f4", count=(end - begin) // 4, offset=start + begin)
        tensors[name] = torch.from_numpy(values.reshape(shapes[name]).astype(np.float32, copy=True))
    return tensors


def _span(entry: object) -> tuple[int, int]:
    """Return where a tensor says its bytes are, or an impossible place if it says nothing that makes sense."""
    match entry:
        case {"data_offsets": [int(begin), int(end)]} if begin >= 0:
            return begin, end
    return 0, -1
