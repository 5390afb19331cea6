"""What an experiment says while it trains: the events of its runs, each with the run that it belongs to. No torch."""

from dataclasses import dataclass

from gpt2mini.events import Event

__all__ = ["Heard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event, and of which run it is."""

    arm: int
    """Its place among the arms; 0 is the baseline."""
    seed: int
    run: str
    event: Event
    is_recalled: bool = False
    """Whether it was read from a log instead of happening now."""
