"""What a redraw of the loss chart costs at step 100, 10,000 and 1,000,000: it must be the same, and at most 25 ms.

    python benchmarks/chart_redraw.py

One redraw is everything between the series and the strips a widget hands to Textual, at 120 x 30 cells: train loss and
its moving average, validation dots, five reference lines, two markers. CPU time of this process; the lengths take
turns, so that a busy machine disturbs all of them alike. Exits with 1 if the bar is missed.
"""

import math
import random
import statistics
import sys
import time

from gpt2mini.series import Series
from gpt2mini_tui.charts.chart import Chart, Line, Marker, Options, Reference, render

LENGTHS = (100, 10_000, 13_952, 1_000_000)  # at 13,952 every bucket is full: the most points a series ever keeps
ROUNDS = 40
BAR_MS = 25.0
SAME = 1.2  # times: what the longest may cost more than 10,000 steps

REFERENCES = tuple(
    Reference(y=y, label=f"{name} {y}")
    for name, y in (("uniform", 4.17), ("1-gram", 3.24), ("2-gram", 2.32), ("3-gram", 1.73), ("4-gram", 1.47))
)


class Run:
    """The loss of a run of some length, as the app holds it."""

    def __init__(self, steps: int) -> None:
        """Let a noisy loss fall from ln V to 1.6."""
        noise = random.Random(steps)
        self.steps, self.train, self.val = steps, Series(), Series()
        for step in range(steps):
            loss = 1.6 + 2.6 * math.exp(-8 * step / steps)
            self.train.add(step, loss + noise.gauss(0, 0.06))
            if step % max(1, steps // 50) == 0:
                self.val.add(step, loss + 0.05)

    def redraw(self) -> None:
        """Draw it once."""
        lines = (
            Line(points=self.train.points(), gaps=self.train.non_finite, color="#0178d4", faint=True),
            Line(points=self.train.smooth(), gaps=self.train.non_finite, color="#0178d4"),
            Line(points=self.val.points(), shape="dots", color="#ffa62b"),
        )
        markers = (Marker(x=self.steps * 0.3, label="a"), Marker(x=self.steps * 0.5, label="b"))
        render(Chart(lines=lines, references=REFERENCES, markers=markers), 120, 30, Options(x_limits=(0, self.steps)))


def main() -> int:
    """Measure, print, judge."""
    runs = [Run(steps) for steps in LENGTHS]
    times: dict[int, list[float]] = {steps: [] for steps in LENGTHS}
    for turn in range(ROUNDS + 3):
        for run in runs:
            start = time.process_time()
            run.redraw()
            if turn >= 3:  # the first ones import plotext and warm up
                times[run.steps].append((time.process_time() - start) * 1000)
    medians = {steps: statistics.median(taken) for steps, taken in times.items()}
    for steps, median in medians.items():
        points = len(runs[LENGTHS.index(steps)].train.points())
        print(f"step {steps:>9,}: {median:5.1f} ms CPU a redraw, {points} points kept of the train loss")
    ratio = medians[LENGTHS[-1]] / medians[LENGTHS[1]]
    print(f"bar: {BAR_MS:.0f} ms; 1,000,000 steps cost {ratio:.2f} times what 10,000 cost")
    return int(max(medians.values()) > BAR_MS or ratio > SAME)


if __name__ == "__main__":
    sys.exit(main())
