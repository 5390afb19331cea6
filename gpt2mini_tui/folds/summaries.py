"""Every chart of a run in sentences, for a screen reader and for anyone who would rather read: no bars, no symbols."""

import math
from collections.abc import Iterator

from gpt2mini.probes import PROBES, Probe
from gpt2mini.series import Point, Series
from gpt2mini_tui import words
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import judge
from gpt2mini_tui.switches import title, word

__all__ = ["summary"]

_SAME = 0.02  # of a value: a smaller change is called none


def summary(history: History) -> list[str]:
    """Return how a run stands, a sentence for each chart, the verdict last."""
    return [*_sentences(history), f"Verdict: {judge(history).text}"]


def _sentences(history: History) -> Iterator[str]:
    yield f"Step {history.step:,} of {history.steps:,}, {words.count(history.tokens, 'token')} read."
    yield from _curve("Training loss", history.loss, " nats per token")
    if history.validations:
        best = "" if history.best is None else f", best {words.loss(history.best.loss)} at step {history.best.step:,}"
        val = words.loss(history.last_val) if math.isfinite(history.last_val) else "not finite"
        yield f"Validation loss {val} at step {history.validations[-1].step:,}{best}."
    if history.answered is not None:
        last = history.answered
        told = words.answers(last.exact, last.tokens, last.problems, last.chance)
        yield f"Answers at step {last.step:,}: {told}."
    levels = ", ".join(
        f"{words.reference(name)} {level:.2f}"
        for name, level in sorted(history.references.items(), key=lambda one: -one[1])
    )
    if levels:
        yield f"Reference lines: {levels}."
    yield from _curve("Gradient norm", history.grad_norm)
    yield from _curve("Learning rate", history.lr)
    yield from _curve("Speed", history.tokens_per_second, " tokens a second")
    for probe in PROBES:
        if not probe.of.startswith("norm"):  # of those there are too many to listen to
            yield from _layers(history, probe)
    flips = "; ".join(f"{title(flip.name)} {word(flip.value)} at step {flip.step:,}" for flip in history.flips)
    if flips:
        yield f"Switches flipped: {flips}."
    changes = "; ".join(
        f"{title(one.name)} from {one.was} to {one.value} at step {one.step:,}" for one in history.adjustments
    )
    if changes:
        yield f"Changed while it trained: {changes}."
    if history.skip_count:
        yield f"{words.count(history.skip_count, 'step')} skipped for numbers that were not finite."


def _curve(name: str, series: Series, unit: str = "") -> Iterator[str]:
    """Say where a curve is, where it came from, and which way it goes."""
    points, now = series.smooth(), series.smoothed
    if not points:
        return
    low, high = series.min, series.max
    ends = f"lowest {_number(low)}, highest {_number(high)}"
    yield f"{name} {_figures(now.y)}{unit}, {_direction(points)}; from {_figures(points[0].y)} at first; {ends}."


def _figures(value: float) -> str:
    """Return four figures, and a large number in full: `1.045e+04` cannot be read aloud."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def _number(point: Point) -> str:
    return f"{_figures(point.y)} at step {point.x:,.0f}"


def _direction(points: list[Point]) -> str:
    """Compare the end of a curve with its last quarter."""
    begin = points[-max(1, len(points) // 4) - 1 if len(points) > 1 else 0].y
    end = points[-1].y
    if not math.isfinite(begin) or abs(end - begin) <= _SAME * max(abs(begin), abs(end)):
        return "steady"
    return "falling" if end < begin else "rising"


def _layers(history: History, probe: Probe) -> Iterator[str]:
    labels, values = history.layers.labels(probe), history.layers.values(probe)
    if not labels:
        return
    told = ", ".join(f"{label}: {words.number(value)}" for label, value in zip(labels, values[-1], strict=True))
    step = history.layers.looks[-1].step
    yield f"{probe.caption[:1].upper()}{probe.caption[1:]}, at step {step:,.0f}: {told}."
