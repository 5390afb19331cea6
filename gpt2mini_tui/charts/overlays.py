"""Several runs on one chart: their curves over one another, or how far each is from one of them at equal steps."""

from collections.abc import Sequence
from typing import Literal, get_args

from gpt2mini_tui.charts.chart import Chart, Line, Reference
from gpt2mini_tui.charts.comparing import LETTERS, NOISE, ceiling, share_text
from gpt2mini_tui.charts.curves import loss_chart
from gpt2mini_tui.folds.bins import differences
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.runs.short_names import short_name

__all__ = ["CURVES", "Curve", "curve_chart", "difference_chart", "limits", "overlay"]

Curve = Literal["loss", "val", "difference", "grad", "answers"]
CURVES: tuple[Curve, ...] = get_args(Curve)
_LABEL = 24
"""Cells of the name of a curve; a narrow chart shows less of it."""
_ROOM = 1.3 * NOISE
"""Nats above and below zero that a chart of differences shows at least."""
_SMOOTH = 0.7
"""How much of its past each stretch of a difference keeps: the noise of single batches is not what is looked for."""


def curve_chart(stories: Sequence[Story], curve: Curve, baseline: Story | None) -> Chart:
    """Return the chart of some runs; without a baseline, differences are those from the first one."""
    if curve == "difference":
        base = baseline or (stories[0] if stories else None)
        return Chart() if base is None else difference_chart(stories, base)
    return overlay(stories, curve)


def overlay(stories: Sequence[Story], curve: Curve) -> Chart:
    """Return one curve of each run, at most as many as there are letters, coloured by its place: `run-0`, …."""
    lines = []
    for place, story in enumerate(stories[: len(LETTERS)]):
        history = story.history
        named = {"val": history.val, "grad": history.grad_norm, "answers": history.exact}
        series = named.get(curve, history.loss)
        points = series.points() if curve in ("val", "answers") else series.smooth()
        label = story.name if len(stories) == 1 else f"{LETTERS[place]} {story.name}"
        lines.append(Line(points=points, gaps=series.non_finite, color=f"run-{place}", label=short_name(label, _LABEL)))
    return Chart(
        lines=tuple(lines),
        references=_chances(stories) if curve == "answers" else () if curve == "grad" else _shared_references(stories),
    )


def difference_chart(stories: Sequence[Story], baseline: Story) -> Chart:
    """Return by how much the training loss of each run is larger than the baseline's at the same steps.

    Between the two dashed lines lies what two seeds of the same run differ by. A run on another text has no curve.
    """
    lines = []
    for place, story in enumerate(stories[: len(LETTERS)]):
        if story.name == baseline.name or not share_text([story, baseline]):
            continue
        points = _smoothed([(x, y) for x, y in differences(story.history.means, baseline.history.means)])
        lines.append(
            Line(points=points, color=f"run-{place}", label=short_name(f"{LETTERS[place]} {story.name}", _LABEL))
        )
    band = (Reference(y=NOISE, label="noise"), Reference(y=0.0, label="same"), Reference(y=-NOISE, label="noise"))
    return Chart(lines=tuple(lines), references=band if lines else ())


def limits(chart: Chart, curve: Curve, stories: Sequence[Story]) -> tuple[float, float] | None:
    """Return how far a chart of some runs reaches up and down; None where its curves decide.

    A run whose loss explodes does not squash the others; in a chart of differences the noise is always in sight.
    """
    if curve == "answers":
        return 0.0, 1.0
    sane = _sane(chart, ceiling(stories)) if curve != "grad" else chart.lines
    heights = [y for line in sane for _, y in line.points]
    if curve == "difference" and heights:
        return min(-_ROOM, *heights), max(_ROOM, *heights)
    return (min(heights), max(heights)) if heights and len(sane) < len(chart.lines) else None


def _sane(chart: Chart, most: float) -> Sequence[Line]:
    """Return the lines that never go further than `most`; all where none stays below."""
    sane = [line for line in chart.lines if all(abs(y) <= most for _, y in line.points)]
    return sane if any(line.points for line in sane) else chart.lines


def _smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a moving average, exponential with Adam's bias correction."""
    found: list[tuple[float, float]] = []
    total, decay = 0.0, 1.0
    for x, y in points:
        total, decay = _SMOOTH * total + (1 - _SMOOTH) * y, decay * _SMOOTH
        found.append((x, total / (1 - decay)))
    return found


def _chances(stories: Sequence[Story]) -> tuple[Reference, ...]:
    found = {story.history.answered.chance for story in stories if story.history.answered is not None}
    return tuple(Reference(y=chance, label="chance") for chance in found if chance)


def _shared_references(stories: Sequence[Story]) -> tuple[Reference, ...]:
    if not share_text(stories):
        return ()
    return loss_chart(stories[0].history).references
