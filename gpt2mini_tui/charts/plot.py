"""What a chart is made of, as values: curves, levels, events, and how they are to be shown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Chart", "Colors", "Line", "Marker", "Options", "Pin", "Reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve. Later lines of a chart lie over earlier ones."""

    points: Sequence[tuple[float, float]]
    """In order of x, at most some hundreds: those of a `Series`. A y that is not finite is a gap."""
    gaps: Sequence[float] = ()
    """Further steps, in order, where the curve is interrupted: `Series.non_finite`."""
    shape: Literal["line", "dots"] = "line"
    color: str = ""
    """Any colour Textual understands; empty for the terminal's own."""
    faint: bool = False
    """Draw it as background: dimmed, also where there are no colours."""
    label: str = ""
    """Written at the right end of the curve where the chart is wide enough."""
    sets_scale: bool = True
    """Whether the axis is to hold it. A smoothed curve leaves that to the points it is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A level to compare with: a dashed line and its name. Drawn only where it lies near the data."""

    y: float
    label: str
    since: float = -math.inf
    """The step from which on it holds."""
    until: float = math.inf
    """The step up to which; it has its name at the right where it still holds there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Something that happened at a step: a dotted upright, and a letter above it."""

    x: float
    label: str
    words: str = ""
    """Written behind the letter where there is room."""
    rank: int = 0
    """Which ones give way where it is crowded: the highest."""
    is_quiet: bool = False
    """Only the letter, dimmed, and no upright."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One point that stands out."""

    x: float
    y: float
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What there is to see."""

    lines: tuple[Line, ...] = ()
    references: tuple[Reference, ...] = ()
    markers: tuple[Marker, ...] = ()
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colors:
    """The colours of what is not a curve; empty for the terminal's own, dimmed."""

    axis: str = ""
    reference: str = ""
    marker: str = ""
    alarm: str = "red"
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How it is shown."""

    log_y: bool = False
    log_x: bool = False
    """Steps before the first are not shown then."""
    x_limits: tuple[float, float] | None = None
    """Automatic if None, or if they enclose nothing."""
    y_limits: tuple[float, float] | None = None
    """The same; points outside lie on the edge. Automatic limits leave out the few that would flatten all the others,
    and a mark above the chart says how far each of them goes."""
    colors: Colors = field(default_factory=Colors)
    in_color: bool = True
    """False for NO_COLOR: only bold and dim tell things apart then, beside their shapes."""
    glyphs: Literal["braille", "blocks", "ascii"] = "braille"
    hint: str = "no data yet"
    """What an empty chart says."""
    gutter: int = 0
    """At least this many cells right of the curves, so that charts above one another align."""
    margin: int = 5
    """At least this many cells left of them, for the same reason."""
    cursor: float | None = None
    """A step to point at."""
    unit: str = "steps"
    """Of the x axis, written behind its last number where there is room."""
