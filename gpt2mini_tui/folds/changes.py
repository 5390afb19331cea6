"""What was changed while a run trained, and in words: its switches and hyper-parameters are not all in its command."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

from gpt2mini.runs import RunSummary
from gpt2mini.settings import Value
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Change, Flip
from gpt2mini_tui.switches import standing, title, word

__all__ = ["caveat", "changes_told", "clip_limits", "flips_of", "how_switched", "value_at"]


def flips_of(history: History) -> list[tuple[int, str, Value]]:
    """Return what was flipped, as a summary has it: at which step, which, to what."""
    return [(flip.step, flip.name, flip.value) for flip in history.flips]


def how_switched(run: RunSummary, history: History | None = None) -> str:
    """Return how the switches of a run stand and what was flipped: exactly from its whole log, else from its end."""
    if history is None or not history.run:
        return standing(run.changed, run.flips, knows_all=run.knows_all_flips)
    return standing(run.changed, flips_of(history))


def value_at(step: float, changes: Iterable[Change], now: Value) -> Value:
    """Return what something was from a step on, from all changes of it; `now` is what it is at last."""
    known = list(changes)
    place = bisect_right(known, step, key=lambda change: change.step)
    if place == len(known):
        return now
    return known[place].was


def clip_limits(history: History) -> list[tuple[float, float, float]]:
    """Return stretches of steps, each with the limit of the gradient norm there; infinite where it was not clipped."""
    if history.config is None:
        return []
    flips = [flip for flip in history.flips if flip.name == "grad_clip"]
    numbers = [change for change in history.adjustments if change.name == "grad_clip"]
    begins = [-math.inf, *sorted({change.step for change in (*flips, *numbers)})]
    found = []
    for since, until in pairwise([*begins, math.inf]):
        is_on = value_at(since, flips, history.ablations.grad_clip)
        limit = float(value_at(since, numbers, history.config.train.grad_clip) or 0)
        found.append((since, until, limit if is_on and limit else math.inf))
    return found


def caveat(history: History) -> str:
    """Return why the command of a run does not make it again; nothing where nothing was changed on the way."""
    told = changes_told(history)
    return f"The command alone does not make this run. Changed on the way: {told}." if told else ""


def changes_told(history: History) -> str:
    """Return what was changed on the way, in order; nothing where nothing was."""
    changes = sorted([*history.flips, *history.adjustments], key=lambda change: change.step)
    return ", ".join(_told(change.name, change.value, change.step, isinstance(change, Flip)) for change in changes)


def _told(name: str, value: Value, step: int, is_switch: bool) -> str:
    return f"{title(name)} {word(value) if is_switch else value} at step {step:,}"
