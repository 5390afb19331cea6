"""Windows of text as a function of (seed, step): no loader, no epoch, nothing to save or to skip on resume."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gpt2mini.rng import generator

__all__ = ["Tokens", "eval_windows", "train_windows", "windows_at"]

Tokens = NDArray[np.generic]


def train_windows(tokens: Tokens, *, seed: int, step: int, batch_size: int, block_size: int) -> tuple[Tensor, Tensor]:
    """Return inputs and targets (B, T), windows drawn uniformly; targets are the inputs one token later."""
    draw = generator(seed, "batch", step)
    starts = torch.randint(len(tokens) - block_size, (batch_size,), generator=draw)
    return windows_at(tokens, starts.numpy(), block_size)


def eval_windows(tokens: Tokens, *, block_size: int, limit: int) -> tuple[Tensor, Tensor]:
    """Return windows (N, T) spread evenly over the text, without overlap, of at most `limit` tokens: always the same.

    A text shorter than the block gives one shorter window.
    """
    block = min(block_size, len(tokens) - 1)
    fit = (len(tokens) - 1) // block
    count = max(1, min(fit, limit // block))
    starts = np.arange(count) * (len(tokens) - 1 - block) // max(1, count - 1)
    return windows_at(tokens, starts, block)


def windows_at(tokens: Tokens, starts: NDArray[np.int64], block_size: int) -> tuple[Tensor, Tensor]:
    """Return inputs and targets (B, T) of the windows that begin at `starts`, as int64."""
    taken = np.asarray(tokens[starts[:, None] + np.arange(block_size + 1)], dtype=np.int64)  # (B, T + 1)
    ids = torch.from_numpy(taken)
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
