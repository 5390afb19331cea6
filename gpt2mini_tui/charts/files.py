"""The chart of some runs as a file: SVG or PNG by the ending of its name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from gpt2mini.errors import DiskError, UsageError, reason
from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.charts.overlays import Curve as CurveName
from gpt2mini_tui.charts.overlays import curve_chart
from gpt2mini_tui.charts.png_chart import png_chart
from gpt2mini_tui.charts.svg_chart import svg_chart
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.safe import safe

__all__ = ["picture_of_runs", "record_of", "write_chart"]

_Y_NAMES = {"grad": "gradient norm", "difference": "nats/token more", "answers": "share answered"}


def picture_of_runs(stories: Sequence[Story], curve: str, baseline: Story | None) -> Picture:
    """Return the curves of runs and what they are compared with."""
    chart = curve_chart(stories, cast(CurveName, curve), baseline)
    return Picture(
        curves=tuple(Curve(label=safe(line.label), points=[(x, y) for x, y in line.points]) for line in chart.lines),
        references=tuple((line.label, line.y) for line in chart.references),
        y_name=_Y_NAMES.get(curve, "nats/token"),
        log_y=curve == "grad",
    )


def record_of(picture: Picture) -> dict[str, Any]:
    """Return the points of a picture as plain values."""
    return {
        "x": picture.x_name,
        "y": picture.y_name,
        "curves": [{"name": curve.label, "points": curve.points} for curve in picture.curves],
        "references": dict(picture.references),
    }


def write_chart(picture: Picture, path: Path) -> None:
    """Write a picture; raises UsageError for another ending than .svg and .png, and DiskError."""
    match path.suffix.lower():
        case ".svg":
            data = svg_chart(picture).encode()
        case ".png":
            data = png_chart(picture)
        case _:
            raise UsageError("a plot is an SVG or a PNG", where=path, do="End its name in .svg or .png.")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise DiskError("cannot write the plot", where=path, why=reason(error)) from error
