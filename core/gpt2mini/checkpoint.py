"""Weights to disk and back, in a format that can hold nothing but numbers.

A checkpoint is a folder: `model.safetensors` (weights; configuration, switches and tokenizer in its metadata, so the
file alone can be carried elsewhere and talked to), `optimizer.safetensors` (AdamW's moments) and `state.json` (step,
position in the log, checksums). Files are written by the safetensors library and read by a small reader of ours, which
checks the header against the shapes that the configuration implies *before* it believes a single size. No pickle.
"""

import json
import math
import time
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor

from gpt2mini.config import ModelConfig, parameter_shapes
from gpt2mini.errors import CheckpointError, LabError, NotFoundError, UsageError
from gpt2mini.manifest import FORMAT, MANIFEST
from gpt2mini.model import GPT2Mini
from gpt2mini.modelfile import (
    Checkpoint,
    checked_tensors,
    damaged,
    model_bytes,
    plain_number,
    read_model,
    refuse_odd_numbers,
    refuse_pickle,
    save_portable,
)
from gpt2mini.modelhead import whole
from gpt2mini.runs import CheckpointEntry, Run
from gpt2mini.seals import has_json_seal, is_json_intact, seal_json
from gpt2mini.settings import fits, from_plain, to_plain
from gpt2mini.spikes import Usual
from gpt2mini.storage import new_folder, parse_json, read_regular, sha256, write_file
from gpt2mini.tensorhead import read_head

__all__ = [
    "Checkpoint",
    "Moments",
    "Resumable",
    "latest",
    "load_checkpoint",
    "load_model",
    "load_resumable",
    "newest_sound",
    "save_checkpoint",
    "save_portable",
    "verify",
]

STATE_LIMIT = 2**16
"""Bytes of a state.json at most; ours have two thousand."""

_MOMENTS = ("exp_avg", "exp_avg_sq")

OBSERVATIONS = ("evaluate", "sample", "frame")
"""What a trainer does at a step before it saves."""

Moments = dict[str, Tensor]
"""AdamW's running means, as `exp_avg.<parameter>` and `exp_avg_sq.<parameter>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumable:
    """A checkpoint with what training needs to go on exactly."""

    checkpoint: Checkpoint
    moments: Moments
    """Empty before the first update."""
    updates: int
    """Updates that AdamW has made; skipped steps are not among them."""
    log_offset: int
    loss: float
    usual: Usual = Usual()
    """What the losses before it were like."""
    done: tuple[str, ...] = OBSERVATIONS
    """What had been observed at this step when it was saved; the rest is still to be done."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the last bit depends on: the machine, its device, the version of torch."""


def save_checkpoint(folder: Path, resumable: Resumable) -> None:
    """Write a checkpoint folder: whole, or not at all. Raises CannotCreateError and DiskError."""
    moments = {name: tensor.contiguous() for name, tensor in resumable.moments.items()}
    refuse_odd_numbers(dict(resumable.checkpoint.model.named_parameters()), moments, folder)
    data = {"model.safetensors": model_bytes(resumable.checkpoint)}
    if resumable.updates:  # before, they are all zero
        data["optimizer.safetensors"] = safetensors.torch.save(moments, {"format": "pt"})
    state = {
        "format": FORMAT,
        "step": resumable.checkpoint.step,
        "updates": resumable.updates,
        "log_offset": resumable.log_offset,
        "loss": plain_number(resumable.loss),
        "val_loss": plain_number(resumable.checkpoint.val_loss),
        "ablations": to_plain(resumable.checkpoint.ablations),
        "created": time.time(),
        "usual": to_plain(resumable.usual),
        "done": list(resumable.done),
        "facts": resumable.facts,
        "files": {name: {"size": len(content), "sha256": sha256(content)} for name, content in data.items()},
    }
    with new_folder(folder) as aside:
        for name, content in data.items():
            write_file(aside / name, content)
        write_file(aside / "state.json", seal_json(json.dumps(state, indent=1).encode()))


def load_model(path: str | Path) -> GPT2Mini:
    """Return the model of a checkpoint folder or a portable file, on the CPU, ready for inference.

    It is asked with the switches it was trained under: `model(ids)` with ids (B, T) gives logits (B, T, V).
    Raises NotFoundError, and CheckpointError for anything that is not a sound checkpoint.
    """
    return load_checkpoint(path).model


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Return the model and its tokenizer from a checkpoint folder, a run folder (its latest) or a portable file.

    Raises NotFoundError, and CheckpointError for anything that is not a sound checkpoint, a pickle by its name first.
    """
    path = Path(path)
    if path.is_dir():
        if (path / MANIFEST).exists():
            path = latest(Run(path)).path
        state = _state(path)
        return read_model(path / "model.safetensors", expected=_declared(state, "model.safetensors", path))
    refuse_pickle(path)
    return read_model(path)


def load_resumable(path: Path) -> Resumable:
    """Return all of a checkpoint folder, verified against its checksums; raises CheckpointError, NotFoundError."""
    state = _state(path)
    checkpoint = read_model(path / "model.safetensors", expected=_declared(state, "model.safetensors", path))
    step, updates, offset = (whole(state, name, path) for name in ("step", "updates", "log_offset"))
    moments = _read_moments(path, state, checkpoint.config.model) if updates else {}
    if step != checkpoint.step or updates > step:
        raise CheckpointError("the checkpoint contradicts itself", where=path, why="its files are of different steps")
    loss = state.get("loss")
    return Resumable(
        checkpoint=checkpoint,
        moments=moments,
        updates=updates,
        log_offset=offset,
        loss=float(typing.cast(float, loss)) if fits(loss, float) else math.nan,
        **_memories(state, path),
    )


def _read_moments(path: Path, state: Mapping[str, Any], model: ModelConfig) -> Moments:
    where = path / "optimizer.safetensors"
    shapes = parameter_shapes(model)
    expected = {f"{kind}.{name}": shape for kind in _MOMENTS for name, shape in shapes.items()}
    moments = checked_tensors(where, read_head(where), expected, _declared(state, "optimizer.safetensors", path))
    refuse_odd_numbers({}, moments, where)
    return moments


def verify(path: Path) -> None:
    """Read a checkpoint folder as resuming would, every number of it; raises CheckpointError naming what is wrong."""
    try:
        load_resumable(path)
    except NotFoundError as error:  # a file of it
        raise CheckpointError("the checkpoint is damaged", where=error.where, why="this file is missing") from error


def latest(run: Run) -> CheckpointEntry:
    """Return the newest checkpoint of a run that looks whole; raises NotFoundError if it has none."""
    sound = [entry for entry in run.checkpoints() if not entry.problem]
    if not sound:
        raise NotFoundError("this run has no checkpoint yet", where=run.name, do="Train it for some more steps.")
    return sound[-1]


def newest_sound(run: Run) -> tuple[Resumable, tuple[str, ...]]:
    """Return the newest checkpoint of a run that passes every check, and a sentence for each one that did not.

    Raises NotFoundError if there is none at all, and CheckpointError, of the newest, if none is sound.
    """
    notices: list[str] = []
    newest: LabError = NotFoundError(
        "this run has no checkpoint yet", where=run.name, do="Train it for some more steps."
    )
    for entry in reversed(run.checkpoints()):
        try:
            return load_resumable(entry.path), tuple(notices)
        except (CheckpointError, NotFoundError) as error:
            newest = newest if notices else CheckpointError(error.what, where=error.where, why=error.why)
            notices.append(f"Passed over {entry.name}: {error}")
    raise newest


def _state(folder: Path) -> dict[str, Any]:
    where = folder / "state.json"
    try:
        data = read_regular(where, limit=STATE_LIMIT)
    except NotFoundError as error:
        raise CheckpointError("this is not a checkpoint", where=folder, why="it has no state.json") from error
    state = parse_json(data, where=where)
    if not isinstance(state, dict) or not isinstance(state.get("format"), int):
        raise CheckpointError("this is not a checkpoint", where=where, why="it has no format number")
    if state["format"] > FORMAT:
        raise CheckpointError("this checkpoint was saved by a newer version", where=folder, do="Update gpt2mini-tui.")
    is_older = "facts" not in state and not has_json_seal(data)  # the first checkpoints had neither
    if not is_older and not is_json_intact(data):
        raise damaged(where)
    return state


def _declared(state: Mapping[str, Any], name: str, folder: Path) -> Mapping[str, Any]:
    files = state.get("files")
    entry = files.get(name) if isinstance(files, dict) else None
    if not isinstance(entry, dict):
        raise CheckpointError("the checkpoint is damaged", where=folder, why=f"its state says nothing of {name}")
    return entry


def _memories(state: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what the trainer remembered; an older checkpoint says less."""
    usual, done, facts = state.get("usual", {}), state.get("done", list(OBSERVATIONS)), state.get("facts", {})
    if not isinstance(done, list) or not isinstance(facts, dict):
        raise CheckpointError("the checkpoint is damaged", where=folder, why="what it remembers makes no sense")
    try:
        return {
            "usual": from_plain(Usual, usual),
            "done": tuple(task for task in OBSERVATIONS if task in done),
            "facts": {str(name)[:40]: str(fact)[:200] for name, fact in facts.items()},
        }
    except UsageError as error:
        raise CheckpointError("the checkpoint is damaged", where=folder, why=str(error)) from error
