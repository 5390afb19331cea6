"""One token at a time, with a cache: the mathematics of `model.py` once more, in numpy, for rows instead of batches.

A single row is too little work for torch: its operators cost more to call than to compute. Here the keys and values of
earlier positions are kept, so a new token costs one row of every product, under every switch; and whatever can be done
to the weights once is not done to every row. Under Pre-LN, what a LayerNorm multiplies and adds is worked into the
matrix behind it, and as nobody else looks at the mean of the residual stream, everything that is added to the stream is
given mean 0 beforehand: then a LayerNorm only has to divide. `model.py` is what this must equal, and a test holds it to
that.
"""

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from gpt2mini.ablations import Ablations
from gpt2mini.config import ModelConfig
from gpt2mini.model import Block, GPT2Mini

__all__ = ["Decoder", "Row"]

Row = NDArray[np.float32]

_EPSILON = 1e-5
"""What LayerNorm adds to the variance."""


class Decoder:
    """Reads ids and answers with the logits of the next one, from a copy of a model's weights.

    The copy costs more than to read a short text: `fresh` gives another decoder over the same one.

    Learned positions cannot slide, so when the window of block_size tokens is full, its later half is read again into
    an empty one: a token then sees between half a block and a block of what came before. `strict` reads the whole
    window again at every token instead, as an uncached `model(ids[-block_size:])` does; that costs a forward each.
    """

    def __init__(self, model: GPT2Mini, *, on: Ablations | None = None, strict: bool = False) -> None:
        self.config = model.config
        self.on = model.ablations if on is None else on
        self.strict = strict
        self._is_folded = self.on.ln_style == "pre"
        norm = _Norm(model.ln_f)
        self._blocks = [_Block(cast(Block, block), model.config, self.on) for block in model.blocks]
        self._tokens, self._positions = _copy(model.tok_emb.weight), _copy(model.pos_emb.weight)
        if self._is_folded:
            self._tokens -= self._tokens.mean(axis=1, keepdims=True)
            self._positions -= self._positions.mean(axis=1, keepdims=True)
        self._ends = norm if self.on.ln_style == "post" else None
        self._head = _Linear(model.lm_head, reads=norm if self._is_folded else None)
        self._empty()

    def fresh(self) -> "Decoder":
        """Return a decoder over the same weights, asked in the same way, that has read nothing yet."""
        other = copy.copy(self)
        other._empty()
        return other

    def _empty(self) -> None:
        """Make an empty window."""
        self.ids: list[int] = []
        """What lies in the window now."""
        c = self.config
        self._keys = np.zeros((c.n_layer, c.n_head, c.n_embd // c.n_head, c.block_size), np.float32)
        self._values = np.zeros((c.n_layer, c.n_head, c.block_size, c.n_embd // c.n_head), np.float32)

    def read(self, ids: Sequence[int]) -> Row:
        """Append ids and return the logits (V,) after the last; raises ValueError for no ids. Only the last
        block_size ids of all that was ever read can matter.
        """
        if len(ids) == 0:
            raise ValueError("there is nothing to read")
        block = self.config.block_size
        known = len(self.ids)
        window = [*self.ids, *ids]
        if len(window) > block:
            keep = block if self.strict or known == 0 else max(len(ids), block // 2)
            window, known = window[-min(keep, block) :], 0
        if not self.on.causal_mask:  # earlier positions see later ones: nothing that was computed still holds
            known = 0
        self.ids = window
        with np.errstate(all="ignore"):  # a diverged model gives NaN, which whoever draws from it will name
            return self._rows(np.asarray(window[known:]), known)

    @staticmethod
    def read_each(decoders: "Sequence[Decoder]", ids: Sequence[int]) -> Row:
        """Append one id to each of several windows over the same weights; return the logits (N, V) after them.

        The products are made for all rows at once, and only what looks back goes window by window; so the last bits may
        differ from those of `read`. A window that has to be read anew is read by itself.
        """
        logits = np.empty((len(decoders), len(decoders[0]._tokens)), np.float32)
        together = [row for row, one in enumerate(decoders) if one._has_room]
        for row in set(range(len(decoders))).difference(together):
            logits[row] = decoders[row].read([ids[row]])
        if together:
            with np.errstate(all="ignore"):
                logits[together] = _rows_of([decoders[row] for row in together], [ids[row] for row in together])
        return logits

    @property
    def _has_room(self) -> bool:
        """Whether one more row can go into the window, and all that was computed still holds."""
        return self.on.causal_mask and 0 < len(self.ids) < self.config.block_size

    def _rows(self, ids: NDArray[np.int64], start: int) -> Row:
        one = len(ids) == 1

        def look(layer: int, qkv: Row) -> Row:
            return (self._look_back if one else self._look_around)(qkv, start, self._keys[layer], self._values[layer])

        x = self._through(ids[0] if one else ids, start if one else slice(start, start + len(ids)), look)
        return self._guess(x if one else x[-1])

    def _through(self, ids: Any, places: Any, look: Callable[[int, Row], Row]) -> Row:
        """Send one row or several through all blocks; `look` is the attention of a layer between its two products."""
        x: Row = self._tokens[ids]  # (C,) or (T, C), here and below
        if self.on.position_embedding:
            x = x + self._positions[places]
        for layer, block in enumerate(self._blocks):
            if self.on.attention:
                x = self._join(x, block.c_proj(look(layer, block.c_attn(self._enter(x)))), block.ln1)
            if self.on.mlp:
                x = self._join(x, self._mlp(block, self._enter(x)), block.ln2)
        return x

    def _guess(self, x: Row) -> Row:
        """Return logits, (C,) to (V,) or (N, C) to (N, V)."""
        return self._head(self._ends(x) if self._ends else self._enter(x))

    def _enter(self, x: Row) -> Row:
        return _divided(x) if self._is_folded else x

    def _join(self, x: Row, y: Row, norm: "_Norm") -> Row:
        x = x + y if self.on.residual else y
        return norm(x) if self.on.ln_style == "post" else x

    def _look_back(self, qkv: Row, at: int, keys: Row, values: Row) -> Row:
        """Return what one row finds before it and in itself, (3C,) to (C,)."""
        C = len(qkv) // 3
        H, D = self.config.n_head, C // self.config.n_head
        keys[:, :, at], values[:, at] = qkv[C : 2 * C].reshape(H, D), qkv[2 * C :].reshape(H, D)
        shares = _exp(qkv[:C].reshape(H, 1, D) @ keys[:, :, : at + 1])  # (H, 1, at + 1); the queries are scaled already
        y = shares @ values[:, : at + 1]  # (H, 1, D)
        y /= np.add.reduce(shares, axis=2, keepdims=True)
        return y.reshape(C)

    def _look_around(self, qkv: Row, start: int, keys: Row, values: Row) -> Row:
        """Return what several rows find, each before it and in itself, or everywhere without the mask: (T, C)."""
        T, C = len(qkv), qkv.shape[1] // 3
        H, D = self.config.n_head, C // self.config.n_head
        q, k, v = qkv.reshape(T, 3, H, D).transpose(1, 2, 0, 3)  # (H, T, D) each
        end = start + T
        keys[:, :, start:end], values[:, start:end] = k.transpose(0, 2, 1), v
        scores = q @ keys[:, :, :end]  # (H, T, end)
        if self.on.causal_mask:
            scores[:, ~np.tri(T, end, start, dtype=bool)] = -np.inf
        shares = _exp(scores)
        y = shares @ values[:, :end]  # (H, T, D)
        y /= np.add.reduce(shares, axis=2, keepdims=True)
        return y.transpose(1, 0, 2).reshape(T, C)

    def _mlp(self, block: "_Block", x: Row) -> Row:
        x = block.c_fc(x)
        if self.on.activation == "gelu":
            x = _gelu(x)
        elif self.on.activation == "gelu_tanh":
            x = F.gelu(torch.from_numpy(x), approximate="tanh").numpy()
        elif self.on.activation == "relu":
            x = np.maximum(x, np.float32(0))
        return block.mlp_proj(x)


def _rows_of(decoders: Sequence[Decoder], ids: Sequence[int]) -> Row:
    """Append an id to each of several windows that have room, and return the logits (N, V)."""
    one = decoders[0]
    places = [len(each.ids) for each in decoders]

    def look(layer: int, qkv: Row) -> Row:
        windows = zip(decoders, qkv, places, strict=True)
        return np.stack([each._look_back(row, at, each._keys[layer], each._values[layer]) for each, row, at in windows])

    x = one._through(np.asarray(ids), places, look)
    for each, new in zip(decoders, ids, strict=True):
        each.ids = [*each.ids, new]
    return one._guess(x)


class _Norm:
    """A LayerNorm."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        self.gain, self.shift = _copy(norm.weight), _copy(norm.bias)

    def __call__(self, x: Row) -> Row:
        x = x - np.add.reduce(x, axis=-1, keepdims=True) / x.shape[-1]
        return _divided(x) * self.gain + self.shift


class _Linear:
    """y = x W^T + b, as arrays that are read from front to back."""

    def __init__(self, linear: nn.Linear, *, reads: _Norm | None = None, is_centred: bool = False) -> None:
        """Copy it, with the LayerNorm it reads from worked in; `is_centred` lets it write rows of mean 0."""
        weight = _copy(linear.weight).T  # (in, out)
        self.bias = np.zeros(weight.shape[1], np.float32) if linear.bias is None else _copy(linear.bias)
        if reads is not None:
            self.bias += reads.shift @ weight
            weight = reads.gain[:, None] * weight
        if is_centred:
            weight = weight - weight.mean(axis=1, keepdims=True)
            self.bias -= self.bias.mean()
        self.weight = np.ascontiguousarray(weight)

    def __call__(self, x: Row) -> Row:
        y: Row = np.dot(x, self.weight)
        y += self.bias
        return y


class _Block:
    """What a block multiplies by, under the switches."""

    def __init__(self, block: Block, config: ModelConfig, on: Ablations) -> None:
        self.ln1, self.ln2 = _Norm(block.ln1), _Norm(block.ln2)
        is_folded = on.ln_style == "pre"
        self.c_attn = _Linear(block.attn.c_attn, reads=self.ln1 if is_folded else None)
        if on.attention_scale:
            scale = np.float32(1 / math.sqrt(config.n_embd // config.n_head))
            self.c_attn.weight[:, : config.n_embd] *= scale
            self.c_attn.bias[: config.n_embd] *= scale
        self.c_proj = _Linear(block.attn.c_proj, is_centred=is_folded)
        self.c_fc = _Linear(block.mlp.c_fc, reads=self.ln2 if is_folded else None)
        self.mlp_proj = _Linear(block.mlp.c_proj, is_centred=is_folded)


def _copy(weight: torch.Tensor) -> Row:
    return weight.detach().cpu().float().numpy().copy()


def _divided(x: Row) -> Row:
    """Return rows of mean 0 with variance 1, as LayerNorm makes them before it multiplies and adds."""
    if x.ndim == 1:
        return x * np.float32(1 / math.sqrt(x.dot(x) / len(x) + _EPSILON))
    variance = np.einsum("tc,tc->t", x, x)[:, None] / x.shape[1]
    y: Row = x / np.sqrt(variance + _EPSILON)
    return y


def _exp(scores: Row) -> Row:
    """Return e to the scores, in place, as shares of a sum that nobody has divided by; the largest of a row is 1."""
    scores -= np.maximum.reduce(scores, axis=2, keepdims=True)
    return np.exp(scores, out=scores)


def _gelu(x: Row) -> Row:
    """Return x Phi(x), by the error function: for a row, torch's own GELU costs five times as much to call."""
    y: Row = x * math.sqrt(0.5)
    torch.from_numpy(y).erf_()
    y += 1
    y *= x
    y *= 0.5
    return y
