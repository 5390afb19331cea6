"""What was changed while a run trained, in words: its switches and hyper-parameters are not all in its command."""

from gpt2mini.runs import RunSummary
from gpt2mini.settings import Value
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Flip
from gpt2mini_tui.switches import standing, title, word

__all__ = ["caveat", "flips_of", "how_switched"]


def flips_of(history: History) -> list[tuple[int, str, Value]]:
    """Return what was flipped, as a summary has it: at which step, which, to what."""
    return [(flip.step, flip.name, flip.value) for flip in history.flips]


def how_switched(run: RunSummary, history: History | None = None) -> str:
    """Return how the switches of a run stand and what was flipped: exactly from its whole log, else from its end."""
    if history is None or not history.run:
        return standing(run.changed, run.flips, knows_all=run.knows_all_flips)
    return standing(run.changed, flips_of(history))


def caveat(history: History) -> str:
    """Return why the command of a run does not make it again; nothing where nothing was changed on the way."""
    changes = sorted([*history.flips, *history.adjustments], key=lambda change: change.step)
    if not changes:
        return ""
    told = ", ".join(_told(change.name, change.value, change.step, isinstance(change, Flip)) for change in changes)
    return f"The command alone does not make this run. Changed on the way: {told}."


def _told(name: str, value: Value, step: int, is_switch: bool) -> str:
    return f"{title(name)} {word(value) if is_switch else value} at step {step:,}"
