"""Letting a model write, or weigh what others wrote: logits to probabilities to tokens, one at a time.

Every token comes with what the model thought of it, so that text can be coloured by surprise.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gpt2mini.ablations import Ablations
from gpt2mini.config import Sampling
from gpt2mini.decode import Decoder, Row
from gpt2mini.errors import DivergedError
from gpt2mini.model import GPT2Mini
from gpt2mini.rng import generator
from gpt2mini.tokenizer import CharTokenizer, Tokenizer

__all__ = [
    "Prompt",
    "Sampling",
    "Token",
    "encode_prompt",
    "generate",
    "generate_each",
    "probabilities",
    "score",
    "spell",
]

_BYTES = 4
"""The most that a character has in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token that was written or read, and what the model thought of it before any filter."""

    id: int
    text: str
    probability: float
    """At temperature 1, among all tokens."""
    rank: int
    """0 for the likeliest."""
    entropy: float
    """Of the whole distribution, in nats."""
    seen: int
    """How many tokens before it the model could see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A text as the model can read it."""

    ids: list[int]
    unknown: tuple[str, ...]
    """Characters the tokenizer does not know; each was replaced by a placeholder."""
    cropped: int
    """Tokens left out at the beginning because they do not fit into the block."""


def encode_prompt(text: str, tokenizer: Tokenizer, block_size: int) -> Prompt:
    """Turn any text into ids that the model can read; an empty one becomes a line break, or the first token."""
    ids, unknown = tokenizer.encode_known(text or "\n")
    known = [int(value) for value in ids] or [0]
    return Prompt(ids=known[-block_size:], unknown=unknown if text else (), cropped=max(0, len(known) - block_size))


def probabilities(logits: Row, sampling: Sampling) -> NDArray[np.float64]:
    """Return the distribution (V,) that a token is drawn from: temperature, then top-k, then top-p.

    Top-k after Fan et al. 2018; nucleus sampling after Holtzman et al. 2020: the smallest set of likeliest tokens whose
    share reaches p, never empty. Raises DivergedError if the logits are not finite.
    """
    shares = _shares(_drawable(logits), sampling)
    shares /= np.add.reduce(shares)
    return shares


def _drawable(logits: Row) -> NDArray[np.float64]:
    """Return logits as `_below` does; raises DivergedError if any is not finite."""
    if not math.isfinite(np.add.reduce(logits, dtype=np.float64)):
        raise DivergedError("this model cannot write", why="its weights led to numbers that are not finite")
    return _below(logits)


def _below(logits: Row) -> NDArray[np.float64]:
    """Return how far logits lie below the largest."""
    scores = logits.astype(np.float64)
    scores -= np.maximum.reduce(scores)
    return scores


def _shares(scores: NDArray[np.float64], sampling: Sampling) -> NDArray[np.float64]:
    """Return what `probabilities` are in proportion to."""
    if sampling.temperature == 0:
        chosen = np.zeros_like(scores)
        chosen[int(scores.argmax())] = 1.0
        return chosen
    shares: NDArray[np.float64] = np.exp(scores / sampling.temperature)
    if sampling.top_k == 0 and sampling.top_p == 1:
        return shares
    order = np.argsort(-shares, kind="stable")
    kept = len(order) if sampling.top_k == 0 else min(sampling.top_k, len(order))
    if sampling.top_p < 1:
        reached = np.cumsum(shares[order[:kept]]) / shares[order[:kept]].sum()
        kept = min(kept, int(np.searchsorted(reached, sampling.top_p)) + 1)
    shares[order[kept:]] = 0.0
    return shares


def generate(
    model: GPT2Mini | Decoder,
    tokenizer: Tokenizer,
    ids: Sequence[int],
    sampling: Sampling,
    *,
    on: Ablations | None = None,
    strict: bool = False,
    drawn: int = 0,
) -> Iterator[Token]:
    """Yield tokens as they are drawn; stop asking to stop. The model is copied first and may go on learning; a decoder
    stands for a copy that is there already, with its switches and its window.

    `drawn` tokens of the same seed came before: going on with a text draws what not stopping would have drawn. A token
    that may be the beginning of the stop string is held back until that is decided. Raises ValueError for no ids.
    """
    decoder = model.fresh() if isinstance(model, Decoder) else Decoder(model, on=on, strict=strict)
    return _held_back(_draw(decoder, _Speller(tokenizer), ids, sampling, drawn), sampling.stop)


def generate_each(
    model: GPT2Mini | Decoder, tokenizer: Tokenizer, prompts: Sequence[Sequence[int]], sampling: Sampling
) -> list[list[Token]]:
    """Go on with several prompts at once, which costs far less than one after the other; number i draws from seed + i.

    Each text is what `generate` would write, but for the last bits of its logits. Raises ValueError for no ids.
    """
    weights = model if isinstance(model, Decoder) else Decoder(model)
    decoders = [weights.fresh() for _ in prompts]
    points = [_points(sampling.seed + number, 0) for number in range(len(prompts))]
    drawn: list[list[Token]] = [[] for _ in prompts]
    logits = [decoder.read(ids) for decoder, ids in zip(decoders, prompts, strict=True)]
    spellers = [_Speller(tokenizer) for _ in prompts]
    for count in range(sampling.tokens if prompts else 0):
        for text, row, decoder, speller, point in zip(drawn, logits, decoders, spellers, points, strict=True):
            scores = _drawable(row)
            text.append(_token(_choose(scores, sampling, next(point)), scores, len(decoder.ids), speller))
        if count + 1 < sampling.tokens:
            logits = list(Decoder.read_each(decoders, [text[-1].id for text in drawn]))
    return [list(_held_back(iter(text), sampling.stop)) for text in drawn]


def score(
    model: GPT2Mini | Decoder, tokenizer: Tokenizer, ids: Sequence[int], *, on: Ablations | None = None, start: int = 1
) -> Iterator[Token]:
    """Yield what a model thinks of every token of a text from the one numbered `start`, as if it wrote them itself.

    The first has nothing before it, hence no probability: `start` is 1 or more, else ValueError. The sum of
    -ln(probability) over a text that fits into the block is its cross-entropy.
    """
    decoder = model.fresh() if isinstance(model, Decoder) else Decoder(model, on=on)
    return _weighed(decoder, _Speller(tokenizer), ids, start)


def _weighed(decoder: Decoder, speller: "_Speller", ids: Sequence[int], start: int) -> Iterator[Token]:
    logits = decoder.read(ids[:start])
    for place in range(start, len(ids)):
        yield _token(int(ids[place]), _below(logits), len(decoder.ids), speller)
        if place + 1 < len(ids):
            logits = decoder.read([int(ids[place])])


def _draw(decoder: Decoder, speller: "_Speller", ids: Sequence[int], sampling: Sampling, drawn: int) -> Iterator[Token]:
    points = _points(sampling.seed, drawn)
    logits = decoder.read(ids)
    for count in range(sampling.tokens):
        scores = _drawable(logits)
        chosen = _choose(scores, sampling, next(points))
        yield _token(chosen, scores, len(decoder.ids), speller)
        if count + 1 < sampling.tokens:
            logits = decoder.read([chosen])


def _choose(scores: NDArray[np.float64], sampling: Sampling, point: float) -> int:
    """Return the token over which a point in [0, 1) lies, when the likelihoods stand side by side."""
    reached = np.add.accumulate(_shares(scores, sampling))
    return int(reached.searchsorted(point * reached[-1], side="right"))


def _points(seed: int, drawn: int) -> Iterator[float]:
    """Yield points in [0, 1) without end, the first `drawn` left out. They are the same however many are drawn at once;
    many are, for one costs as much to ask for.
    """
    draw = generator(seed, "sample")
    torch.rand(drawn, generator=draw, dtype=torch.float64)
    while True:
        yield from torch.rand(64, generator=draw, dtype=torch.float64).tolist()


def _token(chosen: int, scores: NDArray[np.float64], seen: int, speller: "_Speller") -> Token:
    weights = np.exp(scores)
    whole = float(np.add.reduce(weights))
    return Token(
        id=chosen,
        text=speller(chosen),
        probability=float(weights[chosen]) / whole,
        rank=int(np.count_nonzero(scores > scores[chosen])),
        entropy=math.log(whole) - float(weights @ scores) / whole,  # -sum p ln p, with p = weights / whole
        seen=seen,
    )


def spell(ids: Iterable[int], tokenizer: Tokenizer) -> Iterator[str]:
    """Yield the text of each token; a character of several tokens goes to the last of them, as a part shows nothing."""
    return map(_Speller(tokenizer), ids)


class _Speller:
    """Tells the text of one token after the other."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._begun: list[int] = []

    def __call__(self, one: int) -> str:
        self._begun.append(one)
        text = self._tokenizer.decode(self._begun)
        is_part = text.endswith("\N{REPLACEMENT CHARACTER}") and len(self._begun) < _BYTES
        if is_part and not isinstance(self._tokenizer, CharTokenizer):
            return ""
        self._begun.clear()
        return text


def _held_back(tokens: Iterator[Token], stop: str) -> Iterator[Token]:
    """Pass tokens on, ending before the stop string."""
    if not stop:
        yield from tokens
        return
    held: list[Token] = []
    for token in tokens:
        held.append(token)
        text = "".join(one.text for one in held)
        found = text.find(stop)
        if found >= 0:
            yield from _before(held, found)
            return
        free = len(text) - _begun(text, stop)
        while held and len(held[0].text) <= free:
            free -= len(held[0].text)
            yield held.pop(0)
    yield from held


def _begun(text: str, stop: str) -> int:
    """Return how many characters at the end of the text may be the beginning of the stop string."""
    most = min(len(stop) - 1, len(text))
    return next((length for length in range(most, 0, -1) if stop.startswith(text[-length:])), 0)


def _before(tokens: Sequence[Token], end: int) -> Iterator[Token]:
    length = 0
    for token in tokens:
        length += len(token.text)
        if length > end:
            return
        yield token
