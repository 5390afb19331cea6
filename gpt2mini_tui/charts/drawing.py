"""Charts of runs as lines of text, for a terminal without the app; the same pictures that the app shows."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from rich.console import Console

from gpt2mini_tui.charts.chart import Options, render
from gpt2mini_tui.charts.overlays import Curve, curve_chart, limits
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.safe import safe

__all__ = ["draw_runs"]

_COLORS = ("#5f9ac4", "#c79a52", "#7f9f70", "#c46a6a", "#9b7fc0", "#5fa89f")
_TITLES = {
    "loss": "training loss, smoothed, nats/token",
    "val": "validation loss, nats/token",
    "difference": "training loss − {base} at equal steps, nats/token",
    "grad": "gradient norm, smoothed",
    "answers": "share of new problems answered exactly",
}


def draw_runs(
    stories: Sequence[Story], curve: str, baseline: Story | None, width: int, height: int, *, in_color: bool
) -> Iterator[str]:
    """Yield a title and the lines of a chart, coloured only for a terminal that wants colours."""
    in_color = in_color and not os.environ.get("NO_COLOR")
    yield _TITLES[curve].format(base=safe((baseline or stories[0]).name))
    chart = curve_chart(stories, cast(Curve, curve), baseline)
    lines = tuple(replace(line, color=_COLORS[int(line.color.removeprefix("run-"))]) for line in chart.lines)
    steps = max(story.history.step for story in stories)
    hint = "nothing measured" if curve != "difference" else "no run on the same text to measure against"
    options = Options(
        x_limits=(0.0, float(max(1, steps))),
        y_limits=limits(chart, cast(Curve, curve), stories),
        in_color=in_color,
        log_y=curve == "grad",
        hint=hint,
    )
    console = Console(color_system="truecolor", force_terminal=True, width=width, legacy_windows=False)
    for strip in render(replace(chart, lines=lines), width, height, options):
        yield (strip.render(console) if in_color else strip.text).rstrip()
