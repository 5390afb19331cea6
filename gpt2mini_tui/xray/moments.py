"""The moments of a run that are still there to be looked at: frames and checkpoints, in order of their steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.frames import frames_of
from gpt2mini.runs import Run

__all__ = ["Moment", "loaded_by", "moments_at", "moments_of", "run_folder", "run_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A run as it was at a step, or, without a path, as it is now."""

    step: int
    path: Path | None


def moments_of(run: Path) -> tuple[Moment, ...]:
    """Return the moments of a run folder; where a frame and a checkpoint are of one step, the checkpoint."""
    found = {frame.step: frame.path for frame in frames_of(run)}
    found |= {entry.step: entry.path for entry in Run(run).checkpoints() if not entry.problem}
    return tuple(Moment(step=step, path=path) for step, path in sorted(found.items()))


def moments_at(path: Path | None, live: Path | None) -> Iterator[tuple[str, tuple[Moment, ...]]]:
    """Yield the name and the moments of the run that a path belongs to, of the `live` one where there is no path."""
    folder = live if path is None else run_folder(path)
    if folder is not None:
        yield folder.name, moments_of(folder)


def run_folder(path: Path) -> Path | None:
    """Return the run that a checkpoint, a frame or a run folder belongs to; None for a file from elsewhere."""
    candidates = (path, *path.parents[:2])
    return next((folder for folder in candidates if (folder / "run.json").exists()), None)


def run_name(path: Path | None) -> str:
    """Return the name of that run; nothing where there is none."""
    folder = None if path is None else run_folder(path)
    return "" if folder is None else folder.name


def loaded_by(path: Path | None, step: int, root: Path) -> str:
    """Return what `--load` takes for a moment: shorter in a run of `root`, nothing without a path."""
    folder = run_folder(path) if path is not None else None
    if folder is not None and folder.parent == root:
        return f"{folder.name}/step-{step}"
    return "" if path is None else str(path)
