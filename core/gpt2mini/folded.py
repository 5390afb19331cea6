"""A model's weights laid out for the decoder: whatever can be done once to the weights is not done to every row.

Under Pre-LN, what a LayerNorm multiplies and adds is worked into the matrix behind it, and as nobody else looks at the
mean of the residual stream, everything that is added to the stream is given mean 0 beforehand: then a LayerNorm only
has to divide. The scale of the attention scores and the two constants of GELU are worked in as well, and a bias is the
last row of its matrix, to be met by a 1 at the end of what is multiplied.
"""

import math
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gpt2mini.ablations import Ablations
from gpt2mini.model import Block, GPT2Mini

__all__ = ["FoldedBlock", "FoldedLinear", "FoldedNorm", "FoldedWeights", "Row", "divided", "shrink"]

Row = NDArray[np.float32]

_EPSILON = 1e-5
"""What LayerNorm adds to the variance."""


class FoldedWeights:
    """A copy of a model's weights for rows of one or several tokens, under the switches."""

    def __init__(self, model: GPT2Mini, on: Ablations) -> None:
        self.is_folded = on.ln_style == "pre"
        """Whether the LayerNorms are worked in, so that rows are only divided."""
        norm = FoldedNorm(model.ln_f)
        self.tokens = _copy(model.tok_emb.weight)
        """(V, C)"""
        self.positions = _copy(model.pos_emb.weight)
        """(block_size, C); zeros without positions"""
        if self.is_folded:
            self.tokens -= self.tokens.mean(axis=1, keepdims=True)
            self.positions -= self.positions.mean(axis=1, keepdims=True)
        if not on.position_embedding:
            self.positions[:] = 0
        self.blocks = [FoldedBlock(cast(Block, block), on) for block in model.blocks]
        self.ends = norm if on.ln_style == "post" else None
        self.head = FoldedLinear(model.lm_head, reads=norm if self.is_folded else None)


class FoldedBlock:
    """What a block multiplies by."""

    def __init__(self, block: Block, on: Ablations) -> None:
        self.ln1, self.ln2 = FoldedNorm(block.ln1), FoldedNorm(block.ln2)
        is_folded = on.ln_style == "pre"
        self.c_attn = FoldedLinear(block.attn.c_attn, reads=self.ln1 if is_folded else None)
        self.c_proj = FoldedLinear(block.attn.c_proj, is_centred=is_folded)
        self.c_fc = FoldedLinear(block.mlp.c_fc, reads=self.ln2 if is_folded else None)
        self.mlp_proj = FoldedLinear(block.mlp.c_proj, is_centred=is_folded)
        if on.attention_scale:
            C = self.c_proj.weight.shape[1]
            self.c_attn.weight[:, :C] *= 1 / math.sqrt(C // block.attn.n_head)
        if on.activation == "gelu":  # x Phi(x) is z (1 + erf z) / sqrt 2, for z = x / sqrt 2
            self.c_fc.weight *= math.sqrt(0.5)
            self.mlp_proj.weight[:-1] *= math.sqrt(0.5)


class FoldedNorm:
    """A LayerNorm."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        self.gain, self.shift = _copy(norm.weight), _copy(norm.bias)

    def __call__(self, x: Row) -> Row:
        """Normalise one row or several."""
        x = x - np.add.reduce(x, axis=-1, keepdims=True) / x.shape[-1]
        return divided(x) * self.gain + self.shift


class FoldedLinear:
    """y = x W^T + b."""

    def __init__(self, linear: nn.Linear, *, reads: FoldedNorm | None = None, is_centred: bool = False) -> None:
        """Copy it, with the LayerNorm it reads from worked in; `is_centred` lets it write rows of mean 0."""
        weight = _copy(linear.weight).T  # (in, out)
        bias = np.zeros(weight.shape[1], np.float32) if linear.bias is None else _copy(linear.bias)
        if reads is not None:
            bias += reads.shift @ weight
            weight = reads.gain[:, None] * weight
        if is_centred:
            weight = weight - weight.mean(axis=1, keepdims=True)
            bias -= bias.mean()
        self.weight = np.concatenate((weight, bias[None]))
        """(in + 1, out), read from front to back; the last row is the bias."""

    def __call__(self, x: Row) -> Row:
        """Multiply one row or several."""
        y: Row = np.dot(x, self.weight[:-1])
        y += self.weight[-1]
        return y


def divided(x: Row) -> Row:
    """Return rows of mean 0 with variance 1, as LayerNorm makes them before it multiplies and adds."""
    variance = np.einsum("...c,...c->...", x, x)[..., None] / x.shape[-1]
    y: Row = x / np.sqrt(variance + _EPSILON)
    return y


def shrink(x: Row) -> float:
    """Return what a row of mean 0 is to be multiplied by to get variance 1."""
    return 1 / math.sqrt(x.dot(x) / len(x) + _EPSILON)


def _copy(weight: torch.Tensor) -> Row:
    return weight.detach().cpu().float().numpy().copy()
