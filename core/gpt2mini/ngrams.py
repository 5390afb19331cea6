"""What counting alone can do: the lines that turn a loss curve into an explanation.

A model on the 1-gram line knows nothing but how common each token is; one that passes the 2-gram line uses more than
the last token. The n-gram model is interpolated (Jelinek & Mercer 1980): each order is mixed with the one below it,

    p_n(w | h) = a_n c(h w) / c(h) + (1 - a_n) p_{n-1}(w | h'),    p_0 = 1 / V,

and is the one below it where h was never seen. Each weight a_n is the one that makes the last tenth of the training
text likeliest when only the rest is counted. So a longer context that adds nothing but noise gets a weight near zero,
and the lines of a small text do not cross, as they do when a fixed formula gives the weights.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["reference_lines"]

ORDERS = 4
COUNTED = 8_000_000
"""Tokens of the training text that are counted at most, in evenly spread pieces."""
MEASURED = 200_000
"""Tokens that a weight is fitted to at most, and tokens that a line is measured on at most."""

_PIECES = 16
_HALVINGS = 24  # of the interval that holds a weight: far below what shows in the last decimal
_FLAT = 1e-9  # a derivative below this is rounding
_DECIMALS = 6  # the logarithms of two machines may differ in the last bit, the lines may not

Tokens = NDArray[Any]
Keys = NDArray[np.int64]
Counts = NDArray[np.intp]
Shares = NDArray[np.float64]


def reference_lines(train: Tokens, val: Tokens, vocab_size: int) -> dict[str, float]:
    """Return `uniform` (ln V) and `1-gram` … `4-gram`: cross-entropies on `val` in nats per token.

    All orders are measured at the same positions. Without a `val` of at least 4 tokens there are only `uniform` and
    the entropy of the training text itself as `1-gram`. An order is left out where V to its power exceeds 63 bits
    (4-grams of more than 55,108 different tokens).
    """
    lines = {"uniform": math.log(vocab_size)}
    if len(val) < ORDERS:
        lines["1-gram"] = _entropy(train)
    else:
        lines |= _interpolated(_spread(train, COUNTED), _spread(val, MEASURED), vocab_size)
    return {name: round(line, _DECIMALS) + 0.0 for name, line in lines.items()}  # + 0.0: a zero without a sign


def _interpolated(train: list[Tokens], val: list[Tokens], vocab_size: int) -> dict[str, float]:
    lines: dict[str, float] = {}
    held_p = val_p = np.array(1 / vocab_size)
    for order in range(1, ORDERS + 1):
        if vocab_size**order >= 2**63:
            break
        asked = _grams(val, order, vocab_size)
        in_head, in_train = _counts(_grams(train, order, vocab_size), asked, vocab_size)
        weight = _best_weight(in_head, held_p)
        held_p, val_p = _mix(in_head, held_p, weight), _mix(in_train, val_p, weight)
        lines[f"{order}-gram"] = -float(np.log(val_p).mean())
    return lines


def _counts(grams: Keys, asked: Keys, vocab_size: int) -> tuple[Counts, Counts]:
    """Return how often the n-grams of the last tenth stand in the rest, and those of `asked` in all; sorts `grams`."""
    tail = grams[len(grams) - len(grams) // 10 :].copy()
    held = tail[:: 1 + len(tail) // MEASURED].copy()
    grams.sort()
    tail.sort()
    in_head = _count(grams, held, vocab_size) - _count(tail, held, vocab_size)
    return in_head, _count(grams, asked, vocab_size)


def _spread(tokens: Tokens, limit: int) -> list[Tokens]:
    """Return all of the tokens, or pieces of them, `limit` in all, evenly spread from the first to the last."""
    if len(tokens) <= limit:
        return [tokens]
    size = limit // _PIECES
    starts = [index * (len(tokens) - size) // (_PIECES - 1) for index in range(_PIECES)]
    return [tokens[start : start + size] for start in starts]


def _grams(pieces: list[Tokens], order: int, vocab_size: int) -> Keys:
    """Return the n-gram that ends at each position but the first three of a piece, packed into one number.

    Digits to the base V, the last token lowest: n-grams that share a context are neighbours in order.
    """
    sizes = [max(0, len(piece) - ORDERS + 1) for piece in pieces]
    grams = np.zeros(sum(sizes), dtype=np.int64)
    filled = 0
    for piece, size in zip(pieces, sizes, strict=True):
        keys = grams[filled : filled + size]
        for first in range(ORDERS - order, ORDERS):
            keys *= vocab_size
            keys += piece[first : first + size]
        filled += size
    return grams


def _count(grams: Keys, wanted: Keys, vocab_size: int) -> Counts:
    """Return how often each wanted n-gram stands among the sorted ones, and how often its context: (2, N)."""
    order = np.argsort(wanted)  # searching for neighbours one after the other spares the cache
    ascending = wanted[order]
    first = ascending // vocab_size * vocab_size
    counts = np.empty((2, len(wanted)), dtype=np.intp)
    counts[0, order] = _between(grams, ascending, ascending)
    counts[1, order] = _between(grams, first, first + vocab_size - 1)
    return counts


def _between(grams: Keys, first: Keys, last: Keys) -> Counts:
    return np.searchsorted(grams, last, side="right") - np.searchsorted(grams, first)


def _mix(counts: Counts, lower: Shares, weight: float) -> Shares:
    among, of = counts
    mixed = weight * among / np.maximum(of, 1) + (1 - weight) * lower
    return np.where(of > 0, mixed, lower)


def _best_weight(counts: Counts, lower: Shares) -> float:
    """Return the weight under which the counted tokens are likeliest: where a falling derivative crosses zero.

    It stays a little below 1, so that nothing ever becomes impossible; if all weights do equally well, it is 0.
    """
    among, of = counts[:, counts[1] > 0]
    base = np.broadcast_to(lower, counts[1].shape)[counts[1] > 0]
    gain = among / of - base
    low, high = 0.0, 1 - 1 / (2 + len(gain))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rises = float((gain / (base + middle * gain)).sum()) > _FLAT
        low, high = (middle, high) if rises else (low, middle)
    return low


def _entropy(tokens: Tokens) -> float:
    _, counts = np.unique(tokens, return_counts=True)
    shares = counts / len(tokens)
    return -float((shares * np.log(shares)).sum())
