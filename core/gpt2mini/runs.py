"""The run folder: a manifest, an event log, and checkpoints. Torch-free, so that listing a thousand costs nothing.

<store>/<run>/run.json        what it is: configuration, corpus, tokenizer, versions, the command that made it
<store>/<run>/events.jsonl    what happened, one event a line, written by one process only
<store>/<run>/step-000500/    weights, optimiser and state at a step, each folder whole or not there
"""

import json
import math
import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config
from gpt2mini.entries import CheckpointEntry, checkpoint_name, find_checkpoints, set_label, set_pinned
from gpt2mini.errors import (
    CannotCreateError,
    CheckpointError,
    DiskError,
    LabError,
    LockedError,
    NotFoundError,
    UsageError,
    reason,
)
from gpt2mini.eventlog import EventLog, is_locked, read_events, recent
from gpt2mini.events import Evaluated, Event, Finished, Skipped, Started, StepDone, Switched
from gpt2mini.labels import Labels, read_labels, write_labels
from gpt2mini.paths import check_name
from gpt2mini.series import SMOOTHING
from gpt2mini.settings import Value, from_plain, to_plain
from gpt2mini.storage import new_folder, read_json, replace_file, write_file
from gpt2mini.trash import DAYS, Trashed, empty, put_back, throw, trashed

__all__ = [
    "FORMAT",
    "CheckpointEntry",
    "Manifest",
    "Run",
    "RunSummary",
    "Store",
    "Trashed",
    "checkpoint_name",
    "versions",
]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run as a list shows it, from its manifest and the tail of its log."""

    name: str
    path: Path
    status: str
    """`running`, `done`, `stopped`, `diverged`, `interrupted` (no ending in the log) or `damaged`."""
    created: float = 0.0
    step: int = 0
    steps: int = 0
    loss: float = math.nan
    """Of the last step alone."""
    smoothed: float = math.nan
    """The moving average of the training loss that charts draw, as it ends."""
    val_loss: float = math.nan
    corpus: str = ""
    changed: dict[str, Any] = field(default_factory=dict)
    """Switches that differ from GPT-2 now, after every flip."""
    flips: tuple[tuple[int, str, Value], ...] = ()
    """Switches that were set on the way: at which step, which, to what. Of a long log only the latest steps."""
    knows_all_flips: bool = True
    """Whether these are all flips; a long log is not read from its beginning for a list."""
    problem: str = ""
    parent: str = ""
    """The run and checkpoint this one was forked from, if any."""
    tags: tuple[str, ...] = ()
    note: str = ""
    question: str = ""
    """What somebody wanted to know by it."""
    prediction: str = ""
    verdict: str = ""
    """What came out, in the words of whoever asked."""

    @property
    def labels(self) -> Labels:
        """What stands beside it, as it is written."""
        return Labels(
            tags=self.tags,
            note=self.note,
            question=self.question,
            prediction=self.prediction,
            verdict=self.verdict,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder. Making one opens nothing; every method reads what is there now."""

    path: Path

    @property
    def name(self) -> str:
        """The name of the run, which is that of its folder."""
        return self.path.name

    def manifest(self) -> Manifest:
        """Read run.json; raises CheckpointError if it is damaged or newer than this program."""
        where = self.path / "run.json"
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

    def rewrite(self, manifest: Manifest) -> None:
        """Replace run.json in one go; raises DiskError. Only whoever holds the log open may do this."""
        try:
            replace_file(self.path / "run.json", _plain(manifest))
        except OSError as error:
            raise DiskError("cannot write the run", where=self.path, why=reason(error)) from error

    def events(self, *, bad: Callable[[], None] | None = None) -> Iterator[Event]:
        """Yield every event of the log; a torn last line is left out, and for a bad one `bad` is called."""
        return read_events(self.path, bad=bad)

    def open_log(self, *, to_be_cut: bool = False) -> EventLog:
        """Open the log for writing, or first for `rewind`; raises LockedError while another process has it."""
        return EventLog(self.path, to_be_cut=to_be_cut)

    def rewind(self, log: EventLog, *, step: int, offset: int) -> None:
        """Forget what came after a step: its checkpoints go to the trash, then the log ends at `offset` bytes.

        In this order, the newest first, so that whoever is killed on the way leaves a run whose newest checkpoint still
        fits its log, and doing it again ends well. Raises DiskError.
        """
        for entry in reversed(self.checkpoints()):
            if entry.step > step:
                Store(self.path.parent).trash(entry.path)
        log.cut(offset)

    def is_locked(self) -> bool:
        """Tell whether a process is writing this run now."""
        return is_locked(self.path)

    def checkpoints(self) -> list[CheckpointEntry]:
        """Return the checkpoints in order of their step; a damaged one is listed with what is wrong."""
        return find_checkpoints(self.path)

    def pin(self, checkpoint: str) -> None:
        """Keep the checkpoint of this name for good; raises NotFoundError and DiskError."""
        set_pinned(self._checkpoint(checkpoint), True)

    def unpin(self, checkpoint: str) -> None:
        """Let the checkpoint of this name go when newer ones come; raises NotFoundError and DiskError."""
        set_pinned(self._checkpoint(checkpoint), False)

    def name_checkpoint(self, checkpoint: str, label: str) -> None:
        """Call the checkpoint of this name something, or nothing; raises NotFoundError, DiskError and UsageError."""
        set_label(self._checkpoint(checkpoint), label)

    def labels(self) -> Labels:
        """Return the tags and the note that stand beside the run."""
        return read_labels(self.path)

    def label(self, labels: Labels) -> None:
        """Replace the tags and the note; raises DiskError. A run that is training may be labelled too."""
        write_labels(self.path, labels)

    def summary(self) -> RunSummary:
        """Return how the run stands, from its manifest and the tail of its log; never raises for a damaged run."""
        try:
            manifest = self.manifest()
        except LabError as error:
            return RunSummary(name=self.name, path=self.path, status="damaged", problem=str(error))
        lately, labels = recent(self.path), self.labels()
        last = lately.last
        ended = last.get("end")
        taken, held = last.get("step"), last.get("eval")
        step = max((event.step for event in last.values()), default=0)
        return RunSummary(
            name=self.name,
            path=self.path,
            status=self._status(ended),
            created=manifest.created,
            step=step,
            steps=max(step, manifest.config.train.steps),
            loss=taken.loss if isinstance(taken, StepDone | Skipped) else math.nan,
            smoothed=_smoothed(lately.losses),
            val_loss=held.val_loss if isinstance(held, Evaluated) else math.nan,
            corpus=str(manifest.corpus.get("name", manifest.config.data.data)),
            changed=self._switches(last.get("on"), manifest.config.ablations).changed(),
            flips=_flips(lately.switches, manifest.config.ablations if lately.is_all else None),
            knows_all_flips=lately.is_all,
            parent=manifest.parent,
            tags=labels.tags,
            note=labels.note,
            question=labels.question,
            prediction=labels.prediction,
            verdict=labels.verdict,
        )

    def _checkpoint(self, name: str) -> Path:
        if all(entry.name != name for entry in self.checkpoints()):
            raise NotFoundError("this run has no such checkpoint", where=f"{self.name}/{name}")
        return self.path / name

    def _switches(self, told: Event | None, first: Ablations) -> Ablations:
        """Return the switches as they stand now: as the end of the log has them, else the newest checkpoint."""
        if isinstance(told, Switched):
            return told.ablations
        if isinstance(told, Started):
            plain = told.config.get("ablations")
        else:
            plain = next((entry.state.get("ablations") for entry in reversed(self.checkpoints())), None)
        try:
            return from_plain(Ablations, plain)
        except UsageError:
            return first

    def _status(self, last: Event | None) -> str:
        if self.is_locked():
            return "running"
        return last.reason if isinstance(last, Finished) else "interrupted"


@dataclass(frozen=True, slots=True)
class Store:
    """The folder that holds all runs."""

    root: Path

    def runs(self) -> list[Run]:
        """Return all runs, the newest folder last."""
        try:
            entries = [entry for entry in os.scandir(self.root) if not entry.name.startswith(".") and entry.is_dir()]
        except OSError:
            return []
        entries.sort(key=lambda entry: entry.stat().st_ctime_ns)
        return [Run(Path(entry.path)) for entry in entries if os.path.exists(os.path.join(entry.path, "run.json"))]

    def get(self, name: str) -> Run:
        """Return the run of that name; raises NotFoundError, and UsageError for a name that is a path."""
        check_name(name)
        if not (self.root / name / "run.json").exists():
            raise NotFoundError("there is no run of that name", where=name, do="`gpt2mini-tui runs list` shows them.")
        return Run(self.root / name)

    def create(self, manifest: Manifest, *, name: str = "", stem: str = "run") -> Run:
        """Make a new run folder: of that name, or the first free one of `stem-1`, `stem-2`, ….

        Raises CannotCreateError if the name is taken or the store is not writable.
        """
        while True:
            free = name or self._free_name(stem)
            check_name(free)
            path = self.root / free
            try:
                with new_folder(path) as folder:
                    write_file(folder / "run.json", _plain(manifest))
                return Run(path)
            except CannotCreateError:
                if name or not path.exists():
                    raise  # else another process took the free name a moment before

    def rename(self, name: str, new: str) -> Run:
        """Give a run another name; raises NotFoundError, UsageError, LockedError, CannotCreateError, DiskError."""
        run = self.get(name)
        check_name(new)
        if run.is_locked():
            raise LockedError("this run is training", where=name, do="Stop it first.")
        if (self.root / new).exists():
            raise CannotCreateError("there is a run of that name already", where=new)
        try:
            os.rename(run.path, self.root / new)
        except OSError as error:
            raise DiskError("cannot rename this", where=name, why=reason(error)) from error
        return Run(self.root / new)

    def trash(self, path: Path) -> Trashed:
        """Move a run or a checkpoint aside, so that it can come back; raises NotFoundError, LockedError, DiskError."""
        run = Run(path if path.parent == self.root else path.parent)
        if run.path.parent != self.root or not path.exists():
            raise NotFoundError("there is nothing of that name here", where=path)
        if path == run.path and run.is_locked():
            raise LockedError("this run is training", where=run.name, do="Stop it first.")
        empty(self.root)  # what has been there for a month
        return throw(self.root, path)

    def restore(self, gone: Trashed) -> None:
        """Bring back what was deleted; raises CannotCreateError if something else has taken its place."""
        put_back(gone)

    def trashed(self) -> list[Trashed]:
        """Return what was deleted and can be brought back, the last at the end."""
        return trashed(self.root)

    def empty_trash(self, *, days: float = DAYS) -> int:
        """Delete for good what has been in the trash for so many days; return how many things that were."""
        return empty(self.root, days=days)

    def _free_name(self, stem: str) -> str:
        stem = re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:40] or "run"
        number, gone = 1, {one.origin.name for one in self.trashed()}  # these may want to come back
        while (self.root / f"{stem}-{number}").exists() or f"{stem}-{number}" in gone:
            number += 1
        return f"{stem}-{number}"


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


def _smoothed(losses: Sequence[float]) -> float:
    """Return where the curve of the training loss ends, as `Series` has it; what lies further back has no weight."""
    total, weight = 0.0, 0.0
    for loss in filter(math.isfinite, losses):
        total, weight = SMOOTHING * total + (1 - SMOOTHING) * loss, SMOOTHING * weight + 1 - SMOOTHING
    return total / weight if weight else math.nan


def _flips(told: Sequence[Switched], first: Ablations | None) -> tuple[tuple[int, str, Value], ...]:
    """Return what was flipped; setting a switch to what it was is no flip."""
    found: list[tuple[int, str, Value]] = []
    before = first
    for event in told:
        if before is None or getattr(before, event.name, None) != event.value:
            found.append((event.step, event.name, event.value))
        before = event.ablations
    return tuple(found)


def _plain(manifest: Manifest) -> bytes:
    plain = json.dumps({"format": FORMAT, **to_plain(manifest)}, ensure_ascii=False, indent=1)
    return plain.encode("utf-8", "backslashreplace")  # a path may be no text
