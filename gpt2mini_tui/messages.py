"""What a place asks of the app. A place never reaches for another place, the bridge or the trainer itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from gpt2mini.commands import Command

if TYPE_CHECKING:
    from gpt2mini_tui.setup.form import Form
    from gpt2mini_tui.setup.plan import ForkRun, NewRun, PlayCard

__all__ = [
    "BehindAsked",
    "ChatWith",
    "CompareWith",
    "PlayAsked",
    "ResumeAsked",
    "SetupAsked",
    "ShowPlace",
    "StartRun",
    "Tell",
    "UnwatchAsked",
    "WatchAsked",
    "XrayWith",
]


@dataclass
class StartRun(Message):
    """Make a new run and train it; where one is training already, this one waits for it."""

    plan: "NewRun | ForkRun"


@dataclass
class SetupAsked(Message):
    """Open the form of a new run."""

    form: "Form"
    title: str


@dataclass
class ResumeAsked(Message):
    """Go on training a run that is on the disk."""

    name: str
    checkpoint: str = ""
    """The folder name of a checkpoint; empty for the latest."""


@dataclass
class WatchAsked(Message):
    """Show a run of the store in the Train place, and follow it if another process trains it."""

    name: str


@dataclass
class UnwatchAsked(Message):
    """Let go of the run that is watched."""


@dataclass
class ChatWith(Message):
    """Open the chat with a model."""

    path: Path | None = None
    """A checkpoint folder or file; None for the run that is training now."""
    text: str | None = None
    """What to go on with, if there is something."""


@dataclass
class XrayWith(Message):
    """Look into a model."""

    path: Path | None = None
    """A checkpoint, a frame or a file; None for the run that is training now."""
    text: str | None = None
    """What it is to read; None for what it read before, or for a text of its own."""


@dataclass
class CompareWith(Message):
    """Open runs beside one another."""

    names: list[str]
    """The first is what the others are measured against."""


@dataclass
class PlayAsked(Message):
    """Play a card; where a run is training already, it waits for that."""

    plan: "PlayCard"


@dataclass
class ShowPlace(Message):
    """Bring a place to the front."""

    name: str
    """`train`, `compare`, `checkpoints`, `chat`, `xray` or `learn`."""


@dataclass
class Tell(Message):
    """Hand a command to the trainer; what becomes of it is seen in the events that come back."""

    command: Command


@dataclass
class BehindAsked(Message):
    """Choose a run that is drawn behind the one that is in front."""
