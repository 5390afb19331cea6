"""The run that was under way last, if it is not whole: somebody who opens the lab should not have to look for it."""

from collections.abc import Sequence

from gpt2mini.experiments.arms import is_arm
from gpt2mini.runs import Run
from gpt2mini_tui.folds.unfinished import Unfinished

__all__ = ["latest", "unfinished"]


def latest(runs: Sequence[Run]) -> Unfinished | None:
    """Return the newest run if it is not whole; those of cards and tables do not count, they go on where they began.

    The newest is the last, as `Store.runs` has them.
    """
    newest = next((run for run in reversed(runs) if not is_arm(run.name)), None)
    return unfinished(newest) if newest is not None else None


def unfinished(run: Run) -> Unfinished | None:
    """Return how far a run has come; None where it is whole, diverged, damaged or gone."""
    summary = run.summary()
    if summary.status not in ("running", "stopped", "interrupted") or summary.step >= summary.steps:
        return None
    saved = [entry.step for entry in run.checkpoints() if not entry.problem]
    return Unfinished(
        name=run.name,
        status=summary.status,
        step=summary.step,
        steps=summary.steps,
        saved=saved[-1] if saved else None,
    )
