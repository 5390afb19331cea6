"""One file that holds a model: the weights, and in its metadata all that is needed to let it write.

It is what `--save` writes, what a frame is, and the larger part of a checkpoint folder. Whoever reads one believes
nothing in it: the header is held against the shapes that its own configuration implies *before* a single size is taken
for true. No pickle.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, parameter_shapes
from gpt2mini.errors import CheckpointError, DiskError, reason
from gpt2mini.footprint import physical_memory
from gpt2mini.manifest import FORMAT
from gpt2mini.model import GPT2Mini
from gpt2mini.modelhead import about, description
from gpt2mini.seals import UNSEALED, is_tensors_intact, seal_tensors
from gpt2mini.settings import to_plain
from gpt2mini.storage import read_regular, replace_file, sha256
from gpt2mini.tensorfile import check_layout, read_tensors
from gpt2mini.tensorhead import Head, read_head
from gpt2mini.tokenizer import Tokenizer

__all__ = [
    "Checkpoint",
    "checked_tensors",
    "damaged",
    "model_bytes",
    "plain_number",
    "read_model",
    "refuse_odd_numbers",
    "refuse_pickle",
    "save_portable",
]

_MAKE_AGAIN = "Copy it or write it again."
_USE_ANOTHER = "Use an older checkpoint of this run; `gpt2mini-tui checkpoints list` shows them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything needed to let a model write: the weights in their network, and the tokenizer."""

    model: GPT2Mini
    tokenizer: Tokenizer
    config: Config
    ablations: Ablations
    """The switches in force when it was saved."""
    step: int
    run: str
    val_loss: float = math.nan


def save_portable(path: Path, checkpoint: Checkpoint) -> None:
    """Write one safetensors file that `load_model` and `--load` take; replaces a file of that name in one go.

    Raises DiskError where it cannot be written.
    """
    try:
        replace_file(path, model_bytes(checkpoint))
    except OSError as error:
        raise DiskError("cannot write the model", where=path, why=reason(error)) from error


def model_bytes(checkpoint: Checkpoint) -> bytes:
    """Return the bytes of a safetensors file with the weights, sealed by its own checksum."""
    named = dict(checkpoint.model.named_parameters())  # a tied head counts once, the mask is no parameter
    tensors = {name: parameter.detach().cpu().contiguous() for name, parameter in named.items()}
    told = {
        "format": FORMAT,
        "config": to_plain(checkpoint.config),
        "ablations": to_plain(checkpoint.ablations),
        "tokenizer": checkpoint.tokenizer.to_plain(),
        "step": checkpoint.step,
        "run": checkpoint.run,
        "val_loss": plain_number(checkpoint.val_loss),
        "is_sealed": True,  # a file that has lost its checksum is noticed
    }
    words = json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()  # a path may be no text
    data = safetensors.torch.save(tensors, {"format": "pt", "gpt2mini": words, "sha256": UNSEALED})
    return seal_tensors(data)


def read_model(where: Path, *, expected: Mapping[str, Any] | None = None) -> Checkpoint:
    """Return what a file holds; `expected` is the size and the checksum that a checkpoint folder declares for it.

    Raises NotFoundError, and CheckpointError for anything that is not a sound model.
    """
    head = read_head(where)
    plain = description(head.header, where)
    told = about(plain, where)
    seal = _seal(head.header, plain, where) if expected is None else ""
    tensors = checked_tensors(where, head, parameter_shapes(told["config"].model), expected, seal=seal)
    refuse_odd_numbers(tensors, {}, where)
    model = GPT2Mini(told["config"].model, ablations=told["ablations"])
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in tensors.items():
            own[name].copy_(tensor)
    return Checkpoint(model=model.eval(), **told)


def refuse_pickle(path: Path) -> None:
    """Raise CheckpointError for a file that by its name is a pickle."""
    if path.suffix.lower() in (".pt", ".pth", ".bin", ".ckpt", ".pkl"):
        raise CheckpointError(
            "files of this kind can run code when they are opened, so they are not opened here",
            where=path,
            do="Convert it to safetensors where you trust it.",
        )


def checked_tensors(
    where: Path,
    head: Head,
    shapes: Mapping[str, tuple[int, ...]],
    expected: Mapping[str, Any] | None,
    *,
    seal: str = "",
) -> dict[str, Tensor]:
    """Read the numbers, once everything that the file claims about them is known to be true.

    Their checksum is the `expected` one of a checkpoint folder, else the `seal` that a file alone has, if it has one.
    Raises CheckpointError.
    """
    check_layout(head, shapes, where)
    if head.size > physical_memory() / 4:  # the bytes, the tensors, the model, and room for everybody else
        raise CheckpointError("this model is larger than this machine", where=where, why=f"it has {head.size:,} bytes")
    if expected is not None and expected.get("size") != head.size:
        raise damaged(where)
    data = read_regular(where, limit=head.size)
    if expected is not None and expected.get("sha256") != sha256(data):
        raise damaged(where)
    if seal and not is_tensors_intact(data, seal):
        raise damaged(where, do=_MAKE_AGAIN)
    return read_tensors(data, shapes, where)


def refuse_odd_numbers(weights: Mapping[str, Tensor], moments: Mapping[str, Tensor], where: Path) -> None:
    """Raise CheckpointError for a number that no training goes on from: not finite, or a negative mean square."""
    for name, tensor in (*weights.items(), *moments.items()):
        low, high = (float(extreme) for extreme in torch.aminmax(tensor.detach()))
        if not (math.isfinite(low) and math.isfinite(high)):
            raise CheckpointError("the weights are of no use", where=where, why=f"{name} is not finite")
        if name.startswith("exp_avg_sq.") and low < 0:
            raise CheckpointError("the weights are of no use", where=where, why=f"{name} is a square below zero")


def damaged(where: Path, *, do: str = _USE_ANOTHER) -> CheckpointError:
    """Return the error of a file whose bytes are not those that were written."""
    return CheckpointError("the checkpoint is damaged", where=where, why="its checksum is wrong", do=do)


def plain_number(value: float) -> float | None:
    """Return a number as JSON can hold it: None for one that is not finite."""
    return value if math.isfinite(value) else None


def _seal(header: Mapping[str, Any], plain: Mapping[str, Any], where: Path) -> str:
    """Return the checksum that a model file has of itself, empty for one that was written before there were any."""
    seal = header["__metadata__"].get("sha256")
    if seal is None and not plain.get("is_sealed"):
        return ""
    if not isinstance(seal, str) or not seal:
        raise damaged(where, do=_MAKE_AGAIN)
    return seal
