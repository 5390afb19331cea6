"""The curves of an experiment, as values that a terminal and an SVG draw alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from gpt2mini.experiments.findings import Row

__all__ = ["Curve", "Picture", "losses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line, or a set of dots."""

    label: str
    points: Sequence[tuple[float, float]]
    is_dots: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What there is to draw."""

    curves: tuple[Curve, ...]
    references: tuple[tuple[str, float], ...] = ()
    """Levels to compare with, by name."""
    x_name: str = "steps"
    y_name: str = "nats/token"
    log_x: bool = False
    log_y: bool = False


def losses(rows: Sequence[Row], *, held_back: bool) -> Picture:
    """Return a curve of each arm in its first seed: of the validation loss, or of the smoothed training loss."""
    first = [(row.label, row.runs[0]) for row in rows]
    curves = tuple(Curve(label=label, points=one.vals if held_back else one.losses) for label, one in first)
    references = tuple(first[0][1].references.items()) if first else ()
    return Picture(curves=curves, references=references)
