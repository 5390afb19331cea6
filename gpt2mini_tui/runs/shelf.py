"""Reads the run folders for the screens, little by little, and remembers what has not changed since.

Everything here is an iterator for `Errands`: it reads a little, gives the others their turn, and goes on. Nothing
raises for a damaged run or checkpoint; they are listed with what is wrong.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gpt2mini.ablations import Ablations
from gpt2mini.entries import set_label, set_pinned
from gpt2mini.errors import LabError, UsageError
from gpt2mini.events import Evaluated
from gpt2mini.experiments.arms import is_arm
from gpt2mini.runs import CheckpointEntry, Manifest, Run, RunSummary, Store, Trashed
from gpt2mini.settings import Value, from_plain
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.keeping import Keeper
from gpt2mini_tui.folds.noted import Text

__all__ = ["CheckpointEntry", "Manifest", "RunSummary", "Shelf", "Story", "Trashed", "changed_switches"]

_BATCH = 50
"""Runs that are read between two turns."""
_GROWTH = 2
"""A list that is shown while it is read is shown again when it is so many times as long: ten times for ten thousand."""
_SHELF = 20
"""Runs whose checkpoints are read between two turns."""
_CHUNK = 500
"""Events that are read between two turns."""
_STORIES = 32
"""Logs that are remembered as curves; each takes some 100 kB."""

Signature = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of one run: what it is, and how it went."""

    name: str
    history: History
    manifest: Manifest | None
    """None where it cannot be read."""
    validations: dict[int, float] = field(default_factory=dict)
    """Every validation loss in nats per token by its step, as read from the log; empty for a live run."""

    @property
    def measured(self) -> dict[int, float]:
        """Validation losses by step: all of them, or of a live run those that its curve has kept."""
        return self.validations or {int(point.x): point.y for point in self.history.val.points()}

    def sample_before(self, step: int) -> Text | None:
        """Return the last sample of the schedule up to a step."""
        return next((text for text in reversed(self.history.samples) if text.step <= step and not text.asked), None)


class Shelf:
    """The runs of a store. All iterators are for one and the same thread."""

    def __init__(self, store: Store, *, kept: Path | None = None) -> None:
        """`kept` is a folder for the histories of long runs, so that they are read once; it need not be there."""
        self.store = store
        self._keeper = Keeper(kept) if kept else None
        self._summaries: dict[str, tuple[Signature, RunSummary]] = {}
        self._inside: dict[str, tuple[Signature, tuple[CheckpointEntry, ...]]] = {}
        self._stories: OrderedDict[str, tuple[Signature, Story]] = OrderedDict()
        self._stamp: Signature = ()
        self._listed: tuple[RunSummary, ...] = ()

    def runs(self, *, is_glance: bool = False) -> Iterator[tuple[RunSummary, ...] | None]:
        """Yield all runs, the newest first; the first time also as far as they are read yet.

        A glance looks only at those that were training, unless a run has come or gone.
        """
        stamp = _signature(self.store.root)
        if is_glance and stamp == self._stamp:
            yield tuple(
                self._summary(Run(known.path)) if known.status == "running" else known for known in self._listed
            )
            return
        found: list[RunSummary] = []
        is_first, shown = not self._summaries, 0
        for index, run in enumerate(reversed(self.store.runs()), 1):
            found.append(self._summary(run))
            if index % _BATCH == 0:
                is_longer = is_first and index >= _GROWTH * shown
                shown = index if is_longer else shown
                yield tuple(found) if is_longer else None
        kept = {summary.name for summary in found}
        self._summaries = {name: known for name, known in self._summaries.items() if name in kept}
        self._stamp, self._listed = stamp, tuple(found)
        yield self._listed

    def models(self) -> Iterator[list[tuple[RunSummary, tuple[CheckpointEntry, ...]]]]:
        """Yield every run with its checkpoints, both the newest first, some runs at a time."""
        runs = self.store.runs()[::-1]
        for start in range(0, len(runs), _SHELF):
            yield [(self._summary(run), self._entries(run)) for run in runs[start : start + _SHELF]]

    def inside(self) -> Iterator[dict[str, tuple[CheckpointEntry, ...]] | None]:
        """Yield the checkpoints of all runs by name, the newest first; on the way also what is read so far."""
        found: dict[str, tuple[CheckpointEntry, ...]] = {}
        shown = 0
        for index, run in enumerate(reversed(self.store.runs()), 1):
            found[run.name] = self._entries(run)
            if index % _SHELF == 0:
                is_longer = index >= _GROWTH * shown
                shown = index if is_longer else shown
                yield dict(found) if is_longer else None
        yield found

    def newest(self) -> Iterator[tuple[CheckpointEntry, ...]]:
        """Yield the newest checkpoint of the newest run that has one; nothing where there is none.

        The runs of cards, some of them broken on purpose, come only after all that somebody trained for themselves.
        """
        of_cards: CheckpointEntry | None = None
        for run in reversed(self.store.runs()):
            is_of_card = is_arm(run.name)
            if is_of_card and of_cards is not None:
                continue
            sound = [entry for entry in run.checkpoints() if not entry.problem]
            if sound and not is_of_card:
                yield (sound[-1],)
                return
            of_cards = of_cards or (sound[-1] if sound else None)
        yield (of_cards,) if of_cards else ()

    def checkpoints(self, run: str) -> Iterator[tuple[CheckpointEntry, ...]]:
        """Yield the checkpoints of a run, the newest first."""
        yield self._entries(Run(self.store.root / run))

    def story(self, name: str, live: History | None = None) -> Iterator[Story | None]:
        """Replay the log of a run, or yield what is remembered of it; of a `live` one, its history is known already."""
        run = Run(self.store.root / name)
        if live is not None:
            yield Story(name=name, history=live, manifest=_manifest(run))
            return
        signature = _signature_of(run)
        remembered = self._stories.get(name)
        if remembered is not None and remembered[0] == signature:
            self._stories.move_to_end(name)
            yield remembered[1]
            return
        is_over, log = not run.is_locked(), run.path / "events.jsonl"
        mark = Keeper.mark(log)
        known = self._keeper.find(log) if self._keeper and is_over else None
        history, validations = known or (History(), {})
        for index, event in enumerate(run.events() if known is None else (), 1):
            history.add(event)
            if isinstance(event, Evaluated):
                validations[event.step] = event.val_loss
            if index % _CHUNK == 0:
                yield None
        if is_over:
            history.end()
        if is_over and known is None and self._keeper:
            self._keeper.keep(log, mark, history, validations)
        story = Story(name=name, history=history, manifest=_manifest(run), validations=validations)
        self._stories[name] = (signature, story)
        while len(self._stories) > _STORIES:
            self._stories.popitem(last=False)
        yield story

    def _summary(self, run: Run) -> RunSummary:
        signature = _signature_of(run)
        known = self._summaries.get(run.name)
        if known is None or known[0] != signature or known[1].status == "running":
            known = self._summaries[run.name] = (signature, run.summary())
        return known[1]

    def _entries(self, run: Run) -> tuple[CheckpointEntry, ...]:
        """Return the checkpoints of a run, the newest first: the same ones as long as nothing has changed."""
        signature = _signature_inside(run.path)
        known = self._inside.get(run.name)
        if known is None or known[0] != signature:
            known = self._inside[run.name] = (signature, tuple(reversed(run.checkpoints())))
        return known[1]

    def call(self, path: Path, label: str) -> Iterator[str]:
        """Give a checkpoint a name, or none; raises as `set_label` does."""
        set_label(path, label)
        yield label

    def pin(self, path: Path, pinned: bool) -> Iterator[bool]:
        """Pin a checkpoint, or let go of it; raises as `set_pinned` does."""
        set_pinned(path, pinned)
        yield pinned

    def verify(self, run: str, only: Path | None = None) -> Iterator[tuple[Path, str]]:
        """Yield the checkpoints of a run, or the only one, with what is wrong in it; this imports torch."""
        from gpt2mini.checkpoint import verify

        paths = [only] if only else [entry.path for entry in reversed(Run(self.store.root / run).checkpoints())]
        for path in paths:
            try:
                verify(path)
                yield path, ""
            except LabError as error:
                yield path, str(error)

    def trash(self, path: Path) -> Iterator[Trashed]:
        """Move a run or a checkpoint aside; raises as `Store.trash` does."""
        yield self.store.trash(path)

    def restore(self, trashed: Trashed) -> Iterator[Trashed]:
        """Bring back what was moved aside; raises as `Store.restore` does."""
        self.store.restore(trashed)
        yield trashed


def changed_switches(entry: CheckpointEntry) -> dict[str, Value] | None:
    """Return the switches of a checkpoint that differ from GPT-2 as it is; None where its state does not say."""
    try:
        return from_plain(Ablations, entry.state.get("ablations")).changed()
    except UsageError:
        return None


def _manifest(run: Run) -> Manifest | None:
    try:
        return run.manifest()
    except LabError:
        return None


def _signature_of(run: Run) -> Signature:
    """Return what changes whenever the log, the manifest or the list of checkpoints does."""
    return _signature(run.path, run.path / "run.json", run.path / "events.jsonl", run.path / "labels.json")


def _signature_inside(run: Path) -> Signature:
    """Return what changes whenever a checkpoint comes or goes, or a file in one does."""
    try:
        folders = sorted(entry.path for entry in os.scandir(run) if entry.name.startswith("step-"))
    except OSError:
        return ()
    return _signature(*(Path(where) for folder in folders for where in (folder, f"{folder}/state.json")))


def _signature(*paths: Path) -> Signature:
    marks: list[int] = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            marks += (0, 0)
        else:
            marks += (status.st_mtime_ns, status.st_size)
    return tuple(marks)
