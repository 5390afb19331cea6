"""What marked runs differ in, a column each: the distance of their losses first, then their settings."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from gpt2mini_tui.charts.comparing import NOISE, delta, differences, why_no_delta
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.widgets.rows import RUN_TONES, Cell, Tone
from gpt2mini_tui.words import difference

__all__ = ["RunDifferences"]

_NAME = 11
_MOST = 18
"""Cells of a column at most: what is longer is cut even in a wide window, which is more for the chart."""


class _Line(NamedTuple):
    name: str
    values: Sequence[str]
    tones: Sequence[Tone]


class RunDifferences:
    """Lines for a list."""

    def __init__(self) -> None:
        self.lines: list[_Line] = []

    def show(self, stories: Sequence[Story], letters: Mapping[str, str], baseline: Story | None) -> None:
        """Take these runs, under these letters, with their distance from a baseline if there is one."""
        self.lines = [_Line("", [letters.get(story.name, "") for story in stories], RUN_TONES)]
        if baseline is not None:
            self.lines += _distances(stories, baseline)
        if len(stories) > 1:
            self.lines += [_Line(name, values, [""] * len(values)) for name, values in differences(stories)]

    @property
    def wanted(self) -> int:
        """Cells of a line in which every name and every value is whole, as far as they are not very long."""
        columns = len(self.lines[0].values) if self.lines else 0
        longest = max((cell_len(value) for line in self.lines for value in line.values), default=0)
        names = max((cell_len(line.name) for line in self.lines), default=0)
        return min(names, _MOST) + columns * (1 + min(longest, _MOST))

    def draw(self, index: int, width: int) -> list[Cell]:
        """Return the cells of a line."""
        line = self.lines[index]
        share = min(_MOST + 1, max(4, (width - _NAME) // max(1, len(line.values))))
        name = max(4, width - share * len(line.values))
        cells = [Cell(line.name, name, "dim")]
        for value, tone in zip(line.values, line.tones, strict=False):
            cells += [Cell(" ", 1), Cell(value, share - 1, tone, is_right=True)]
        return cells


def _distances(stories: Sequence[Story], baseline: Story) -> list[_Line]:
    found = [None if story.name == baseline.name else delta(story, baseline) for story in stories]
    values = ["base" if story.name == baseline.name else "–" for story in stories]
    values = [difference(pair[1], 2) if pair else value for pair, value in zip(found, values, strict=True)]
    steps = [
        f"{pair[0]:,}" if pair else "" if story.name == baseline.name else why_no_delta(story, baseline)
        for story, pair in zip(stories, found, strict=True)
    ]
    return [_Line("Δ val", values, [_tone(pair) for pair in found]), _Line("at step", steps, ["dim"] * len(steps))]


def _tone(found: tuple[int, float] | None) -> Tone:
    if found is None or abs(found[1]) < NOISE:
        return "dim"
    return "bad" if found[1] > 0 else "good"
