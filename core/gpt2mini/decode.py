"""One token at a time, with a cache: the mathematics of `model.py` once more, in numpy, for rows instead of batches.

A single row is too little work for torch: its operators cost more to call than to compute. Here the keys and values of
earlier positions are kept, so a new token costs one row of every product, under every switch. `model.py` is what this
must equal, and a test holds it to that.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from gpt2mini.ablations import Ablations
from gpt2mini.model import GPT2Mini

__all__ = ["Decoder", "Row"]

Row = NDArray[np.float32]


class Decoder:
    """Reads ids and answers with the logits of the next one, from a copy of a model's weights.

    Learned positions cannot slide, so when the window of block_size tokens is full, its later half is read again into
    an empty one: a token then sees between half a block and a block of what came before. `strict` reads the whole
    window again at every token instead, as an uncached `model(ids[-block_size:])` does; that costs a forward each.
    """

    def __init__(self, model: GPT2Mini, *, on: Ablations | None = None, strict: bool = False) -> None:
        self.config = model.config
        self.on = model.ablations if on is None else on
        self.strict = strict
        self.ids: list[int] = []
        """What lies in the window now."""
        self._w = {name: value.detach().cpu().float().numpy().copy() for name, value in model.named_parameters()}
        self._head = self._w.get("lm_head.weight", self._w["tok_emb.weight"])  # (V, C)
        c = model.config
        shape = (c.n_layer, c.n_head, c.block_size, c.n_embd // c.n_head)
        self._keys, self._values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)

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

    def _rows(self, ids: NDArray[np.int64], start: int) -> Row:
        x = self._w["tok_emb.weight"][ids]  # (T, C)
        if self.on.position_embedding:
            x = x + self._w["pos_emb.weight"][start : start + len(ids)]
        for layer in range(self.config.n_layer):
            if self.on.attention:
                x = self._sublayer(self._attention, f"blocks.{layer}.ln1", x, layer, start)
            if self.on.mlp:
                x = self._sublayer(self._mlp, f"blocks.{layer}.ln2", x, layer, start)
        last = x[-1:]
        if self.on.ln_style != "none":
            last = self._norm("ln_f", last)
        logits: Row = (last @ self._head.T)[0]
        return logits

    def _sublayer(self, part: Callable[[Row, int, int], Row], norm: str, x: Row, layer: int, start: int) -> Row:
        y = part(self._norm(norm, x) if self.on.ln_style == "pre" else x, layer, start)
        x = x + y if self.on.residual else y
        return self._norm(norm, x) if self.on.ln_style == "post" else x

    def _attention(self, x: Row, layer: int, start: int) -> Row:
        T, C = x.shape
        H, D = self.config.n_head, C // self.config.n_head
        qkv = self._linear(f"blocks.{layer}.attn.c_attn", x).reshape(T, 3, H, D).transpose(1, 2, 0, 3)  # (3, H, T, D)
        end = start + T
        self._keys[layer, :, start:end], self._values[layer, :, start:end] = qkv[1], qkv[2]
        scores = qkv[0] @ self._keys[layer, :, :end].transpose(0, 2, 1)  # (H, T, end)
        if self.on.attention_scale:
            scores *= 1 / math.sqrt(D)
        if self.on.causal_mask and T > 1:
            scores[:, ~np.tri(T, end, start, dtype=bool)] = -np.inf
        scores -= scores.max(axis=2, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=2, keepdims=True)
        y = scores @ self._values[layer, :, :end]  # (H, T, D)
        return self._linear(f"blocks.{layer}.attn.c_proj", y.transpose(1, 0, 2).reshape(T, C))

    def _mlp(self, x: Row, layer: int, _start: int) -> Row:
        x = self._linear(f"blocks.{layer}.mlp.c_fc", x)
        if self.on.activation == "gelu":
            x = F.gelu(torch.from_numpy(x)).numpy()
        elif self.on.activation == "gelu_tanh":
            x = F.gelu(torch.from_numpy(x), approximate="tanh").numpy()
        elif self.on.activation == "relu":
            x = np.maximum(x, 0)
        return self._linear(f"blocks.{layer}.mlp.c_proj", x)

    def _linear(self, name: str, x: Row) -> Row:
        y: Row = x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]
        return y

    def _norm(self, name: str, x: Row) -> Row:
        x = x - x.mean(axis=1, keepdims=True)
        variance = (x * x).mean(axis=1, keepdims=True)
        y: Row = x / np.sqrt(variance + 1e-5) * self._w[f"{name}.weight"] + self._w[f"{name}.bias"]
        return y
