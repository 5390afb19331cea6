"""What a model makes of a text, token by token, as values for a screen; this is where its numbers become bits."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from gpt2mini_tui.talk.branches import Said
from gpt2mini_tui.talk.heard import Candidate, Weighed

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.decode import Row
    from gpt2mini.sampling import Prompt, Sampling, Token

__all__ = ["CANDIDATES", "as_said", "given", "notices", "read_as", "vocabulary_of", "weighed"]

CANDIDATES = 10
_LEAST = 1e-300
_NAMED = {" ": "a space", "\n": "a line break", "?": "a question mark"}


def as_said(token: "Token", by: str) -> Said:
    """Return a token of the library as one of a conversation."""
    return Said(
        id=token.id,
        text=token.text,
        by=by,
        bits=-math.log2(max(token.probability, _LEAST)),
        rank=token.rank,
        entropy=token.entropy / math.log(2),
        seen=token.seen,
    )


def given(ids: Sequence[int], checkpoint: "Checkpoint") -> tuple[Said, ...]:
    """Return tokens that a person put into a text."""
    from gpt2mini.sampling import spell

    return tuple(Said(id=one, text=text) for one, text in zip(ids, spell(ids, checkpoint.tokenizer), strict=True))


def vocabulary_of(checkpoint: "Checkpoint") -> str:
    """Return what stands for the tokenizer of a model: ids of one vocabulary mean nothing in another."""
    plain = repr(checkpoint.tokenizer.to_plain()).encode("utf-8", "replace")
    return blake2b(plain, digest_size=16).hexdigest()


def notices(text: str, prompt: "Prompt", checkpoint: "Checkpoint") -> Iterator[str]:
    """Yield what became of a text on its way to the model, as sentences."""
    from gpt2mini.tokenizer import describe

    if not text:
        yield "There was no prompt: it begins after a line break."
    if prompt.unknown:
        placeholder = checkpoint.tokenizer.decode(checkpoint.tokenizer.encode_known(prompt.unknown[0])[0])
        became = f"Read as {_NAMED.get(placeholder, placeholder)}" if placeholder else "Left out"
        yield f"{became}, because the model has never seen it: {describe(prompt.unknown)}."
    if prompt.cropped:
        block = checkpoint.config.model.block_size
        yield f"The prompt is longer than the block of {block:,} tokens: its first {prompt.cropped:,} were left out."


def weighed(
    logits: "Row", sampling: "Sampling", checkpoint: "Checkpoint", *, slot: int, seen: int, taken: int | None
) -> Weighed:
    """Return what could come next, as the model has it and as it is drawn."""
    import numpy as np

    from gpt2mini.sampling import probabilities

    own = probabilities(logits, replace(sampling, temperature=1.0, top_k=0, top_p=1.0))
    drawn = probabilities(logits, sampling)
    uncut = own if sampling.temperature == 0 else probabilities(logits, replace(sampling, top_k=0, top_p=1.0))

    def candidate(token: int) -> Candidate:
        return Candidate(
            id=token,
            text=checkpoint.tokenizer.decode([token]),
            share=float(drawn[token] or uncut[token]),
            is_cut=not drawn[token],
            rank=int((own > own[token]).sum()),
            bits=-math.log2(max(float(own[token]), _LEAST)),
        )

    def entropy(shares: "np.typing.NDArray[np.float64]") -> float:
        return float(-(shares * np.log2(np.maximum(shares, _LEAST))).sum())

    return Weighed(
        slot=slot,
        candidates=tuple(candidate(int(token)) for token in np.argsort(-own, kind="stable")[:CANDIDATES]),
        taken=None if taken is None else candidate(taken),
        kept=int((drawn > 0).sum()),
        entropy=entropy(own),
        drawn_entropy=entropy(drawn),
        seen=seen,
    )


def read_as(text: str, checkpoint: "Checkpoint") -> "Iterator[tuple[int, str, bool]]":
    """Yield a text in the tokens of a model: id, the text it stands for, and whether it stands in for another one."""
    from gpt2mini.sampling import spell

    encoded, unknown = checkpoint.tokenizer.encode_known(text)
    ids = [int(one) for one in encoded]
    strange = set(unknown)
    at = 0
    for one, piece in zip(ids, spell(ids, checkpoint.tokenizer), strict=True):
        original = text[at : at + len(piece)]
        yield one, original, any(character in strange for character in original)
        at += len(piece)
