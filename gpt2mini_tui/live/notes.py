"""What comes over the bridge: events of the trainer, and what else is to be known of a run."""

from dataclasses import dataclass

from gpt2mini.events import Event
from gpt2mini.experiments.heard import Heard
from gpt2mini.experiments.notebook import Entry
from gpt2mini_tui.folds.history import History

__all__ = ["Concluded", "Ended", "Failed", "Item", "Note", "Preparing", "Recalled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something about a run that is not an event of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing(Note):
    """There is no trainer yet."""

    doing: str
    """`loading torch`, `reading the text`, …"""
    share: float | None = None
    """How much of that is done, from 0 to 1, where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(Note):
    """What happened in earlier sittings of a run that is resumed."""

    history: History


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded(Note):
    """A card has been played to its end, and what came out is written down."""

    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Note):
    """There will be no more events, for a reason that is not in the log."""

    sentence: str
    code: int
    details: str = ""
    """The traceback, where it is a fault of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Note):
    """The training thread has nothing more to say; always the last item of a run."""


Item = Event | Heard | Note
"""What comes over the bridge; the events of an experiment come with the run that each belongs to."""
