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
import torch
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, ModelConfig, parameter_shapes
from gpt2mini.errors import CheckpointError, DiskError, LabError, NotFoundError, UsageError, reason
from gpt2mini.footprint import physical_memory
from gpt2mini.model import GPT2Mini
from gpt2mini.runs import FORMAT, CheckpointEntry, Run
from gpt2mini.seals import UNSEALED, has_json_seal, is_json_intact, is_tensors_intact, seal_json, seal_tensors
from gpt2mini.settings import fits, from_plain, to_plain
from gpt2mini.spikes import Usual
from gpt2mini.storage import new_folder, parse_json, read_regular, replace_file, sha256, write_file
from gpt2mini.tensorfile import Head, check_layout, read_head, read_tensors
from gpt2mini.tokenizer import Tokenizer, tokenizer_from_plain

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
    _refuse_odd_numbers(dict(resumable.checkpoint.model.named_parameters()), moments, folder)
    data = {"model.safetensors": _portable(resumable.checkpoint)}
    if resumable.updates:  # before, they are all zero
        data["optimizer.safetensors"] = safetensors.torch.save(moments, {"format": "pt"})
    state = {
        "format": FORMAT,
        "step": resumable.checkpoint.step,
        "updates": resumable.updates,
        "log_offset": resumable.log_offset,
        "loss": _number(resumable.loss),
        "val_loss": _number(resumable.checkpoint.val_loss),
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


def save_portable(path: Path, checkpoint: Checkpoint) -> None:
    """Write one safetensors file that `load_model` and `--load` take; replaces a file of that name in one go.

    Raises DiskError where it cannot be written.
    """
    try:
        replace_file(path, _portable(checkpoint))
    except OSError as error:
        raise DiskError("cannot write the model", where=path, why=reason(error)) from error


def load_model(path: str | Path) -> GPT2Mini:
    """Return the model of a checkpoint folder or a portable file, on the CPU, ready for inference.

    It is asked with the switches it was trained under: `model(ids)` with ids (B, T) gives logits (B, T, V).
    Raises NotFoundError, and CheckpointError for anything that is not a sound checkpoint.
    """
    return load_checkpoint(path).model


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Return the model and its tokenizer from a checkpoint folder, a run folder (its latest) or a portable file."""
    path = Path(path)
    if path.is_dir():
        if (path / "run.json").exists():
            path = latest(Run(path)).path
        state = _state(path)
        return _read_model(path / "model.safetensors", expected=_declared(state, "model.safetensors", path))
    _refuse_pickle(path)
    return _read_model(path)


def load_resumable(path: Path) -> Resumable:
    """Return all of a checkpoint folder, verified against its checksums; raises CheckpointError, NotFoundError."""
    state = _state(path)
    checkpoint = _read_model(path / "model.safetensors", expected=_declared(state, "model.safetensors", path))
    step, updates, offset = (_whole(state, name, path) for name in ("step", "updates", "log_offset"))
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
    moments = _tensors(where, read_head(where), expected, _declared(state, "optimizer.safetensors", path))
    _refuse_odd_numbers({}, moments, where)
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


def _portable(checkpoint: Checkpoint) -> bytes:
    named = dict(checkpoint.model.named_parameters())  # a tied head counts once, the mask is no parameter
    tensors = {name: parameter.detach().cpu().contiguous() for name, parameter in named.items()}
    about = {
        "format": FORMAT,
        "config": to_plain(checkpoint.config),
        "ablations": to_plain(checkpoint.ablations),
        "tokenizer": checkpoint.tokenizer.to_plain(),
        "step": checkpoint.step,
        "run": checkpoint.run,
        "val_loss": _number(checkpoint.val_loss),
        "is_sealed": True,  # a file that has lost its checksum is noticed
    }
    words = json.dumps(about, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()  # a path may be no text
    data = safetensors.torch.save(tensors, {"format": "pt", "gpt2mini": words, "sha256": UNSEALED})
    return seal_tensors(data)


def _read_model(where: Path, *, expected: Mapping[str, Any] | None = None) -> Checkpoint:
    head = read_head(where)
    plain = _description(head.header, where)
    about = _about(plain, where)
    seal = _seal(head.header, plain, where) if expected is None else ""
    tensors = _tensors(where, head, parameter_shapes(about["config"].model), expected, seal=seal)
    _refuse_odd_numbers(tensors, {}, where)
    model = GPT2Mini(about["config"].model, ablations=about["ablations"])
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in tensors.items():
            own[name].copy_(tensor)
    return Checkpoint(model=model.eval(), **about)


def _description(header: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """Return what the header of a model file says about the model, of this format or of an older one."""
    metadata = header.get("__metadata__")
    words = metadata.get("gpt2mini") if isinstance(metadata, dict) else None
    if not isinstance(words, str):
        raise CheckpointError(
            "this safetensors file is not one of ours", where=where, why="it does not say which model it holds"
        )
    plain = parse_json(words.encode("utf-8", "surrogatepass"), where=where)
    if not isinstance(plain, dict) or not isinstance(plain.get("format"), int):
        raise CheckpointError("cannot read the model", where=where, why="its description is damaged")
    if plain["format"] > FORMAT:
        raise CheckpointError("this model was saved by a newer version", where=where, do="Update gpt2mini-tui.")
    return plain


def _seal(header: Mapping[str, Any], plain: Mapping[str, Any], where: Path) -> str:
    """Return the checksum that a model file has of itself, empty for one that was written before there were any."""
    seal = header["__metadata__"].get("sha256")
    if seal is None and not plain.get("is_sealed"):
        return ""
    if not isinstance(seal, str) or not seal:
        raise _damaged(where, do=_MAKE_AGAIN)
    return seal


def _about(plain: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """Return the parts of a checkpoint that a description holds, checked."""
    try:
        config = from_plain(Config, plain.get("config"))
        tokenizer = tokenizer_from_plain(plain.get("tokenizer"))
        ablations = from_plain(Ablations, plain.get("ablations"))
        if tokenizer.vocab_size != config.model.vocab_size:
            raise UsageError(f"{tokenizer.vocab_size} tokens, but a model of {config.model.vocab_size}")
    except (LabError, ValueError) as error:
        raise CheckpointError("cannot read the model", where=where, why=str(error)) from error
    val_loss = plain.get("val_loss")
    return {
        "config": config,
        "tokenizer": tokenizer,
        "ablations": ablations,
        "step": _whole(plain, "step", where),
        "run": str(plain.get("run", ""))[:200],
        "val_loss": float(typing.cast(float, val_loss)) if fits(val_loss, float) else math.nan,
    }


def _tensors(
    where: Path,
    head: Head,
    shapes: Mapping[str, tuple[int, ...]],
    expected: Mapping[str, Any] | None,
    *,
    seal: str = "",
) -> dict[str, Tensor]:
    """Read the numbers, once everything that the file claims about them is known to be true.

    Their checksum is the `expected` one of a checkpoint folder, else the `seal` that a file alone has, if it has one.
    """
    check_layout(head, shapes, where)
    if head.size > physical_memory() / 4:  # the bytes, the tensors, the model, and room for everybody else
        raise CheckpointError("this model is larger than this machine", where=where, why=f"it has {head.size:,} bytes")
    if expected is not None and expected.get("size") != head.size:
        raise _damaged(where)
    data = read_regular(where, limit=head.size)
    if expected is not None and expected.get("sha256") != sha256(data):
        raise _damaged(where)
    if seal and not is_tensors_intact(data, seal):
        raise _damaged(where, do=_MAKE_AGAIN)
    return read_tensors(data, shapes, where)


_MAKE_AGAIN = "Copy it or write it again."
_USE_ANOTHER = "Use an older checkpoint of this run; `gpt2mini-tui checkpoints list` shows them."


def _damaged(where: Path, *, do: str = _USE_ANOTHER) -> CheckpointError:
    return CheckpointError("the checkpoint is damaged", where=where, why="its checksum is wrong", do=do)


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
        raise _damaged(where)
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


def _refuse_odd_numbers(weights: Mapping[str, Tensor], moments: Mapping[str, Tensor], where: Path) -> None:
    """Raise CheckpointError for a number that no training goes on from: not finite, or a negative mean square."""
    for name, tensor in (*weights.items(), *moments.items()):
        low, high = (float(extreme) for extreme in torch.aminmax(tensor.detach()))
        if not (math.isfinite(low) and math.isfinite(high)):
            raise CheckpointError("the weights are of no use", where=where, why=f"{name} is not finite")
        if name.startswith("exp_avg_sq.") and low < 0:
            raise CheckpointError("the weights are of no use", where=where, why=f"{name} is a square below zero")


def _whole(plain: Mapping[str, Any], name: str, where: Path) -> int:
    value = plain.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise CheckpointError("the checkpoint is damaged", where=where, why=f"{name!r} is not a count")
    return value


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _refuse_pickle(path: Path) -> None:
    if path.suffix.lower() in (".pt", ".pth", ".bin", ".ckpt", ".pkl"):
        raise CheckpointError(
            "files of this kind can run code when they are opened, so they are not opened here",
            where=path,
            do="Convert it to safetensors where you trust it.",
        )
