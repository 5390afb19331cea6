"""A run as a list shows it: what its manifest and the tail of its log tell, so that no log is read whole for it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.entries import find_checkpoints
from gpt2mini.errors import LabError, UsageError
from gpt2mini.eventlog import is_locked, recent
from gpt2mini.events import Evaluated, Event, Finished, Skipped, Started, StepDone, Switched
from gpt2mini.labels import Labels, read_labels
from gpt2mini.manifest import read_manifest
from gpt2mini.series import SMOOTHING
from gpt2mini.settings import Value, from_plain

__all__ = ["RunSummary", "summarize"]


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
    val_step: int | None = None
    """Of the last validation; with a `val_loss` that is no number, it was measured and not finite."""
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
    def is_validated(self) -> bool:
        """Whether there was a validation, whatever its number."""
        return self.val_step is not None

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


def summarize(run: Path) -> RunSummary:
    """Return how the run of a folder stands; never raises for a damaged one, whose `problem` says what is wrong."""
    try:
        manifest = read_manifest(run)
    except LabError as error:
        return RunSummary(name=run.name, path=run, status="damaged", problem=str(error))
    lately, labels = recent(run), read_labels(run)
    last = lately.last
    ended = last.get("end")
    taken, held = last.get("step"), last.get("eval")
    step = max((event.step for event in last.values()), default=0)
    return RunSummary(
        name=run.name,
        path=run,
        status=_status(run, ended),
        created=manifest.created,
        step=step,
        steps=max(step, manifest.config.train.steps),
        loss=taken.loss if isinstance(taken, StepDone | Skipped) else math.nan,
        smoothed=_smoothed(lately.losses),
        val_loss=held.val_loss if isinstance(held, Evaluated) else math.nan,
        val_step=held.step if isinstance(held, Evaluated) else None,
        corpus=str(manifest.corpus.get("name", manifest.config.data.data)),
        changed=_switches(run, last.get("on"), manifest.config.ablations).changed(),
        flips=_flips(lately.switches, manifest.config.ablations if lately.is_all else None),
        knows_all_flips=lately.is_all,
        parent=manifest.parent,
        tags=labels.tags,
        note=labels.note,
        question=labels.question,
        prediction=labels.prediction,
        verdict=labels.verdict,
    )


def _switches(run: Path, told: Event | None, first: Ablations) -> Ablations:
    """Return the switches as they stand now: as the end of the log has them, else the newest checkpoint."""
    if isinstance(told, Switched):
        return told.ablations
    if isinstance(told, Started):
        plain = told.config.get("ablations")
    else:
        plain = next((entry.state.get("ablations") for entry in reversed(find_checkpoints(run))), None)
    try:
        return from_plain(Ablations, plain)
    except UsageError:
        return first


def _status(run: Path, last: Event | None) -> str:
    if is_locked(run):
        return "running"
    return last.reason if isinstance(last, Finished) else "interrupted"


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
