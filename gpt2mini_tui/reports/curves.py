"""What an experiment came to, as curves to draw."""

import math
from collections.abc import Sequence

from gpt2mini.config import Config
from gpt2mini.experiments.findings import Row
from gpt2mini_tui import words
from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.reports.results import Result

__all__ = ["exams", "losses", "swept"]


def losses(rows: Sequence[Row], *, held_back: bool) -> Picture:
    """Return a curve of each arm in its first seed: of the validation loss, or of the smoothed training loss."""
    first = [(row.label, row.runs[0]) for row in rows]
    curves = tuple(Curve(label=label, points=one.vals if held_back else one.losses) for label, one in first)
    known = first[0][1].references if first else {}
    references = tuple((words.reference(name), value) for name, value in known.items())
    return Picture(curves=curves, references=references, ceiling=2 * known.get("uniform", math.inf))


def exams(rows: Sequence[Row]) -> Picture:
    """Return a curve of each arm in its first seed: of the share of new problems that it answers exactly."""
    curves = tuple(Curve(label=row.label, points=row.runs[0].exams) for row in rows)
    return Picture(curves=curves, y_name="share of new problems exact")


def swept(result: Result, name: str) -> Picture:
    """Return the loss of every run against the number that was swept; on a log scale where it spans a factor of ten."""
    points = [(_value(result.arm_of(row).config, name), one.score) for row in result.rows for one in row.runs]
    means = sorted((_value(result.arm_of(row).config, name), row.score.mean) for row in result.rows)
    known = [value for value, _ in means]
    is_log = bool(known) and known[0] > 0 and known[-1] >= 10 * known[0]
    curves = (Curve(label="mean", points=means), Curve(label="runs", points=sorted(points), is_dots=True))
    return Picture(curves=curves, x_name=name.replace("_", " "), log_x=is_log)


def _value(config: Config, name: str) -> float:
    if name == "warmup":
        return float(config.train.warmup_steps)
    holder = config.train if hasattr(config.train, name) else config.model
    return float(getattr(holder, name) or 0)
