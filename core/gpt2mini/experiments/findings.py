"""What the numbers of an experiment allow to be said, and no more. Pure: measurements in, sentences out.

A difference within the noise is no finding. That there is none is only said where several seeds agree closely enough
to rule out one that could be seen; else the honest answer is that one cannot tell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gpt2mini.experiments.measure import Measurement
from gpt2mini.experiments.statistics import SEED_NOISE, Delta, Spread, difference, spread

__all__ = ["VISIBLE", "Finding", "Row", "Word", "compare", "is_dead", "parts_at", "table_rows", "turning_point"]

Word = Literal["baseline", "worse", "better", "no visible effect", "cannot tell", "dead", "diverged"]

VISIBLE = 0.05
"""Nats per token; if an effect is certainly smaller than this, it is not visible."""
_WORTH_A_WORD = 0.02  # even where two seeds happen to agree closely
_ON_THE_LINE = 0.06
_COLLAPSED = 0.98
_VANISHED = 1e-2
_REACHES = 0.1
"""Of the last block's gradient at the first one: from here on, positions that are alike for now may still part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A word for a table, and the sentence that quotes the numbers behind it."""

    word: Word
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An arm over all of its seeds, beside the baseline."""

    label: str
    runs: tuple[Measurement, ...]
    score: Spread
    delta: Delta
    finding: Finding


def table_rows(labels: Sequence[str], runs: Sequence[Sequence[Measurement]]) -> tuple[Row, ...]:
    """Return a row for each arm that has been measured; runs of an arm are in the order of the seeds.

    The first arm is the baseline. Of arms with different numbers of runs, as many are compared as both have.
    """
    rows = []
    for place, (label, measured) in enumerate(zip(labels, runs, strict=True)):
        if not measured or not runs[0]:
            continue
        pairs = min(len(measured), len(runs[0]))
        other = runs[0][:pairs]
        delta = difference([one.score for one in measured[:pairs]], [one.score for one in other])
        finding = compare(label, measured, runs[0]) if place else _of_the_baseline(label, measured)
        score = spread([one.score for one in measured])
        rows.append(Row(label=label, runs=tuple(measured), score=score, delta=delta, finding=finding))
    return tuple(rows)


def compare(label: str, runs: Sequence[Measurement], baseline: Sequence[Measurement]) -> Finding:
    """Return what a change did, judged by runs that share their seeds with those of the baseline."""
    pairs = min(len(runs), len(baseline))
    broken = [one for one in runs if one.has_diverged]
    if broken:
        which = "" if len(broken) == len(runs) else f" in {len(broken)} of {len(runs)} runs"
        first = f": first not finite was {broken[0].broken}" if broken[0].broken else ""
        return Finding(word="diverged", text=f"{label} diverged{which}{first}.")
    if any(one.has_diverged for one in baseline[:pairs]):
        return Finding(word="cannot tell", text="Cannot tell: the baseline itself diverged.")
    delta = difference([one.score for one in runs[:pairs]], [one.score for one in baseline[:pairs]])
    if not math.isfinite(delta.mean):
        return Finding(word="cannot tell", text="Cannot tell: a loss is missing.")
    held = [one for one in baseline[:pairs] if _is_held(one)]
    if all(map(is_dead, runs)) and delta.mean > 0:
        if held:
            return Finding(word="cannot tell", text=_held_too(label, runs, held[0]))
        if delta.is_real:
            return Finding(word="dead", text=_dead(label, runs))
    found = _by_size(label, delta)
    if found.word != "worse" and delta.mean != 0 and held and any(map(_is_held, runs)):
        return Finding(word="cannot tell", text=_held_too(label, runs, held[0]))
    return found


def is_dead(run: Measurement) -> bool:
    """Tell whether a model knows how frequent each token is, and no more.

    One fingerprint, whatever the cause: the validation loss lies on the 1-gram line, and inside either all positions
    have become the same or the gradient vanishes on its way to the first block (Dong et al. 2021, Xiong et al. 2020).
    With positions alike but a gradient that reaches the first block, a model was seen to leave the line later.
    """
    line = run.references.get("1-gram", math.nan)
    is_on_it = abs(run.score - line) <= _ON_THE_LINE
    is_collapsed = run.token_cosine >= _COLLAPSED and not run.gradient_ratio >= _REACHES
    return is_on_it and (is_collapsed or run.gradient_ratio <= _VANISHED)


def _is_held(run: Measurement) -> bool:
    """Tell whether a model has not got below the 1-gram line yet.

    Beside it, nothing that has not either can be called dead, better, or as good.
    """
    return run.score >= run.references.get("1-gram", math.inf) - _ON_THE_LINE


def parts_at(run: Measurement, baseline: Measurement, *, noise: float = SEED_NOISE) -> int | None:
    """Return the step from which on the smoothed training loss of a run stays behind by more than the noise.

    None if at the end it is not behind: what was behind for a while only took longer.
    """
    found, place = None, len(baseline.losses) - 1
    for step, loss in reversed(run.losses):
        while place >= 0 and baseline.losses[place][0] > step:
            place -= 1
        if place < 0 or not loss - baseline.losses[place][1] > noise:
            break
        found = int(step)
    return found


def turning_point(rows: Sequence[Row], label: str) -> str:
    """Return from when on it matters that a part is missing, as a sentence; nothing where the arm was not measured."""
    row = next((row for row in rows if row.label == label and row.finding.word != "baseline"), None)
    if row is None or row.finding.word == "diverged":
        return ""
    run, baseline = row.runs[0], rows[0].runs[0]
    step = parts_at(run, baseline)
    what = f"{label}, {run.step:,} steps"
    if step is not None:
        return f"{what}: it begins to matter at step {step:,}; from there on it stays {SEED_NOISE} nats or more behind."
    text = f"{what}: it never begins to matter, the training loss ends {run.loss - baseline.loss:+.3f} nats from it."
    if math.isnan(run.val):
        text += " Nothing of this text is held back: all that is measured is learning it by heart."
    return text


def _of_the_baseline(label: str, runs: Sequence[Measurement]) -> Finding:
    score = spread([one.score for one in runs])
    several = f" ± {score.deviation:.3f} over {score.count} seeds" if score.count > 1 else ""
    where = f", below the {runs[0].reached} line" if runs[0].reached else ""
    line = runs[0].references.get("1-gram", math.nan)
    if abs(score.mean - line) <= _ON_THE_LINE:
        where = f", still on the 1-gram line ({line:.3f})"
    return Finding(word="baseline", text=f"{label}: {score.mean:.3f}{several}{where}.")


def _by_size(label: str, delta: Delta) -> Finding:
    if delta.mean == 0 and delta.noise in (0, SEED_NOISE):
        text = f"{label}: the losses are the same to the last digit; nothing in these runs depends on it."
        return Finding(word="no visible effect", text=text)
    numbers = f"{abs(delta.mean):.3f} nats (noise {delta.noise:.3f}, {_basis(delta)})"
    if delta.is_real and abs(delta.mean) >= _WORTH_A_WORD:
        word: Word = "worse" if delta.mean > 0 else "better"
        return Finding(word=word, text=f"{label} is {word} by {numbers}.")
    if not delta.is_assumed and abs(delta.mean) + delta.noise < VISIBLE:
        text = f"{label}: no visible effect at this size, {delta.mean:+.3f} ± {delta.noise:.3f} nats ({_basis(delta)})."
        return Finding(word="no visible effect", text=text)
    more = "; --seeds 3 would tell more" if delta.is_assumed else ""
    return Finding(word="cannot tell", text=f"{label}: cannot tell, it differs by {numbers}{more}.")


def _basis(delta: Delta) -> str:
    return "assumed, one seed" if delta.is_assumed else f"{delta.pairs} seeds"


def _held_too(label: str, runs: Sequence[Measurement], baseline: Measurement) -> str:
    """Say that a baseline on the 1-gram line, or above it, leaves nothing to compare with."""
    line = baseline.references["1-gram"]
    also = f", token cosine {baseline.token_cosine:.2f}" if baseline.token_cosine >= _COLLAPSED else ""
    itself = "the baseline itself has not yet learnt more than how frequent each token is"
    numbers = f"{baseline.score:.3f}, 1-gram line {line:.3f}{also}"
    return f"{label}: cannot tell, it is at {runs[0].score:.3f}, and {itself} ({numbers}). More --steps would tell."


def _dead(label: str, runs: Sequence[Measurement]) -> str:
    first = runs[0]
    line = first.references["1-gram"]
    signs = f"token cosine {first.token_cosine:.2f}"
    if math.isfinite(first.gradient_ratio) and first.gradient_ratio > 0:
        signs += f", gradient of the first block {first.gradient_ratio:.0e} of the last"
    return f"{label} is dead: {first.score:.3f} is the 1-gram line ({line:.3f}), {signs}."
