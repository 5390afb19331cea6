"""Curves as values, which a terminal, an SVG and a PNG draw alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Curve", "Picture"]


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
    markers: tuple[tuple[float, str], ...] = ()
    """Places along the curves at which something happened, each with a short mark."""
    x_name: str = "steps"
    y_name: str = "nats/token"
    log_x: bool = False
    log_y: bool = False
    ceiling: float = math.inf
    """How far from zero a curve may go; one that goes further has exploded, and leaves the frame to the others."""
