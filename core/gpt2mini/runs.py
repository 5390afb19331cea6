"""The run folder: a manifest, an event log, and checkpoints. Torch-free, so that listing a thousand costs nothing.

<store>/<run>/run.json        what it is: configuration, corpus, tokenizer, versions, the command that made it
<store>/<run>/events.jsonl    what happened, one event a line, written by one process only
<store>/<run>/step-000500/    weights, optimiser and state at a step, each folder whole or not there
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.entries import CheckpointEntry, checkpoint_name, find_checkpoints, set_label, set_pinned
from gpt2mini.errors import CannotCreateError, DiskError, LockedError, NotFoundError, reason
from gpt2mini.eventlog import LOCK, LOG, EventLog, is_locked, read_events
from gpt2mini.events import Event
from gpt2mini.labels import Labels, read_labels, write_labels
from gpt2mini.manifest import MANIFEST, Manifest, as_file, read_manifest
from gpt2mini.paths import check_name
from gpt2mini.storage import new_folder, replace_file, write_file
from gpt2mini.summary import RunSummary, summarize
from gpt2mini.trash import Trashed, empty, put_back, throw, trashed

__all__ = [
    "CheckpointEntry",
    "Manifest",
    "Run",
    "RunSummary",
    "Store",
    "Trashed",
    "checkpoint_name",
]

_ASKED = 32
"""Runs that are asked whether they train: more than anyone trains at once."""


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
        return read_manifest(self.path)

    def rewrite(self, manifest: Manifest) -> None:
        """Replace run.json in one go; raises DiskError. Only whoever holds the log open may do this."""
        try:
            replace_file(self.path / MANIFEST, as_file(manifest))
        except OSError as error:
            raise DiskError("cannot write the run", where=self.path, why=reason(error)) from error

    def events(self, *, bad: Callable[[], None] | None = None) -> Iterator[Event]:
        """Yield every event of the log; a torn last line is left out, for a bad one `bad` is called. Never raises."""
        return read_events(self.path, bad=bad)

    def open_log(self, *, to_be_cut: bool = False) -> EventLog:
        """Open the log for writing, or first for `rewind`; raises LockedError while another process has it.

        Raises CannotCreateError where it cannot be written to, and CheckpointError for a log that is none.
        """
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
        """Return the tags and the note that stand beside the run; none where they cannot be read."""
        return read_labels(self.path)

    def label(self, labels: Labels) -> None:
        """Replace the tags and the note; raises DiskError. A run that is training may be labelled too."""
        write_labels(self.path, labels)

    def summary(self) -> RunSummary:
        """Return how the run stands, from its manifest and the tail of its log; never raises for a damaged run."""
        return summarize(self.path)

    def _checkpoint(self, name: str) -> Path:
        if all(entry.name != name for entry in self.checkpoints()):
            raise NotFoundError("this run has no such checkpoint", where=f"{self.name}/{name}")
        return self.path / name


@dataclass(frozen=True, slots=True)
class Store:
    """The folder that holds all runs."""

    root: Path

    def runs(self) -> list[Run]:
        """Return all runs, the last to be trained at the end; none where there is no store yet.

        Those that train now are the last, in the order in which they began to. What is done with a run otherwise, a
        note, a name, its way into the trash and back, does not change its place.
        """
        try:
            with os.scandir(self.root) as found:
                entries = [entry for entry in found if _is_run(entry)]
        except OSError:
            return []
        return [Run(Path(entry.path)) for entry in _live_last(sorted(entries, key=_last_written))]

    def has_runs(self) -> bool:
        """Tell whether there are any, without looking at all of them."""
        try:
            with os.scandir(self.root) as entries:
                return any(_is_run(entry) for entry in entries)
        except OSError:
            return False

    def get(self, name: str) -> Run:
        """Return the run of that name; raises NotFoundError, and UsageError for a name that is a path."""
        check_name(name)
        if not (self.root / name / MANIFEST).exists():
            raise NotFoundError("there is no run of that name", where=name, do="`gpt2mini-tui runs list` shows them.")
        return Run(self.root / name)

    def create(self, manifest: Manifest, *, name: str = "", stem: str = "run") -> Run:
        """Make a new run folder: of that name, or the first free one of `stem-1`, `stem-2`, ….

        Raises CannotCreateError if the name is taken or the store is not writable, UsageError for a name that is a
        path, and DiskError if the disk fails on the way.
        """
        while True:
            free = name or self._free_name(stem)
            check_name(free)
            path = self.root / free
            try:
                with new_folder(path) as folder:
                    write_file(folder / MANIFEST, as_file(manifest))
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
        """Bring back what was deleted; raises CannotCreateError if its place is taken or gone, and NotFoundError."""
        put_back(gone)

    def trashed(self) -> list[Trashed]:
        """Return what was deleted and can be brought back, the last at the end."""
        return trashed(self.root)

    def _free_name(self, stem: str) -> str:
        stem = re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:40] or "run"
        number, gone = 1, {one.origin.name for one in self.trashed()}  # these may want to come back
        while (self.root / f"{stem}-{number}").exists() or f"{stem}-{number}" in gone:
            number += 1
        return f"{stem}-{number}"


def _last_written(entry: os.DirEntry[str]) -> int:
    """Return when something was last written to the log of a run, in nanoseconds; without a log, when it was made."""
    for name in (LOG, MANIFEST):
        with suppress(OSError):
            return os.stat(os.path.join(entry.path, name)).st_mtime_ns
    return 0


def _live_last(entries: list[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Return the runs with those that train now at the end, by when they began to.

    By their logs, two that train at once would change places with every step. Only the newest are asked, since a log
    that is written to is among them, and asking thousands costs a tenth of a second.
    """
    newest = entries[-_ASKED:]
    live = [entry for entry in newest if is_locked(Path(entry.path))]
    still = [entry for entry in newest if entry not in live]
    return [*entries[:-_ASKED], *still, *sorted(live, key=_begun)]


def _begun(entry: os.DirEntry[str]) -> int:
    """Return when the process that writes a run took it, in nanoseconds."""
    with suppress(OSError):
        return os.stat(os.path.join(entry.path, LOCK)).st_mtime_ns
    return 0


def _is_run(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is the folder of a run; what begins with a dot is being made, or in the trash."""
    return not entry.name.startswith(".") and entry.is_dir() and os.path.exists(os.path.join(entry.path, MANIFEST))
