"""The runs of a card on one chart: their losses, and whatever else the card says to watch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gpt2mini.experiments.cards import Card
from gpt2mini.series import Point, Series
from gpt2mini_tui.charts.chart import Chart, Line, Reference
from gpt2mini_tui.folds.lesson import Lesson, Trace
from gpt2mini_tui.words import reference

__all__ = ["VIEWS", "View", "lesson_chart", "views_of"]

_LABEL = 14
_COLORS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One number of every run, against the step."""

    title: str
    unit: str
    series: Callable[[Trace], Series]
    is_points: bool = False
    """Whether it is measured now and then, not at every step."""
    is_log: bool = False
    has_lines: bool = False
    """Whether the reference lines of the text belong on it."""
    limits: tuple[float, float] | None = None
    """Of the y axis, where more or less cannot be."""


VIEWS = {
    "val": View(title="validation loss", unit="nats/token", series=lambda one: one.val, is_points=True, has_lines=True),
    "loss": View(title="training loss, smoothed", unit="nats/token", series=lambda one: one.loss, has_lines=True),
    "grad": View(title="gradient norm, smoothed", unit="log", series=lambda one: one.grad_norm, is_log=True),
    "vanishing": View(
        title="gradient of the first block over the last",
        unit="log",
        series=lambda one: one.vanishing,
        is_points=True,
        is_log=True,
    ),
    "cosine": View(
        title="token cosine after the last block",
        unit="1: all the same",
        series=lambda one: one.cosine,
        is_points=True,
    ),
    "growth": View(
        title="residual norm after the last block over the first",
        unit="times",
        series=lambda one: one.growth,
        is_points=True,
    ),
    "exact": View(
        title="problems answered without a mistake",
        unit="share",
        series=lambda one: one.exact,
        is_points=True,
        limits=(0.0, 1.0),
    ),
}
_WATCHED = {
    "vanishing": "vanishing",
    "cosine": "cosine",
    "growth": "growth",
    "spikes": "grad",
    "exact": "exact",
    "lead": "exact",
    "leap": "exact",
    "answers": "exact",
}
"""Which of them shows what a card measures, by the kind of the quantity; the losses show the rest."""


def views_of(card: Card) -> tuple[str, ...]:
    """Return what there is to be drawn of a card: the losses, then what else it measures; right answers come first."""
    kinds = [card.quantity.kind, *(claim.quantity.kind for claim in card.claims)]
    watched = dict.fromkeys(_WATCHED[kind] for kind in kinds if kind in _WATCHED)
    first = ("exact",) if _WATCHED.get(card.quantity.kind) == "exact" else ()
    return tuple(dict.fromkeys((*first, "loss", "val", *watched)))


def lesson_chart(lesson: Lesson, name: str) -> Chart:
    """Return a curve of every run, coloured by its arm: `run-0`, …; those of further seeds are faint, behind."""
    view = VIEWS[name]
    lines = []
    for seed in reversed(lesson.seeds):
        is_first = seed == lesson.seeds[0]
        for arm, label in enumerate(lesson.labels):
            trace = lesson.traces[arm, seed]
            series = view.series(trace)
            lines.append(
                Line(
                    points=_points(series, view),
                    gaps=series.non_finite,
                    color=f"run-{arm % _COLORS}",
                    faint=not is_first,
                    label=label[:_LABEL] if is_first else "",
                )
            )
    return Chart(lines=tuple(lines), references=_lines(lesson) if view.has_lines else ())


def _points(series: Series, view: View) -> Sequence[Point]:
    return series.points() if view.is_points else series.smooth()


def _lines(lesson: Lesson) -> tuple[Reference, ...]:
    known = next((trace.references for trace in lesson.traces.values() if trace.references), {})
    return tuple(Reference(y=y, label=reference(name)) for name, y in known.items())
