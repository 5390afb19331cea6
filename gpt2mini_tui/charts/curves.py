"""The charts of a run, without their colours: a line says what it is, and the theme decides how that looks."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gpt2mini.schedule import learning_rate
from gpt2mini.series import Point, Series
from gpt2mini_tui.charts.chart import Chart, Line, Marker, Pin, Reference
from gpt2mini_tui.charts.viewpoint import Viewpoint, horizon
from gpt2mini_tui.folds.changes import clip_limits, value_at
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.runs.short_names import short_name
from gpt2mini_tui.switches import title, word
from gpt2mini_tui.words import loss, reference, share

__all__ = [
    "NAME",
    "answers_chart",
    "grad_norm_chart",
    "horizon",
    "level",
    "loss_chart",
    "rate_chart",
    "reading",
    "size",
    "speed_chart",
]

NAME = 8
"""Cells that a name beside the charts of a run may have, so that all of them leave the same room for it."""
_KEEP = (0.0, 0.0, 0.8, 0.95)  # of the average before, for each further degree of smoothing
_SAVES = 6  # latest checkpoints that are marked
_PLANNED = 80  # points of a schedule


def loss_chart(history: History, view: Viewpoint = Viewpoint(), behind: History | None = None) -> Chart:
    """Return training loss (raw behind, smoothed in front), validations as dots, reference lines and events.

    `behind` is another run, drawn faintly under everything.
    """
    val = Line(
        points=_points(history.val, history, view), gaps=history.val.non_finite, color="val", shape="dots", label="val"
    )
    other = () if behind is None else _other(behind, history, view)
    return Chart(
        lines=(*other, *_both(history.loss, history, view, color="loss", label="train"), val),
        references=tuple(Reference(y=y, label=reference(name)) for name, y in history.references.items()),
        markers=_events(history),
        pins=_best(history),
    )


def answers_chart(history: History, view: Viewpoint = Viewpoint()) -> Chart:
    """Return the share of the problems of a task that were answered exactly, in percent, over that of their tokens."""
    tokens = Line(points=_percent(history.answer_tokens, history, view), color="grad", faint=True, label="tokens")
    exact = Line(points=_percent(history.exact, history, view), color="val", shape="dots", label="exact")
    chance = 0.0 if history.answered is None else history.answered.chance
    references = (Reference(y=100 * chance, label="chance"),) if chance else ()
    return Chart(lines=(tokens, exact), references=references, markers=_events(history))


def grad_norm_chart(history: History, view: Viewpoint = Viewpoint()) -> Chart:
    """Return the gradient norm before clipping, and the limit as it was at each step, while clipping was on."""
    clip = tuple(
        Reference(y=limit, label="clip", since=max(since, history.begun), until=until)
        for since, until, limit in clip_limits(history)
        if limit < math.inf
    )
    lines = _both(history.grad_norm, history, view, color="grad")
    return Chart(lines=lines, references=clip, markers=_events(history))


def rate_chart(history: History, view: Viewpoint = Viewpoint()) -> Chart:
    """Return the learning rate as it was, over what the schedule plans, from its last change on."""
    line = Line(points=_points(history.lr, history, view), gaps=history.lr.non_finite, color="grad", label="lr")
    return Chart(lines=(*_planned(history, view), line), markers=_events(history))


def _planned(history: History, view: Viewpoint) -> tuple[Line, ...]:
    """Return what the schedule plans in the part that is shown; nothing where that lies before its last change."""
    if history.config is None:
        return ()
    train, warmup = history.config.train, history.ablations.warmup
    low, high = view.window(history)
    changes = [one.step for one in (*history.adjustments, *history.flips) if one.name in ("lr", "warmup")]
    low = max([low, history.begun, *(since for since, _ in history.schedules), *changes])
    if low > high:
        return ()
    steps = [low + (high - low) * place / _PLANNED for place in range(_PLANNED + 1)]
    points = [(step, learning_rate(int(step), train, warmup=warmup)) for step in steps if step < train.steps]
    return (Line(points=points, color="grad", faint=True, label="plan"),)


def speed_chart(history: History, view: Viewpoint = Viewpoint()) -> Chart:
    """Return the tokens that were read in a second."""
    return Chart(lines=_both(history.tokens_per_second, history, view, color="grad"), markers=_events(history))


def reading(history: History, step: float) -> list[tuple[str, str]]:
    """Return what was measured at a step, or last before it: names and numbers."""
    found = [
        ("step", f"{step:,.0f}"),
        ("loss", level(_at(history.loss.smooth(step), step))),
        ("val", level(_at(history.val.points(step), step))),
        ("exact", share(_at(history.exact.points(step), step))),
        ("grad", size(_at(history.grad_norm.smooth(step), step))),
        ("lr", size(_at(history.lr.points(step), step))),
    ]
    return [(name, value) for name, value in found if value != "–"]


def level(value: float) -> str:
    """Return a loss for a title, to three decimals, or a dash."""
    return loss(value)


def size(value: float) -> str:
    """Return a norm for a title, to three digits, or a dash."""
    return "–" if math.isnan(value) else f"{value:.3g}"


def _both(series: Series, history: History, view: Viewpoint, *, color: str, label: str = "") -> tuple[Line, ...]:
    """Return every single step faintly, and the smoothed curve over it; without smoothing only the steps."""
    gaps = series.non_finite
    raw = Line(points=_points(series, history, view), gaps=gaps, color=color, faint=True)
    if not view.smoothing:
        return (Line(points=raw.points, gaps=gaps, color=color, label=label),)
    smooth = Line(points=_smooth(series, history, view), gaps=gaps, color=color, label=label, sets_scale=False)
    return raw, smooth


def _other(behind: History, history: History, view: Viewpoint) -> tuple[Line, ...]:
    points = _smooth(behind.loss, history, view)
    name = short_name(behind.run, NAME)
    return (Line(points=points, gaps=behind.loss.non_finite, color="behind", faint=True, label=name),)


def _percent(series: Series, history: History, view: Viewpoint) -> list[tuple[float, float]]:
    return [(x, 100 * y) for x, y in _points(series, history, view)]


def _points(series: Series, history: History, view: Viewpoint) -> Sequence[Point]:
    return series.points(view.window(history)[0] if view.zoom else -math.inf)


def _smooth(series: Series, history: History, view: Viewpoint) -> Sequence[Point]:
    """Return every second point of a moving average, and its last: it has no spikes that could be lost."""
    points = series.smooth(view.window(history)[0] if view.zoom else -math.inf)
    keep = _KEEP[view.smoothing]
    if keep and points:
        points = _averaged(points, keep)
    return [*points[:-1:2], points[-1]] if points else []


def _averaged(points: Sequence[Point], keep: float) -> list[Point]:
    """Return a further exponential average, over the few points that are drawn."""
    averaged = [points[0]]
    for point in points[1:]:
        averaged.append(Point(point.x, keep * averaged[-1].y + (1 - keep) * point.y))
    return averaged


def _at(points: Sequence[Point], step: float) -> float:
    """Return the number at a step, or the last before it."""
    place = bisect_right(points, step, key=lambda point: point[0])
    return points[place - 1][1] if place else math.nan


def _events(history: History) -> tuple[Marker, ...]:
    """Return what happened: flips and changes first, then the end of the warm-up, then the latest checkpoints."""
    flips = [
        Marker(x=flip.step, label=flip.mark, words=f"{title(flip.name)} {word(flip.value)}")
        for flip in (*history.forked, *history.flips)
    ]
    changes = [
        Marker(x=one.step, label="Δ", words=f"{title(one.name)} {one.value}", rank=1) for one in history.adjustments
    ]
    saves = [Marker(x=step, label="▾", rank=3, is_quiet=True) for step in [*history.saves][-_SAVES:]]
    return (*flips, *changes, *_warmed_up(history), *saves)


def _warmed_up(history: History) -> Iterator[Marker]:
    """Yield where a warm-up ended, under the schedule that held there: one that goes on may have another."""
    flips = [flip for flip in history.flips if flip.name == "warmup"]
    for (since, end), (until, _) in pairwise([*history.schedules, (history.step, 0)]):
        if since < end <= until and value_at(end - 1, flips, history.ablations.warmup):
            yield Marker(x=end, label="^", words="warm-up ends", rank=2, is_quiet=True)


def _best(history: History) -> tuple[Pin, ...]:
    best = history.best
    return () if best is None or len(history.val) < 2 else (Pin(x=best.step, y=best.loss, color="val"),)
