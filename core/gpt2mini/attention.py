"""Attention at more than twice the speed at which it reads: softmax(Q Kᵀ) V and its dropout, in causal chunks.

What makes the difference on a CPU, where dropout shuts torch's own fast attention out:

- Queries go in chunks, and a chunk meets only the keys of its past: almost half of the square is never computed, and
  no dropout is drawn for it.
- The backward pass is written out. The forward pass leaves it the weights before and after dropout, so it needs
  neither the mask nor a second softmax, and it adds into one buffer for all three gradients.
- A weight is dropped by the gradient of a threshold, not by a mask (see `rng.zero_dropped`).

`keep_mask` gives the factors of the very same draws, so that the model's explicit form and this one are the same
function of (seed, step, shard, place). A chunk is some ten large calls, so threads hardly wait for each other.

Shapes: B sequences, H heads, T positions, C channels, D = C / H channels a head.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from gpt2mini.rng import Noise, sixteen_bits, zero_dropped

__all__ = ["attend", "attend_qkv", "keep_mask"]

ROWS = 64
"""Queries in a chunk. Dropout is drawn chunk by chunk: with another number a run draws other masks."""


def attend(
    q: Tensor, k: Tensor, v: Tensor, *, causal: bool, scale: float, p: float, noise: Noise | None, place: str
) -> Tensor:
    """Return dropout(softmax(scale Q Kᵀ + mask)) V, everything (B, H, T, D); without noise nothing is dropped."""
    return _attend(torch.stack((q, k, v)), causal=causal, scale=scale, p=p, noise=noise, place=place)


def attend_qkv(
    qkv: Tensor, n_head: int, *, causal: bool, scale: float, p: float, noise: Noise | None, place: str
) -> Tensor:
    """Return what `attend` does for all heads at once: (B, T, 3C), as one projection gives them, becomes (B, T, C).

    A few per cent faster than splitting first, because the gradient comes back in one piece.
    """
    B, T, C3 = qkv.shape
    heads = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).permute(2, 0, 3, 1, 4)  # (3, B, H, T, D)
    y = _attend(heads, causal=causal, scale=scale, p=p, noise=noise, place=place)
    return y.transpose(1, 2).reshape(B, T, C3 // 3)


def keep_mask(noise: Noise, place: str, shape: tuple[int, ...], p: float, *, causal: bool, like: Tensor) -> Tensor:
    """Return the factors (B, H, T, T) that `attend` drops by: 0 with probability p, else 1/(1-p).

    Dtype and device of `like`. Nothing is drawn for a chunk's future, where every weight is 0: the factors there are 0.
    """
    if not _is_chunked(like):
        return noise.keep(place, shape, p, like)
    B, H, T, _ = shape
    draw = noise.draw(place)
    factors = like.new_zeros(shape)
    factor = like.new_tensor(1 / (1 - p))
    for start, stop, seen in _chunks(T, causal):
        bits = sixteen_bits((B, H, stop - start, seen), draw)
        factors[:, :, start:stop, :seen] = zero_dropped(factor, bits, p)
    return factors


def _attend(heads: Tensor, *, causal: bool, scale: float, p: float, noise: Noise | None, place: str) -> Tensor:
    """Choose the way: chunks on a CPU, else torch's own attention, or the explicit form where that has no dropout."""
    if noise is None:
        p = 0.0
    if _is_chunked(heads):
        draw = noise.draw(place) if noise is not None and p > 0 else None
        how = _How(causal=causal, scale=scale, p=p, draw=draw)
        y: Tensor = _Chunked.apply(heads.contiguous(), how)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return y
    q, k, v = heads
    if noise is None or p == 0:
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale)
    scores = scale * (q @ k.mT)
    if causal:
        scores = scores + torch.full_like(scores[0, 0], -math.inf).triu_(1)
    weights = scores.softmax(dim=3)
    kept = weights * keep_mask(noise, place, weights.shape, p, causal=causal, like=weights)
    return torch.matmul(kept, v)


def _is_chunked(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype in {torch.float32, torch.float64}


def _chunks(T: int, causal: bool) -> Iterator[tuple[int, int, int]]:
    """Yield the first query of each chunk, the one after its last, and how many keys they see."""
    for start in range(0, T, ROWS):
        stop = min(start + ROWS, T)
        yield start, stop, stop if causal else T


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """What is asked of the fast path besides the heads; without a generator nothing is dropped and p is 0."""

    causal: bool
    scale: float
    p: float
    draw: Generator | None


class _Chunked(torch.autograd.Function):
    """The fast path. Inside, sequences and heads are one dimension N = B·H, and every matrix product is batched."""

    @staticmethod
    def forward(ctx: Any, heads: Tensor, how: _How) -> Tensor:
        """From (3, B, H, T, D), contiguous, to (B, H, T, D), which lies in memory as (B, T, H, D)."""
        _, B, H, T, D = heads.shape
        q, k, v = heads.view(3, B * H, T, D)
        y = heads.new_empty(B, T, H, D).transpose(1, 2)
        future = heads.new_full((ROWS, ROWS), -math.inf).triu_(1)
        saved = [heads]
        for start, stop, seen in _chunks(T, how.causal):
            rows = stop - start
            weights = heads.new_empty(B * H, rows, seen)
            weights.baddbmm_(q[:, start:stop], k[:, :seen].mT, beta=0, alpha=how.scale)
            if how.causal:
                weights[:, :, start:].add_(future[:rows, :rows])
            torch.softmax(weights, dim=2, out=weights)
            kept = weights if how.draw is None else zero_dropped(weights, sixteen_bits(weights.shape, how.draw), how.p)
            y[:, :, start:stop] = torch.bmm(kept, v[:, :seen]).mul_(1 / (1 - how.p)).view(B, H, rows, D)
            if ctx.needs_input_grad[0]:
                saved += weights, kept
        ctx.how = how
        ctx.save_for_backward(*saved)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor, None]:
        """Walk the chunks from the last, which sees every key and so starts all sums, to the first.

        With the weights P, dropout's factors M, and G = M ∘ (dY Vᵀ): dV = (M ∘ P)ᵀ dY, and the gradient of the scores
        is P ∘ G − P ∘ rowsum(P ∘ G), where P ∘ G = (M ∘ P) ∘ (dY Vᵀ) needs no mask.
        """
        heads, *saved = ctx.saved_tensors
        _, B, H, T, D = heads.shape
        q, k, v = heads.view(3, B * H, T, D)
        grads = torch.empty_like(heads)
        grad_q, grad_k, grad_v = grads.view(3, B * H, T, D)
        grad_y = grad_y.reshape(B * H, T, D)
        upscale = 1 / (1 - ctx.how.p)
        for start, stop, seen in reversed(list(_chunks(T, ctx.how.causal))):
            kept, weights = saved.pop(), saved.pop()
            going_on = int(stop < T)
            grad_rows = grad_y[:, start:stop]
            grad_v[:, :seen].baddbmm_(kept.mT, grad_rows, beta=going_on, alpha=upscale)
            grad = torch.empty_like(weights)
            grad.baddbmm_(grad_rows, v[:, :seen].mT, beta=0, alpha=upscale * ctx.how.scale).mul_(kept)
            grad.addcmul_(weights, grad.sum(dim=2, keepdim=True), value=-1)
            grad_q[:, start:stop].baddbmm_(grad, k[:, :seen], beta=0)
            grad_k[:, :seen].baddbmm_(grad.mT, q[:, start:stop], beta=going_on)
        return grads, None
