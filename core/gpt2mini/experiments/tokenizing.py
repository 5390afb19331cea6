"""One text in the tokens of two tokenizers, and the same small model on both: compared in bits per byte.

Nats per token cannot be compared, because a token of one is several of the other. So both see the same bytes: the
model is the same but for its vocabulary, and the steps with longer tokens are fewer in the same proportion.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gpt2mini.config import Config, parameter_count
from gpt2mini.corpus import Corpus
from gpt2mini.events import Event
from gpt2mini.experiments.measure import Meter
from gpt2mini.sampling import spell
from gpt2mini.starting import fit
from gpt2mini.trainer import Trainer

__all__ = ["Cut", "cut", "matched_config", "measure"]

SHOWN = 24
"""Tokens of the sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A text in the tokens of one tokenizer."""

    tokenizer: str
    vocabulary: int
    tokens: int
    characters: int
    bytes_per_token: float
    unknown: int
    """Different characters of an asked text that have no token."""
    pieces: tuple[str, ...]
    """The texts of the first tokens; part of a character shows nothing, the last part the whole."""
    parameters: int = 0
    steps: int = 0
    """Of the matched training; 0 where there was none."""
    nats_per_token: float = math.nan
    """Validation loss after it, or the training loss where the text is too short to hold anything back."""

    @property
    def characters_per_token(self) -> float:
        """How much text a token stands for."""
        return self.characters / self.tokens

    @property
    def bits_per_byte(self) -> float:
        """The loss as no tokenizer can make it look better."""
        return self.nats_per_token / (math.log(2) * self.bytes_per_token)


def cut(corpus: Corpus, text: str = "") -> Cut:
    """Return what a tokenizer makes of its corpus, or of another text in the tokens of that corpus."""
    tokenizer = corpus.tokenizer
    if text:
        ids, unknown = tokenizer.encode_known(text)
        counts = len(ids), len(text), len(unknown)
    else:
        ids = corpus.train
        counts = len(corpus.train) + len(corpus.val), corpus.statistics.characters, 0
    pieces = spell([int(one) for one in ids[:SHOWN]], tokenizer)
    return Cut(
        tokenizer=tokenizer.kind,
        vocabulary=tokenizer.vocab_size,
        tokens=counts[0],
        characters=counts[1],
        unknown=counts[2],
        bytes_per_token=corpus.bytes_per_token,
        pieces=tuple(pieces),
    )


def matched_config(config: Config, corpus: Corpus) -> Config:
    """Return the configuration for this corpus: its vocabulary, and as many steps as see the bytes of `config`'s.

    The steps of `config` are those of one byte a token.
    """
    steps = max(1, round(config.train.steps / corpus.bytes_per_token))
    model = replace(config.model, vocab_size=corpus.tokenizer.vocab_size)
    return fit(replace(config, model=model, train=replace(config.train, steps=steps)), corpus)[0]


def measure(
    found: Cut, config: Config, corpus: Corpus, *, threads: int = 0, started: Callable[[Trainer], None] | None = None
) -> Iterator[Event | Cut]:
    """Train on a corpus and yield the events, and last what came of it; `started` gets the trainer, to stop it."""
    config = matched_config(config, corpus)
    trainer = Trainer(config, corpus, threads=threads)
    if started is not None:
        started(trainer)
    meter = Meter(config.train.steps)
    for event in trainer:
        meter.add(event)
        yield event
    yield replace(
        found,
        parameters=parameter_count(config.model),
        steps=config.train.steps,
        nats_per_token=meter.measured().score,
    )
