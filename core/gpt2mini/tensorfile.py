"""Reading the numbers of a safetensors file that somebody else may have made, believing nothing it says.

The library that writes it can also read it, but takes duplicate keys, endless headers and files that shrink at their
word.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from re import Pattern

import numpy as np
import torch
from torch import Tensor

from gpt2mini.errors import CheckpointError
from gpt2mini.tensorhead import Head, head_of

__all__ = ["check_layout", "read_tensors"]


def check_layout(
    head: Head, shapes: Mapping[str, tuple[int, ...]], where: Path, *, spare: Pattern[str] | None = None
) -> list[tuple[int, int, str]]:
    """Return begin, end and name of each tensor, if they are float32, of these shapes, and fill the file exactly.

    Tensors whose whole name `spare` matches may be there too, of any kind; they are not among what is returned.
    All of it is arithmetic: a file that claims more than it should is refused before a byte is allocated for it. Raises
    CheckpointError.
    """
    found = {name: entry for name, entry in head.header.items() if name != "__metadata__"}
    skipped = {name for name in found.keys() - shapes.keys() if spare is not None and spare.fullmatch(name)}
    if found.keys() - skipped != shapes.keys():
        odd = min(found.keys() - skipped ^ shapes.keys())
        raise CheckpointError("the weights do not fit the configuration", where=where, why=f"{odd[:80]!r} is amiss")
    spans = [(*_span(found[name]), name) for name in skipped]
    for name, shape in shapes.items():
        entry = found[name]
        begin, end = _span(entry)
        if end - begin != math.prod(shape) * 4 or entry.get("dtype") != "F32" or entry.get("shape") != list(shape):
            raise CheckpointError(
                "the weights do not fit the configuration", where=where, why=f"{name[:80]!r} is not {shape} float32"
            )
        spans.append((begin, end, name))
    spans.sort()
    ends = [0, *(end for _, end, _ in spans)]
    if [begin for begin, _, _ in spans] != ends[:-1] or head.start + ends[-1] != head.size:
        raise CheckpointError("this safetensors file is damaged", where=where, why="its tensors do not fill it")
    return [span for span in spans if span[2] not in skipped]


def read_tensors(
    data: bytes, shapes: Mapping[str, tuple[int, ...]], where: Path, *, spare: Pattern[str] | None = None
) -> dict[str, Tensor]:
    """Return float32 tensors of exactly the names and shapes expected, from the bytes of a safetensors file.

    Raises CheckpointError as `check_layout` does.
    """
    head = head_of(data, where)
    tensors = {}
    for begin, end, name in check_layout(head, shapes, where, spare=spare):
        values = np.frombuffer(data, dtype="<f4", count=(end - begin) // 4, offset=head.start + begin)
        tensors[name] = torch.from_numpy(values.reshape(shapes[name]).astype(np.float32, copy=True))
    return tensors


def _span(entry: object) -> tuple[int, int]:
    """Return where a tensor says its bytes are, or an impossible place if it says nothing that makes sense."""
    match entry:
        case {"data_offsets": [int(begin), int(end)]} if begin >= 0:
            return begin, end
    return 0, -1
