"""Randomness without state: every draw is a function of where it happens, so there is nothing to save or restore.

A run's weights, batches, dropout masks, evaluations and samples each draw from a generator keyed by (seed, purpose,
step, shard, place). Nothing a person looks at can change the training, any number of cores gives the same bits, and
going back to a step replays it exactly.
"""

import zlib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["Noise", "generator", "key"]

_MASK = 2**64 - 1


def key(*parts: int | str) -> int:
    """Mix the parts into 63 bits by splitmix64 (Steele, Lea & Flood 2014); any change gives an unrelated number."""
    state = 0
    for part in parts:
        number = zlib.crc32(part.encode()) if isinstance(part, str) else part
        state = _mix((state ^ (number & _MASK)) + 0x9E3779B97F4A7C15)
    return state >> 1


def _mix(z: int) -> int:
    z &= _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def generator(*parts: int | str, device: str = "cpu") -> torch.Generator:
    """Return a fresh generator keyed by the parts, such as `generator(seed, "batch", step)`."""
    return torch.Generator(device=device).manual_seed(key(*parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The dropout of one shard at one step."""

    seed: int
    step: int
    shard: int = 0

    def draw(self, place: str, device: str = "cpu") -> torch.Generator:
        """Return a fresh generator for one place in the network."""
        return generator(self.seed, "dropout", self.step, self.shard, place, device=device)

    def keep(self, place: str, shape: tuple[int, ...], p: float, like: Tensor) -> Tensor:
        """Return inverted-dropout factors: 0 with probability p, else 1/(1-p) (Srivastava et al. 2014, section 10).

        Shape as asked, dtype and device of `like`. On the CPU the draws are 16-bit, so p is met to 1/65536 and a mask
        costs a tenth of what floats cost.
        """
        draw = self.draw(place, like.device.type)
        if like.device.type != "cpu":
            kept = torch.rand(shape, generator=draw, device=like.device) >= p
            return kept.to(like.dtype).mul_(1 / (1 - p))
        factor = torch.tensor(1 / (1 - p), dtype=torch.promote_types(like.dtype, torch.float32))
        return zero_dropped(factor, sixteen_bits(shape, draw), p).to(like.dtype)

    def drop(self, place: str, x: Tensor, p: float) -> Tensor:
        """Return x with a share p of it set to zero and the rest scaled up: x times `keep`, without making it."""
        if x.device.type != "cpu" or x.dtype not in {torch.float32, torch.float64}:
            return x * self.keep(place, x.shape, p, like=x)
        dropped: Tensor = _Drop.apply(x, sixteen_bits(x.shape, self.draw(place)), p)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return dropped


class _Drop(torch.autograd.Function):
    """Dropout whose backward pass looks at the draws again."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bits: Tensor, p: float) -> Tensor:
        ctx.p = p
        ctx.save_for_backward(bits)
        return zero_dropped(x, bits, p).mul_(1 / (1 - p))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return zero_dropped(grad, ctx.saved_tensors[0], ctx.p).mul_(1 / (1 - ctx.p)), None, None


def sixteen_bits(shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    """Return uniform int16 values of the given shape, four out of each 64-bit draw."""
    count = 1
    for size in shape:
        count *= size
    words = torch.empty((count + 3) // 4, dtype=torch.int64)
    words.random_(-(2**63), None, generator=draw)
    return words.view(torch.int16)[:count].view(shape)


def threshold(p: float) -> int:
    """Return the int16 value below which a draw means `dropped`, so that a share p of all values is dropped."""
    return round(p * 65536) - 32768


def zero_dropped(x: Tensor, bits: Tensor, p: float) -> Tensor:
    """Return x with 0 wherever a 16-bit draw means `dropped`, not scaled up; x is float or double, or a single number.

    It is the gradient of a threshold, the one masked choice that torch vectorises on a CPU: a fifth of the time that a
    comparison and a product with its booleans take.
    """
    chosen: Tensor = torch.ops.aten.threshold_backward(x, bits.to(x.dtype), threshold(p) - 1)
    return chosen
