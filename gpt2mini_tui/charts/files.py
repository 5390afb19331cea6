"""The chart of some runs as values, for a file or a program."""

import math
from collections.abc import Sequence
from typing import Any, cast

from gpt2mini_tui.charts.comparing import ceiling
from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.charts.overlays import Curve as CurveName
from gpt2mini_tui.charts.overlays import curve_chart
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.safe import safe

__all__ = ["picture_of_runs", "record_of"]

_Y_NAMES = {"grad": "gradient norm", "difference": "nats/token more", "answers": "share answered"}


def picture_of_runs(stories: Sequence[Story], curve: str, baseline: Story | None) -> Picture:
    """Return the curves of runs and what they are compared with."""
    chart = curve_chart(stories, cast(CurveName, curve), baseline)
    return Picture(
        curves=tuple(Curve(label=safe(line.label), points=[(x, y) for x, y in line.points]) for line in chart.lines),
        references=tuple((safe(line.label), line.y) for line in chart.references),
        y_name=_Y_NAMES.get(curve, "nats/token"),
        log_y=curve == "grad",
        ceiling=math.inf if curve == "grad" else ceiling(stories),
    )


def record_of(picture: Picture) -> dict[str, Any]:
    """Return the points of a picture as plain values."""
    return {
        "x": picture.x_name,
        "y": picture.y_name,
        "curves": [{"name": curve.label, "points": curve.points} for curve in picture.curves],
        "references": dict(picture.references),
    }
