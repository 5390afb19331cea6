"""One training step, and the matrix products that bound it, as a worker runs them."""

from collections.abc import Callable
from typing import Any

import torch

from gpt2mini.speed import product_rate
from peers.models import CONTENDERS, Size


def step(contender: str, size: dict[str, int], threads: int, path: str = "") -> Callable[[], float]:
    """Return one step of a contender."""
    return CONTENDERS[contender](Size(**size), threads, path)


def products(size: dict[str, int], threads: int) -> Callable[[], float]:
    """Return a measurement of the products' rate, in FLOP/s."""
    model: Any = Size(**size).config().model
    torch.set_num_threads(1)
    return lambda: product_rate(model, threads, seconds=0.3)
