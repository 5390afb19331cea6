"""What is said to a talker and what it says: values that a screen can keep, with nothing of a model in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.settings import Value
from gpt2mini_tui.talk.branches import Said

__all__ = [
    "LIVE",
    "Begun",
    "Candidate",
    "Ended",
    "Heard",
    "Loading",
    "Opened",
    "Scored",
    "Source",
    "Spoken",
    "Weighed",
]


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

    slot: int = 0
    """Of which of its models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading(Heard):
    """A model is being read, or waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Heard):
    """A model is ready to be asked, or a newer copy of it is."""

    run: str
    step: int
    val_loss: float
    """Nats per token, or NaN."""
    changed: Mapping[str, Value]
    """Switches that differ from GPT-2 as it is."""
    block_size: int
    vocab_size: int
    vocabulary: str
    """Stands for its tokenizer: ids of one vocabulary mean nothing in another."""
    is_live: bool

    @property
    def label(self) -> str:
        """Who this is, in a word or two: a run that trains is another one at every step."""
        return f"{self.run or 'a model'} step {self.step:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A token that could come next."""

    id: int
    text: str
    share: float
    """Its probability as drawn; for one that is cut, what it would be without the cut."""
    is_cut: bool
    """Whether top-k or top-p leave it out."""
    rank: int
    """0 for the likeliest."""
    bits: float
    """-log2 of what the model itself gives it, before temperature and cuts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Heard):
    """What could come after a text, the likeliest first."""

    candidates: tuple[Candidate, ...]
    taken: Candidate | None
    """The one that does come next, where the text goes on."""
    kept: int
    """How many tokens the draw is among."""
    entropy: float
    """Of the model's own distribution, in bits."""
    drawn_entropy: float
    """Of the distribution that is drawn from, in bits."""
    seen: int
    """How many tokens the model looked at for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun(Heard):
    """A continuation begins."""

    said: tuple[Said, ...]
    """What a person put before it, as the model reads it."""
    notices: tuple[str, ...]
    """What became of that on the way, as sentences."""
    model: Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken(Heard):
    """One token was written."""

    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Heard):
    """A continuation is complete."""

    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored(Heard):
    """What this model makes of a text that another one wrote."""

    of: int
    """The slot of the one that wrote it."""
    text: str
    bits: tuple[tuple[str, float], ...]
    """The text in the tokens of this model, each with its surprise; NaN where it cannot have any."""
    label: str
    """Who this is."""
