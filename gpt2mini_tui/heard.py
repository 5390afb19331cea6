"""What is said to a talker and what it says: values that a screen can keep, with nothing of a model in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.settings import Value

__all__ = ["LIVE", "Begun", "Candidate", "Ended", "Heard", "Loading", "Opened", "Source", "Spoken", "Weighed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a model comes from."""

    run: str = ""
    path: Path | None = None
    """The checkpoint folder, or None for the run that is training now."""


LIVE = Source()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something a talker has to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading(Heard):
    """A model is being read, or waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Heard):
    """A model is ready to be asked."""

    run: str
    step: int
    val_loss: float
    """Nats per token, or NaN."""
    changed: Mapping[str, Value]
    """Switches that differ from GPT-2 as it is."""
    block_size: int
    vocab_size: int
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A token that could come next."""

    text: str
    share: float
    """Its probability; for one that is cut, what it would be without the cut."""
    is_cut: bool
    """Whether top-k or top-p leave it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Heard):
    """What could come after a prompt, the likeliest first."""

    candidates: tuple[Candidate, ...]
    kept: int
    """How many tokens the draw is among."""
    entropy: float
    """Of the model's own distribution, in bits."""
    drawn_entropy: float
    """Of the distribution that is drawn from, in bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun(Heard):
    """A continuation begins."""

    prompt: str
    """As the model reads it."""
    notices: tuple[str, ...]
    """What became of the prompt on the way, as sentences."""
    model: Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken(Heard):
    """One token was written."""

    text: str
    bits: float
    """Surprise: -log2 of the probability that the model gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Heard):
    """A continuation is complete."""

    tokens: int
    seconds: float
