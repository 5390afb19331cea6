"""How a run broke down: what had been changed shortly before, and from where it can go on."""

from itertools import pairwise

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Skip
from gpt2mini_tui.folds.shift import at_once
from gpt2mini_tui.folds.since import done, latest_change
from gpt2mini_tui.words import count

__all__ = ["go_on", "how_diverged"]

_SHORTLY = 50  # steps


def how_diverged(history: History) -> str:
    """Return how the numbers of a diverged run went, and after what, as a sentence."""
    skips = _last_in_a_row(history)
    after = f", {_after(history, skips[0].step)}" if skips and _is_blamed(history, skips[0].step) else ""
    where = f", first in {skips[0].tensor}" if skips else ""
    times = f"{len(skips)} times in a row{where}" if skips else "any more"
    return f"Diverged at step {history.step:,}{after}: the numbers were not finite {times}."


def go_on(history: History) -> str:
    """Return from where a diverged run can go on: the last checkpoint of before; nothing where none is known."""
    skips = _last_in_a_row(history)
    first = skips[0].step if skips else history.step
    change = latest_change(history)
    last = change.step if change is not None and _is_blamed(history, first) else first - 1
    lost = history.val.non_finite
    saved = [step for step in history.saves if step <= last and step not in lost]
    return f"It can go on from step {saved[-1]:,}, saved before that." if saved else ""


def _is_blamed(history: History, first: int) -> bool:
    change = latest_change(history)
    return change is not None and 0 <= first - change.step <= _SHORTLY


def _after(history: History, first: int) -> str:
    """Return `13 steps after lr went from 0.001 to 5000.0`."""
    change = latest_change(history)
    if change is None:
        return ""
    words = " and ".join(done(one) for one in at_once(history.flips, history.adjustments, change))
    return f"{count(first - change.step, 'step')} after {words}"


def _last_in_a_row(history: History) -> list[Skip]:
    """Return the skips that follow one another up to the last; those of long before it got over."""
    skips = list(history.skips)
    breaks = [place for place, (one, two) in enumerate(pairwise(skips), 1) if two.step != one.step + 1]
    return skips[breaks[-1] :] if breaks else skips
