"""What has become of a loss since something was changed, and what that proves.

A loss that falls anyway falls after a change too, and one that jumped comes down again by itself: neither is a credit
to the change. Changes that follow one another closely are judged as one, for nobody can tell them apart.
"""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from gpt2mini.settings import Value
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Adjustment, Change, Flip
from gpt2mini_tui.switches import title, word

__all__ = ["Tone", "latest_change", "moved", "since", "so", "together"]

Tone = Literal["open", "good", "bad"]

_DIFFERENT = 0.1  # nats; less is noise
_FALLEN = 0.02
_SAME = 0.055  # nats; what is between the two may be noise or not
_ENOUGH = 5  # training losses before anything is said
_CLOSE = 50  # steps within which two changes cannot be told apart
_JUMP = 0.5  # nats over both ends


def latest_change(history: History) -> Change | None:
    """Return the switch or the number that was changed last."""
    last: list[Change] = [*list(history.flips)[-1:], *list(history.adjustments)[-1:]]
    return max(last, key=lambda change: change.step, default=None)


def since(history: History, change: Change, *, inside: str = "") -> tuple[str, Tone]:
    """Return what the training loss says of the latest change, as a sentence and its tone.

    `inside` is what ails it, as the layers show it; they do so before the loss does.
    """
    if not inside:
        return _since(history, change)
    if len(history.recent) < _ENOUGH:
        return f"{together(_at_once(history, change))} it is {inside}.", "bad"
    return f"{_since(history, change)[0]} It is {inside}.", "bad"


def _since(history: History, change: Change) -> tuple[str, Tone]:
    taken = _taken_away(history, change)
    changes = [change] if taken else _at_once(history, change)
    words = together(changes, again=taken is not None)
    if len(history.recent) < _ENOUGH:
        return f"{words}: too early to tell what it does.", "open"
    now = fmean(history.recent)
    if taken is not None:
        return _recovered(f"{words} the training loss", taken, change.loss, now)
    before = changes[0].loss
    if now < before - _DIFFERENT and not change.was_still:
        fell = f"goes on falling, {before:.2f} to {now:.2f}"
        return f"{words} the training loss {fell}. It fell before too, so that proves nothing yet.", "open"
    if before - _DIFFERENT <= now < before - _FALLEN and history.descent.goes_on:
        return f"{words} the training loss falls: {before:.2f} then, {now:.2f} now, too little to tell yet.", "open"
    text, tone = moved(f"{words} the training loss", before, now, so_far=True)
    if history.peak > max(before, now) + _JUMP:
        return f"{text.removesuffix('.')}, after a jump to {history.peak:.2f}.", tone
    return text, tone


def moved(what: str, before: float, now: float, *, so_far: bool = False, ending: str = "") -> tuple[str, Tone]:
    """Return a sentence on two numbers, and whether it is a good one."""
    if _SAME <= abs(now - before) < _DIFFERENT:
        verb = "rose" if now > before else "fell"
        return f"{what} {verb} a little, from {before:.2f} to {now:.2f}: too little to tell from noise.", "open"
    if abs(now - before) < _DIFFERENT:
        return f"{what} is as it was, {before:.2f} and now {now:.2f}{', so far' if so_far else ''}.", "open"
    verb = "rose" if now > before else "fell"
    tail = f", {ending}" if ending else ""
    return f"{what} {verb} from {before:.2f} to {now:.2f}{tail}.", "bad" if now > before else "good"


def together(changes: Sequence[Change], *, again: bool = False) -> str:
    """Return `Since residual is off and MLP is off (step 310)`."""
    words = " and ".join(_so(change) for change in changes)
    return f"Since {words}{' again' if again else ''} (step {changes[-1].step:,})"


def so(name: str, value: Value) -> str:
    """Return `residual is off`."""
    return f"{title(name)} is {word(value)}"


def _so(change: Change) -> str:
    if isinstance(change, Adjustment):
        return f"{title(change.name)} went from {change.was} to {change.value}"
    return so(change.name, change.value)


def _recovered(what: str, taken: Flip, before: float, now: float) -> tuple[str, Tone]:
    """Judge a part that is back by how it was before it was taken away."""
    was = f"{taken.loss:.2f} before step {taken.step:,}"
    if now < taken.loss + _DIFFERENT:
        return f"{what} has recovered: {now:.2f}, and it was {was}.", "good"
    if now < before - _DIFFERENT:
        return f"{what} recovers: {before:.2f} then and {now:.2f} now; it was {was}.", "open"
    return f"{what} has not recovered so far: {now:.2f}, and it was {was}.", "open"


def _taken_away(history: History, change: Change) -> Flip | None:
    """Return the flip that a flip has undone, if the loss had risen since."""
    if not isinstance(change, Flip) or not change.is_default:
        return None
    earlier = [flip for flip in history.flips if flip.name == change.name and flip is not change]
    taken = earlier[-1] if earlier else None
    return taken if taken is not None and change.loss > taken.loss + _DIFFERENT else None


def _at_once(history: History, change: Change) -> list[Change]:
    """Return the changes that cannot be told apart from the latest one, in their order; one of each name."""
    earlier: list[Change] = sorted([*history.flips, *history.adjustments], key=lambda one: one.step)
    found: list[Change] = [change]
    for one in reversed(earlier):
        if one is change or any(one.name == other.name for other in found):
            continue
        if found[0].step - one.step > _CLOSE or math.isnan(one.loss) or len(found) == 3:
            break
        found.insert(0, one)
    return found
