"""GPT-2 under every switch, one position at a time, writing down all that passes by: what `lens` is held against.

Plain loops over numpy rows and `math`, no torch: slow, and different on purpose.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gpt2mini.ablations import Ablations

__all__ = ["Walk", "shares", "walk"]

Rows = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Walk:
    """Everything on the way, as lists over layers of (T, C) rows, and attention as (H, T, T)."""

    streams: list[Rows] = field(default_factory=list)
    attention: list[Rows] = field(default_factory=list)
    mlp: list[Rows] = field(default_factory=list)
    patterns: list[Rows] = field(default_factory=list)
    guesses: list[Rows] = field(default_factory=list)
    """Probabilities (T, V) that the end of the model makes of each of the streams."""


def shares(scores: Rows) -> Rows:
    """Return the softmax of one row."""
    powers = np.array([math.exp(score - scores.max()) for score in scores])
    return powers / powers.sum()


def norm(x: Rows, w: Mapping[str, Rows], name: str) -> Rows:
    rows = [(row - row.mean()) / math.sqrt(((row - row.mean()) ** 2).mean() + 1e-5) for row in x]
    return np.array(rows) * w[f"{name}.weight"] + w[f"{name}.bias"]


def linear(x: Rows, w: Mapping[str, Rows], name: str) -> Rows:
    return np.array([w[f"{name}.weight"] @ row + w[f"{name}.bias"] for row in x])


def attend(x: Rows, w: Mapping[str, Rows], name: str, heads: int, on: Ablations) -> tuple[Rows, Rows]:
    """Return what attention gives (T, C) and who looked at whom (H, T, T)."""
    T, C = x.shape
    D = C // heads
    qkv = linear(x, w, f"{name}.c_attn")
    pattern, mixed = np.zeros((heads, T, T)), np.zeros((T, C))
    for h in range(heads):
        q, k, v = (qkv[:, part * C + h * D : part * C + (h + 1) * D] for part in range(3))
        for i in range(T):
            seen = i + 1 if on.causal_mask else T
            scores = np.array([q[i] @ k[j] for j in range(seen)]) / (math.sqrt(D) if on.attention_scale else 1)
            pattern[h, i, :seen] = shares(scores)
            mixed[i, h * D : (h + 1) * D] = sum(pattern[h, i, j] * v[j] for j in range(seen))
    return linear(mixed, w, f"{name}.c_proj"), pattern


def think(x: Rows, w: Mapping[str, Rows], name: str, on: Ablations) -> Rows:
    wide = linear(x, w, f"{name}.c_fc")
    if on.activation == "gelu":
        wide = np.vectorize(lambda a: a * 0.5 * (1 + math.erf(a / math.sqrt(2))))(wide)
    elif on.activation == "gelu_tanh":  # Hendrycks & Gimpel 2016, section 2
        wide = 0.5 * wide * (1 + np.tanh(math.sqrt(2 / math.pi) * (wide + 0.044715 * wide**3)))
    elif on.activation == "relu":
        wide = np.where(wide > 0, wide, 0)
    return linear(wide, w, f"{name}.c_proj")


def walk(ids: Sequence[int], w: Mapping[str, Rows], *, layers: int, heads: int, on: Ablations) -> Walk:
    """Read ids with the parameters of a state dict."""
    found = Walk()
    x = np.array([w["tok_emb.weight"][token] for token in ids])
    if on.position_embedding:
        x = x + w["pos_emb.weight"][: len(ids)]
    found.streams.append(x)

    def joined(y: Rows, name: str) -> Rows:
        out = x + y if on.residual else y
        return norm(out, w, name) if on.ln_style == "post" else out

    for layer in range(layers):
        block = f"blocks.{layer}"
        if on.attention:
            inner = norm(x, w, f"{block}.ln1") if on.ln_style == "pre" else x
            y, pattern = attend(inner, w, f"{block}.attn", heads, on)
            found.attention.append(y)
            found.patterns.append(pattern)
            x = joined(y, f"{block}.ln1")
        if on.mlp:
            inner = norm(x, w, f"{block}.ln2") if on.ln_style == "pre" else x
            found.mlp.append(think(inner, w, f"{block}.mlp", on))
            x = joined(found.mlp[-1], f"{block}.ln2")
        found.streams.append(x)
    head = w.get("lm_head.weight", w["tok_emb.weight"])
    for stream in found.streams:
        last = norm(stream, w, "ln_f") if on.ln_style != "none" else stream
        found.guesses.append(np.array([shares(head @ row) for row in last]))
    return found
