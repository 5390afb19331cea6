"""A chart as a file: SVG or PNG by the ending of its name."""

from pathlib import Path

from gpt2mini.errors import DiskError, UsageError, reason
from gpt2mini_tui.charts.figure import Picture
from gpt2mini_tui.charts.png_chart import png_chart
from gpt2mini_tui.charts.svg_chart import svg_chart

__all__ = ["check_ending", "write_chart"]


def check_ending(path: Path) -> None:
    """Raise UsageError for another ending than .svg and .png."""
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError("a plot is an SVG or a PNG", where=path, do="End its name in .svg or .png.")


def write_chart(picture: Picture, path: Path) -> None:
    """Write a picture; raises UsageError for another ending than .svg and .png, and DiskError."""
    check_ending(path)
    data = png_chart(picture) if path.suffix.lower() == ".png" else svg_chart(picture).encode()
    try:
        path.write_bytes(data)
    except OSError as error:
        raise DiskError("cannot write the plot", where=path, why=reason(error)) from error
