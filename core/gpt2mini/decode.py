"""One token at a time, with a cache: the mathematics of `model.py` once more, in numpy, for rows instead of batches.

A single row is too little work for torch: its operators cost more to call than to compute. Here the keys and values of
earlier positions are kept, so a new token costs one row of every product, under every switch. Even so most of the time
goes into asking for some fifty small operations: so the weights are prepared (`folded.py`), and a row passes through
arrays that are there already. `model.py` is what this must equal, and a test holds it to that.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from gpt2mini.ablations import Ablations
from gpt2mini.config import ModelConfig
from gpt2mini.folded import FoldedBlock, FoldedNorm, FoldedWeights, Row, divided, shrink
from gpt2mini.model import GPT2Mini

__all__ = ["Decoder", "Row"]


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
        self._weights = FoldedWeights(model, self.on)
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
        D = c.n_embd // c.n_head
        self._keys = np.zeros((c.n_layer, c.n_head, D, c.block_size), np.float32)
        # Each value ends with a 1, so that the product with the shares ends with their sum.
        self._values = np.ones((c.n_layer, c.n_head, c.block_size, D + 1), np.float32)
        self._scratch = _Scratch(c)

    def read(self, ids: Sequence[int]) -> Row:
        """Append ids and return the logits (V,) after the last; raises ValueError for no ids. Only the last
        block_size ids of all that was ever read can matter.
        """
        if len(ids) == 0:
            raise ValueError("there is nothing to read")
        with np.errstate(all="ignore"):  # a diverged model gives NaN, which whoever draws from it will name
            if len(ids) == 1 and self._has_room:
                self.ids.append(int(ids[0]))
                return self._row(self.ids[-1], len(self.ids) - 1)
            block = self.config.block_size
            known = len(self.ids)
            window = [*self.ids, *ids]
            if len(window) > block:
                keep = block if self.strict or known == 0 else max(len(ids), block // 2)
                window, known = window[-min(keep, block) :], 0
            if not self.on.causal_mask:  # earlier positions see later ones: nothing that was computed still holds
                known = 0
            self.ids = window
            return self._rows(np.asarray(window[known:]), known)

    @staticmethod
    def read_each(decoders: "Sequence[Decoder]", ids: Sequence[int]) -> Row:
        """Append one id to each of several windows over the same weights; return the logits (N, V) after them.

        The products are made for all rows at once, and only what looks back goes window by window; so the last bits may
        differ from those of `read`. A window that has to be read anew is read by itself.
        """
        logits = np.empty((len(decoders), len(decoders[0]._weights.tokens)), np.float32)
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

    def _row(self, token: int, at: int) -> Row:
        """Send one row through, to its logits (V,): what `_rows` does, without asking for memory."""
        weights, on, s = self._weights, self.on, self._scratch
        x: Row = weights.tokens[token] + weights.positions[at]  # (C,)
        for layer, block in enumerate(weights.blocks):
            if on.attention:
                self._enter_alone(x)
                np.dot(s.x_and_1, block.c_attn.weight, out=s.qkv)
                self._look_back(layer, at)
                x = self._join(x, np.dot(s.y_and_1, block.c_proj.weight), block.ln1)
            if on.mlp:
                self._enter_alone(x)
                np.dot(s.x_and_1, block.c_fc.weight, out=s.h)
                self._activate_alone()
                x = self._join(x, np.dot(s.a_and_1, block.mlp_proj.weight), block.ln2)
        if weights.ends:
            s.x[:] = weights.ends(x)
        else:
            self._enter_alone(x)
        logits: Row = np.dot(s.x_and_1, weights.head.weight)
        return logits

    def _enter_alone(self, x: Row) -> None:
        if self._weights.is_folded:
            np.multiply(x, shrink(x), out=self._scratch.x)
        else:
            self._scratch.x[:] = x

    def _look_back(self, layer: int, at: int) -> None:
        """Attend from one row to what lies before it and to itself."""
        s, keys, values = self._scratch, self._keys[layer], self._values[layer]
        keys[:, :, at], values[:, at, :-1] = s.k, s.v
        shares = _exp(s.q @ keys[:, :, : at + 1])  # (H, 1, at + 1); the queries are scaled already
        found = shares @ values[:, : at + 1]  # (H, 1, D + 1)
        np.divide(found[:, :, :-1], found[:, :, -1:], out=s.y_of_heads)

    def _activate_alone(self) -> None:
        s = self._scratch
        if self.on.activation == "gelu":
            torch.erf(s.h_tensor, out=s.a_tensor)
            np.add(s.a, 1, out=s.a)
            np.multiply(s.a, s.h, out=s.a)
        else:
            s.a[:] = self._activated(s.h)

    def _rows(self, ids: NDArray[np.int64], start: int) -> Row:
        """Send the tokens from `start` on through, and return the logits (V,) after the last."""
        x = self._through(ids, slice(start, start + len(ids)), lambda layer, qkv: self._look_around(layer, qkv, start))
        logits: Row = self._guess(x[-1:])[0]
        return logits

    def _through(self, ids: NDArray[np.int64], places: Any, look: Callable[[int, Row], Row]) -> Row:
        """Send rows through all blocks; `look` is the attention of a layer between its two products."""
        weights = self._weights
        x: Row = weights.tokens[ids] + weights.positions[places]  # (T, C), here and below
        for layer, block in enumerate(weights.blocks):
            if self.on.attention:
                x = self._join(x, block.c_proj(look(layer, block.c_attn(self._enter(x)))), block.ln1)
            if self.on.mlp:
                x = self._join(x, self._mlp(block, self._enter(x)), block.ln2)
        return x

    def _guess(self, x: Row) -> Row:
        """Return logits, (N, C) to (N, V)."""
        ends = self._weights.ends
        return self._weights.head(ends(x) if ends else self._enter(x))

    def _enter(self, x: Row) -> Row:
        return divided(x) if self._weights.is_folded else x

    def _join(self, x: Row, y: Row, norm: FoldedNorm) -> Row:
        x = x + y if self.on.residual else y
        return norm(x) if self.on.ln_style == "post" else x

    def _look_around(self, layer: int, qkv: Row, start: int) -> Row:
        """Return what several rows find, each before it and in itself, or everywhere without the mask: (T, C)."""
        keys, values = self._keys[layer], self._values[layer]
        T, C = len(qkv), qkv.shape[1] // 3
        H, D = self.config.n_head, C // self.config.n_head
        q, k, v = qkv.reshape(T, 3, H, D).transpose(1, 2, 0, 3)  # (H, T, D) each
        end = start + T
        keys[:, :, start:end], values[:, start:end, :-1] = k.transpose(0, 2, 1), v
        scores = q @ keys[:, :, :end]  # (H, T, end)
        if self.on.causal_mask:
            scores[:, ~np.tri(T, end, start, dtype=bool)] = -np.inf
        found = _exp(scores) @ values[:, :end]  # (H, T, D + 1)
        y = found[:, :, :-1] / found[:, :, -1:]
        return cast(Row, y.transpose(1, 0, 2).reshape(T, C))

    def _mlp(self, block: FoldedBlock, x: Row) -> Row:
        return block.mlp_proj(self._activated(block.c_fc(x)))

    def _activated(self, h: Row) -> Row:
        if self.on.activation == "gelu":
            return cast(Row, h * (torch.erf(torch.from_numpy(h)).numpy() + np.float32(1)))
        if self.on.activation == "gelu_tanh":
            return F.gelu(torch.from_numpy(h), approximate="tanh").numpy()
        return np.maximum(h, np.float32(0)) if self.on.activation == "relu" else h


def _rows_of(decoders: Sequence[Decoder], ids: Sequence[int]) -> Row:
    """Append an id to each of several windows that have room, and return the logits (N, V)."""
    one = decoders[0]
    places = [len(each.ids) for each in decoders]

    def look(layer: int, qkv: Row) -> Row:
        for each, row, at in zip(decoders, qkv, places, strict=True):
            each._scratch.qkv[:] = row
            each._look_back(layer, at)
        return np.stack([each._scratch.y for each in decoders])

    x = one._through(np.asarray(ids), places, look)
    for each, new in zip(decoders, ids, strict=True):
        each.ids.append(new)
    return one._guess(x)


class _Scratch:
    """Arrays that one row passes through, written over at each token; what a product reads ends with a 1 for the bias.

    An activation may need no more than h, the MLP's inner row; a is what came of it.
    """

    def __init__(self, config: ModelConfig) -> None:
        C, H = config.n_embd, config.n_head
        self.x_and_1, self.y_and_1, self.a_and_1 = (np.ones(width + 1, np.float32) for width in (C, C, 4 * C))
        self.x, self.y, self.a = self.x_and_1[:-1], self.y_and_1[:-1], self.a_and_1[:-1]
        self.y_of_heads = self.y.reshape(H, 1, -1)
        self.qkv = np.zeros(3 * C, np.float32)
        self.q, self.k, self.v = self.qkv.reshape(3, H, -1)  # (H, D) each
        self.q = self.q[:, None]  # (H, 1, D)
        self.h = np.zeros(4 * C, np.float32)
        self.h_tensor, self.a_tensor = torch.from_numpy(self.h), torch.from_numpy(self.a)


def _exp(scores: Row) -> Row:
    """Return e to the scores, in place, as shares of a sum that nobody has divided by; the largest of a row is 1."""
    scores -= np.maximum.reduce(scores, axis=2, keepdims=True)
    return np.exp(scores, out=scores)
