"""One sentence that says what the numbers mean, with the numbers it rests on.

A verdict without evidence is worse than none: where the numbers do not tell yet, it says just that. The rules are tried
in order, what is wrong before what is well; the first that has something to say speaks.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from gpt2mini.ablations import TRAINING_AIDS
from gpt2mini.settings import Value
from gpt2mini_tui.folds.ending import go_on, how_diverged
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Change, Flip, Validation
from gpt2mini_tui.folds.since import Tone, back, latest_change, moved, since, so, together
from gpt2mini_tui.folds.standing import MARGIN, fallen_back, standing
from gpt2mini_tui.folds.symptoms import Fingerprint, asides, exploded, fingerprint, settled, warms_up
from gpt2mini_tui.switches import title, word
from gpt2mini_tui.words import about, share

__all__ = ["Tone", "Verdict", "judge"]

_CLOSE = 0.02  # two validations that differ by less have not moved
_WHILE = 100  # steps that a recovery is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A sentence, and whether it is good news, bad news, or cannot be told yet."""

    text: str
    tone: Tone = "open"
    aside: str = ""
    """What is worth knowing beside it, the end of the text; where there is no room it is left out."""
    short: str = ""
    """The same without its explanation, where there is no room for that either; nothing where there is none."""

    def with_aside(self, aside: str) -> "Verdict":
        """Return it with another remark in the place of its own."""
        return replace(self, text=f"{self.text.removesuffix(self.aside).rstrip()} {aside}", aside=aside)


def judge(history: History) -> Verdict:
    """Return what the numbers of a run mean now."""
    for rule in _RULES:
        verdict = rule(history)
        if verdict is not None:
            if history.has_pairs:
                verdict = replace(verdict, text=verdict.text.replace("character", "token"))
            beside = next(asides(history), "") if rule in _CALM else ""
            return verdict.with_aside(beside) if beside else verdict
    return Verdict(text="Cannot tell yet: nothing has been measured.")


Rule = Callable[[History], Verdict | None]


def _diverged(history: History) -> Verdict | None:
    if history.status != "diverged":
        return None
    text, aside = how_diverged(history), go_on(history)
    return Verdict(text=f"{text} {aside}".rstrip(), tone="bad", aside=aside)


def _skipped(history: History) -> Verdict | None:
    if not history.skips or history.step - history.skips[-1].step > 10:
        return None
    last = history.skips[-1]
    text = f"Step {last.step:,} was skipped: {last.tensor} was not finite. The weights are as they were."
    return Verdict(text=text, tone="bad")


def _just_changed(history: History) -> Verdict | None:
    """Judge a switch or a hyper-parameter by the training loss until it has been validated."""
    change = latest_change(history)
    if change is None or math.isnan(change.loss):
        return None
    if history.validations and history.validations[-1].step > change.step:
        return None
    found = fingerprint(history)
    is_dying = found is not None and found.is_fading and not (warms_up(history) and history.descent.goes_on)
    inside = f"dying: {found}" if is_dying else ""  # not dead before some validations have stood still
    text, tone = since(history, change, inside=inside)
    return Verdict(text=text, tone=tone)


def _exploding(history: History) -> Verdict | None:
    why = exploded(history)
    return Verdict(text=f"Exploding: {why}. Lower lr, or clip the gradient.", tone="bad") if why else None


def _plateau(history: History) -> Verdict | None:
    why = settled(history)
    last = _last(history)
    if not why or last is None or "uniform" not in history.references:
        return None
    is_over = history.config is not None and history.lr.last.y < 0.1 * history.config.train.lr
    cause = "the rate is almost zero, so this is the end of it" if is_over else "more steps alone will not help much"
    return Verdict(text=f"Plateau: {why}, {standing(history.references, last.loss)}; {cause}.")


def _leak(history: History) -> Verdict | None:
    """Name a leak: a loss that prediction cannot reach, by the floor where it is known, else by the 4-gram line."""
    last = _last(history)
    if last is None:
        return None
    floor, line = history.references.get("floor", -math.inf), history.references.get("4-gram", -math.inf)
    has_mask = last.ablations.causal_mask
    if last.loss < floor - MARGIN:
        why = f"Leak: val {about(last.loss)} is below the floor ({floor:.2f}), less than the text leaves open"
        ending = "something gives the answer away" if has_mask else "without the causal mask it reads the answer"
        return Verdict(text=f"{why}: {ending}.", tone="bad")
    if has_mask:
        return None
    if last.loss < line - MARGIN:
        why = f"Leak: val {about(last.loss)} is far below the 4-gram line ({line:.2f}) while the causal mask is off"
        return Verdict(text=f"{why}: it reads the answer.", tone="bad")
    sees = "The causal mask is off, so each position sees the very character it is to predict"
    return Verdict(text=f"{sees}: val {about(last.loss)} is no measure of prediction.")


def _changed(history: History) -> Verdict | None:
    """Judge a switch or a number by validations before and after it, the latest that has done harm."""
    flip, last = history.last_flip, _last(history)
    changes: list[Change] = [*list(history.adjustments)[-1:]]
    if flip is not None and not flip.is_default:
        changes.append(flip)
    changes += _of_fork(history)
    if last is None:
        return None
    for change in sorted(changes, key=lambda one: one.step, reverse=True):
        if last.step > change.step and last.loss >= change.val + 2 * MARGIN:
            found = fingerprint(history)
            ending = fallen_back(history.references, change.val, last.loss)
            if found is not None and found.is_dead:
                ending = f"{_state(history, found).lower()}: {found}"
            words = f"{together(_unmeasured(history, change))} val"
            text, tone = moved(words, change.val, last.loss, ending=ending)
            short, _ = moved(words, change.val, last.loss, ending=ending.partition(":")[0])
            return Verdict(text=text, tone=tone, short=short)
    return None


def _of_fork(history: History) -> list[Flip]:
    """Return the switches that a fork has away from GPT-2 and its parent had not, as long as they stand so."""
    now = history.ablations
    return [one for one in history.forked if not one.is_default and getattr(now, one.name) == one.value]


def _unmeasured(history: History, latest: Change) -> list[Change]:
    """Return the changes since the validation before the latest one; no number tells them apart."""
    before = max((one.step for one in history.validations if one.step <= latest.step), default=latest.step)
    flips = [one for one in history.flips if not one.is_default]
    changes: list[Change] = [*_of_fork(history), *flips, *history.adjustments]
    found = {one.name: one for one in sorted(changes, key=lambda one: one.step) if before <= one.step <= latest.step}
    return list(found.values())[-3:] or [latest]


def _guessing(history: History) -> Verdict | None:
    last, uniform = _last(history), history.references.get("uniform")
    if last is None or uniform is None or last.loss < uniform - MARGIN:
        return None
    if last.loss > uniform + 2 * MARGIN:
        return Verdict(text=f"Val {about(last.loss)} is worse than guessing uniformly ({uniform:.2f}).", tone="bad")
    text = f"Val {about(last.loss)} is no better than guessing uniformly among {math.exp(uniform):.0f} characters"
    return Verdict(text=f"{text} ({uniform:.2f}).")


def _dead(history: History) -> Verdict | None:
    """Say that it is stuck on the 1-gram line: dying if the layers show it, dead once three validations stand still."""
    line = history.references.get("1-gram", math.nan)
    last, found = _last(history), fingerprint(history)
    if warms_up(history) and history.descent.goes_on:
        return None
    if last is not None and found is not None and found.is_fading and last.loss >= line - MARGIN:
        cause = _cause(last.ablations.changed())
        at = "on" if last.loss <= line + MARGIN else "above"
        text = f"{_state(history, found)}{cause}: val {about(last.loss)} {at} the 1-gram line ({line:.2f}), {found}."
        return Verdict(text=text, tone="bad")
    there = list(takewhile(lambda one: abs(one.loss - line) <= MARGIN, reversed(history.validations)))
    if len(there) < 3 or warms_up(history) or there[2].loss - there[0].loss > _CLOSE:
        return None
    why = f"val {there[0].loss:.2f} has stayed on the 1-gram line ({line:.2f}) since step {there[-1].step:,}"
    first = there[-1].ablations.changed()  # what was flipped only later is no reason for it
    cause = _cause({name: value for name, value in there[0].ablations.changed().items() if first.get(name) == value})
    if found is not None and not found.is_dead:
        open_ = "the gradient still reaches block 0, so it may yet leave it"
        return Verdict(text=f"{_sentence(why)}{cause}: it knows how frequent each character is; {open_}.")
    return Verdict(text=f"Dead: {why}{cause}. It knows how frequent each character is, and no more.", tone="bad")


def _state(history: History, found: Fingerprint) -> str:
    """Return `Dead` only where three validations since the last switch no longer fall and the warm-up is over."""
    begun = history.last_flip.step if history.last_flip is not None else -1
    losses = [one.loss for one in history.validations if one.step > begun][-3:]
    is_stuck = len(losses) == 3 and losses[0] - losses[-1] <= _CLOSE
    return "Dead" if found.is_dead and is_stuck and not warms_up(history) else "Dying"


def _overfitting(history: History) -> Verdict | None:
    """Judge by val where it rose, else by how far the training loss has gone ahead of it.

    What is no better than counting has learned nothing by heart; much dropout can make val rise all the same.
    """
    last = _last(history)
    if last is None or not last.train_loss < history.references.get("1-gram", math.inf) - MARGIN:
        return None
    return _risen(history) or _gap(history)


def _gap(history: History) -> Verdict | None:
    """Judge by the gap, and by how much it grew: a text held back can be the harder one from the beginning.

    Several in a row count, see `Ahead`: in runs on five texts of 60,000 characters and more the gap stayed below 0.2
    nats; on 12,000 characters it passed 0.25 at step 200, with dropout 0.2 at step 650.
    """
    last, closest = _last(history), history.ahead.closest
    if last is None or closest is None or not (history.ahead.is_far and last.is_prediction):
        return None
    what = f"the gap between val ({about(last.loss)}) and the training loss ({about(last.train_loss)})"
    grew = f"grew from {about(closest.gap)} (step {closest.step:,}) to {about(last.gap)}"
    falls = history.ahead.val_falls
    end = "more and more of what it learns holds for this text only" if falls else "it learns the text by heart"
    return Verdict(text=f"Overfitting: {what} {grew}; {end}.", tone="open" if falls else "bad")


def _risen(history: History) -> Verdict | None:
    best, last = history.best, _last(history)
    if best is None or last is None or not (history.rise.is_far and last.is_prediction):
        return None
    changes: list[Change] = [*history.flips, *(one for one in history.adjustments if one.name == "dropout")]
    if any(change.step >= best.step for change in changes):
        return None  # the switch may be the reason, and what dropout made harder is no measure
    rose = f"val rose from {about(best.loss)} (step {best.step:,}) to {about(last.loss)}"
    fell = f"the training loss fell from {about(best.train_loss)} to {about(last.train_loss)}"
    return Verdict(text=f"Overfitting: {rose} while {fell}. It learns the text by heart.", tone="bad")


def _recovered(history: History) -> Verdict | None:
    """Say for a while that a part which is back has made good what its absence cost."""
    at = history.shift.back_at
    text = back(history) if at is not None and history.step - at <= _WHILE else ""
    return Verdict(text=text, tone="good") if text else None


def _answers(history: History) -> Verdict | None:
    """Say of a task how many problems are answered, once that is more than guessing."""
    last, answered = _last(history), history.answered
    if last is None or answered is None or answered.step < last.step or answered.exact < answered.chance + 0.1:
        return None
    text = f"It answers {share(answered.exact)} of {answered.problems} problems it has never seen without a mistake"
    guess = f", where guessing gives {share(answered.chance)}" if answered.chance else ""
    floor = history.references.get("floor")
    rest = f"; val {about(last.loss)}" + (f", floor {floor:.2f}" if floor is not None else "")
    return Verdict(text=f"{text}{guess}{rest}.", tone="good")


def _floor(history: History) -> Verdict | None:
    last, floor = _last(history), history.references.get("floor")
    if last is None or floor is None or last.loss > floor + MARGIN:
        return None
    text = f"Val {about(last.loss)} has reached the floor ({floor:.2f}): nothing is left to learn from this text."
    return Verdict(text=text, tone="good")


def _without_context(history: History) -> Verdict | None:
    last, line = _last(history), history.references.get("2-gram")
    if last is None or line is None or last.ablations.attention or abs(last.loss - line) > 2 * MARGIN:
        return None
    text = f"Val {about(last.loss)} is at the 2-gram line ({line:.2f}), and without attention it goes no further"
    return Verdict(text=f"{text}: each position sees only its own character.")


def _progress(history: History) -> Verdict | None:
    """Say which line was passed last; only what shows the use of context is good news."""
    last = _last(history)
    if last is None or "uniform" not in history.references:
        return None
    letters = history.references.get("1-gram", math.inf)
    tone: Tone = "good" if last.loss < letters - MARGIN else "open"
    text = f"{_sentence(f'val {about(last.loss)} is {standing(history.references, last.loss)}')}."
    changed = ", ".join(
        f"{title(name)} {word(value)}" for name, value in last.ablations.changed().items() if name not in TRAINING_AIDS
    )
    aside = f"This with {changed}." if changed and tone == "good" else ""
    return Verdict(text=f"{text} {aside}".rstrip(), tone=tone, aside=aside)


def _without_validation(history: History) -> Verdict | None:
    """Say what little a training loss says, where nothing is held back or not measured yet."""
    loss, uniform = history.loss.smoothed.y, history.references.get("uniform")
    if math.isnan(loss) or uniform is None:
        return None
    if history.val_tokens:
        return Verdict(text=f"Cannot tell yet: training loss {about(loss)}, and nothing has been validated.")
    text = f"Training loss {about(loss)}, where guessing is {uniform:.2f}. Nothing is held back"
    end = ", so it may only be learning the text by heart" if loss < uniform else ""
    return Verdict(text=f"{text}{end}.")


_RULES: tuple[Rule, ...] = (
    _diverged,
    _skipped,
    _exploding,
    _just_changed,
    _leak,
    _changed,
    _guessing,
    _dead,
    _overfitting,
    _recovered,
    _answers,
    _floor,
    _without_context,
    _plateau,
    _progress,
    _without_validation,
)
_CALM = (_progress, _plateau, _guessing, _without_validation)
"""Rules beside which there is room for another remark."""


def _last(history: History) -> Validation | None:
    """Return the latest validation if its number is finite."""
    found = history.validations[-1] if history.validations else None
    return found if found is not None and math.isfinite(found.loss) else None


def _cause(changed: Mapping[str, Value]) -> str:
    """Return ` (residual is off)`, or nothing."""
    return f" ({', '.join(so(name, value) for name, value in changed.items())})" if changed else ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
