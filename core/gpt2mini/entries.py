"""Checkpoints as lists show them, torch-free: what is there, what is pinned, and what need not be kept."""

import math
import os
import re
import shutil
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gpt2mini.errors import DiskError, LabError, NotFoundError, UsageError, reason
from gpt2mini.settings import fits
from gpt2mini.storage import read_json, read_regular, replace_file, write_file

__all__ = [
    "CheckpointEntry",
    "best",
    "checkpoint_name",
    "discard",
    "find_checkpoints",
    "set_label",
    "set_pinned",
    "surplus",
    "sweep",
]

PINNED = "pinned"
"""An empty file of this name in a checkpoint folder says that it is kept whatever comes."""

LABEL = "label"
"""A file of this name in a checkpoint folder holds what somebody calls it; the folder keeps the name of its step."""
_LONGEST = 80
"""Characters of a label."""

_CHECKPOINT = re.compile(r"step-(\d{6,12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointEntry:
    """A checkpoint folder as a list shows it; nothing in it has been believed but its state file."""

    name: str
    path: Path
    step: int
    val_loss: float
    created: float
    size: int
    """Bytes."""
    state: dict[str, Any]
    problem: str = ""
    """What is wrong with it, as a sentence; empty for one that looks whole."""
    pinned: bool = False
    """Whether somebody wants to keep it for good."""
    label: str = ""
    """What somebody calls it."""

    @property
    def is_masked(self) -> bool:
        """Whether the causal mask was on when it was written, as far as its state file tells."""
        switches = self.state.get("ablations")
        return not isinstance(switches, dict) or switches.get("causal_mask") is not False


def checkpoint_name(step: int) -> str:
    """Return the folder name of the checkpoint at a step."""
    return f"step-{step:06d}"


def find_checkpoints(run: Path) -> list[CheckpointEntry]:
    """Return the checkpoints of a run folder in order of their step; a damaged one is listed with what is wrong."""
    try:
        folders = [entry for entry in os.scandir(run) if _CHECKPOINT.fullmatch(entry.name)]
    except OSError:
        return []
    return sorted((_entry(Path(folder.path)) for folder in folders), key=lambda entry: entry.step)


def set_pinned(checkpoint: Path, pinned: bool) -> None:
    """Pin a checkpoint, so that it outlives newer ones, or let go of it; raises NotFoundError and DiskError."""
    if not checkpoint.is_dir():
        raise NotFoundError("there is no such checkpoint", where=f"{checkpoint.parent.name}/{checkpoint.name}")
    try:
        if pinned:
            write_file(checkpoint / PINNED, b"")
        else:
            (checkpoint / PINNED).unlink(missing_ok=True)
    except OSError as error:
        raise DiskError("cannot write in the checkpoint", where=checkpoint, why=reason(error)) from error


def set_label(checkpoint: Path, label: str) -> None:
    """Call a checkpoint something, or nothing; raises NotFoundError, DiskError, and UsageError for what is too long."""
    label = " ".join(label.split())
    if len(label) > _LONGEST:
        raise UsageError(f"the name is too long: {len(label)} characters", do=f"At most {_LONGEST}.")
    if not checkpoint.is_dir():
        raise NotFoundError("there is no such checkpoint", where=f"{checkpoint.parent.name}/{checkpoint.name}")
    try:
        if label:
            replace_file(checkpoint / LABEL, label.encode("utf-8", "backslashreplace"))
        else:
            (checkpoint / LABEL).unlink(missing_ok=True)
    except OSError as error:
        raise DiskError("cannot write in the checkpoint", where=checkpoint, why=reason(error)) from error


def best(entries: Sequence[CheckpointEntry]) -> CheckpointEntry | None:
    """Return the one with the lowest validation loss, the newest of several; None where none was measured.

    What was measured without the causal mask is no measure of prediction, however low; trainers of earlier versions
    also wrote it into what they saved after the mask was back, until the next validation.
    """
    leaks = {entry.val_loss for entry in entries if not entry.problem and not entry.is_masked}
    measured = [
        entry
        for entry in entries
        if not entry.problem and math.isfinite(entry.val_loss) and entry.is_masked and entry.val_loss not in leaks
    ]
    return min(measured, key=lambda entry: (entry.val_loss, -entry.step), default=None)


def surplus(entries: Sequence[CheckpointEntry], keep: int) -> list[CheckpointEntry]:
    """Return what may go, the oldest first: all but the newest `keep`, the best and the pinned; none for 0.

    A damaged one neither counts nor goes: somebody may still want to know what was in it.
    """
    sound = [entry for entry in entries if not entry.problem]
    top = best(sound)
    return [entry for entry in sound[:-keep] if not entry.pinned and entry is not top] if keep else []


def discard(checkpoint: Path) -> None:
    """Delete a checkpoint for good, by a rename first, so that no crash leaves half of one; raises DiskError."""
    aside = checkpoint.with_name(f".{checkpoint.name}-{uuid.uuid4().hex}")
    try:
        os.rename(checkpoint, aside)
    except OSError as error:
        raise DiskError("an old checkpoint cannot be deleted", where=checkpoint, why=reason(error)) from error
    shutil.rmtree(aside, ignore_errors=True)


def sweep(run: Path) -> None:
    """Delete what a writer that was killed has left half-way; only whoever writes the run now may do this."""
    with suppress(OSError):
        for item in os.scandir(run):
            if item.name.startswith(".step-") and item.is_dir(follow_symlinks=False):
                shutil.rmtree(item.path, ignore_errors=True)


def _entry(path: Path) -> CheckpointEntry:
    files: dict[str, int] = {}
    with suppress(OSError):
        files = {item.name: item.stat(follow_symlinks=False).st_size for item in os.scandir(path)}
    entry = CheckpointEntry(
        name=path.name,
        path=path,
        step=int(path.name.removeprefix("step-")),
        val_loss=math.nan,
        created=0.0,
        size=0,
        state={},
        pinned=PINNED in files,
        label=_label(path) if LABEL in files else "",
    )
    try:
        state = read_json(path / "state.json", limit=2**16)
        created, val_loss = float(state["created"]), state["val_loss"]
        missing = [item for item in state["files"] if item not in files]
        problem = f"{missing[0]} is missing" if missing else ""
    except (LabError, OSError, KeyError, TypeError, ValueError, OverflowError) as error:
        return replace(entry, problem=str(error) if isinstance(error, LabError) else "its state file is damaged")
    return replace(
        entry,
        val_loss=float(val_loss) if fits(val_loss, float) else math.nan,
        created=created,
        size=sum(files.values()),
        state=state,
        problem=problem,
    )


def _label(checkpoint: Path) -> str:
    with suppress(LabError, ValueError):
        return read_regular(checkpoint / LABEL, limit=8 * _LONGEST).decode()[:_LONGEST]
    return ""
