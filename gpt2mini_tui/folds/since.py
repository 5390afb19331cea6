"""What has become of a loss since something was changed, and what that proves.

A loss that falls anyway falls after a change too, and one that jumped comes down again by itself: neither is a credit
to the change. Changes that follow one another closely are judged as one, for nobody can tell them apart.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from gpt2mini.settings import Value
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Adjustment, Change, Flip
from gpt2mini_tui.folds.shift import ENOUGH, Shift, at_once, latest, taken_away
from gpt2mini_tui.switches import title, word
from gpt2mini_tui.words import about

__all__ = ["Tone", "back", "done", "latest_change", "moved", "since", "so", "together"]

Tone = Literal["open", "good", "bad"]

_JUMP = 0.5  # nats over both ends


def latest_change(history: History) -> Change | None:
    """Return the switch or the number that was changed last."""
    return latest(history.flips, history.adjustments)


def since(history: History, change: Change, *, inside: str = "") -> tuple[str, Tone]:
    """Return what the training loss says of the latest change, as a sentence and its tone.

    `inside` is what ails it, as the layers show it; they do so before the loss does.
    """
    if not inside:
        return _since(history, change)
    if len(history.recent) < ENOUGH:
        return f"{together(_at_once(history, change))} it is {inside}.", "bad"
    return f"{_since(history, change)[0]} It is {inside}.", "bad"


def _since(history: History, change: Change) -> tuple[str, Tone]:
    taken = taken_away(history.flips, change)
    changes = [change] if taken else _at_once(history, change)
    words = together(changes, again=taken is not None)
    if len(history.recent) < ENOUGH:
        return f"{words}: too early to tell what it does.", "open"
    now, shift = fmean(history.recent), history.shift
    if taken is not None:
        return _recovered(f"{words} the training loss", taken, shift, now)
    before = changes[0].loss
    if shift.is_different and shift.is_lower and not change.was_still:
        fell = f"goes on falling, {about(before)} to {about(now)}"
        return f"{words} the training loss {fell}. It fell before too, so that proves nothing yet.", "open"
    if shift.is_lower and not shift.is_different and history.descent.goes_on:
        return (
            f"{words} the training loss falls: {about(before)} then, {about(now)} now, too little to tell yet.",
            "open",
        )
    text, tone = _moved(f"{words} the training loss", before, now, shift)
    if shift.is_different and any(change.name == "dropout" for change in changes):
        return f"{text} Dropout weakens only training: val will tell.", "open"
    if history.peak > max(before, now) + _JUMP:
        return f"{text.removesuffix('.')}, after a jump to {about(history.peak)}.", tone
    return text, tone


def _moved(what: str, before: float, now: float, shift: Shift) -> tuple[str, Tone]:
    if shift.is_different:
        return moved(what, before, now)
    if shift.is_same:
        return f"{what} is as it was, {about(before)} and now {about(now)}, so far.", "open"
    verb = "rose" if now > before else "fell"
    return f"{what} {verb} a little, from {about(before)} to {about(now)}: too little to tell from noise.", "open"


def moved(what: str, before: float, now: float, *, ending: str = "") -> tuple[str, Tone]:
    """Return a sentence on two numbers that differ by more than noise, and whether it is a good one."""
    verb = "rose" if now > before else "fell"
    tail = f", {ending}" if ending else ""
    return f"{what} {verb} from {about(before)} to {about(now)}{tail}.", "bad" if now > before else "good"


def together(changes: Sequence[Change], *, again: bool = False) -> str:
    """Return `Since residual is off and MLP is off (step 310)`."""
    words = " and ".join(_so(change) for change in changes)
    return f"Since {words}{' again' if again else ''} (step {changes[-1].step:,})"


def so(name: str, value: Value) -> str:
    """Return `residual is off`."""
    return f"{title(name)} is {word(value)}"


def done(change: Change) -> str:
    """Return what was done as something past: `residual was set to off`, `lr went from 0.001 to 0.01`."""
    return _so(change) if isinstance(change, Adjustment) else f"{title(change.name)} was set to {word(change.value)}"


def back(history: History) -> str:
    """Return that a part which is back has made good what its absence cost, and when; nothing where it has not."""
    change, at = latest_change(history), history.shift.back_at
    taken = None if change is None else taken_away(history.flips, change)
    if change is None or taken is None or at is None or not history.recent:
        return ""
    now, was = fmean(history.recent), f"{about(taken.loss)} before step {taken.step:,}"
    words = f"{so(change.name, change.value)} again (step {change.step:,})"
    return f"Since {words} the training loss has recovered, at step {at:,}: {about(now)}, and it was {was}."


def _so(change: Change) -> str:
    if isinstance(change, Adjustment):
        return f"{title(change.name)} went from {change.was} to {change.value}"
    return so(change.name, change.value)


def _recovered(what: str, taken: Flip, shift: Shift, now: float) -> tuple[str, Tone]:
    """Judge a part that is back by how it was before it was taken away."""
    was = f"{about(taken.loss)} before step {taken.step:,}"
    if shift.is_back:
        return f"{what} has recovered: {about(now)}, and it was {was}.", "good"
    if shift.is_different and shift.is_lower:
        return f"{what} recovers: {about(shift.before)} then and {about(now)} now; it was {was}.", "open"
    return f"{what} has not recovered so far: {about(now)}, and it was {was}.", "open"


def _at_once(history: History, change: Change) -> list[Change]:
    return at_once(history.flips, history.adjustments, change)
