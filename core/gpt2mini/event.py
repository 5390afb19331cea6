"""What every event has, whatever it tells: the step it happened at."""

from dataclasses import dataclass

__all__ = ["Event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a step. `step` counts the updates taken so far."""

    step: int
