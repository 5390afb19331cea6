"""How much memory there is, and how much a configuration will want: by arithmetic, before anything is built."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from gpt2mini.config import Config, parameter_count
from gpt2mini.errors import OutOfMemoryError

__all__ = ["memory_watched", "physical_memory", "refuse_what_cannot_fit", "training_memory"]

_COPIES = 7
"""Of the parameters: weights, gradients, two moments of AdamW, and the copy of three of these that is being saved."""


def physical_memory() -> float:
    """Return the bytes of memory that this machine has, infinity where it does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows, or a system that does not know
        return inf


def training_memory(config: Config) -> int:
    """Return roughly how many bytes training takes: parameters with all their copies, and what a batch leaves behind.

    For each token and layer, backward needs about 34 numbers per unit of width, and a row of attention per head; at the
    end the logits three times over. It is an estimate to choose sizes by; it knows neither the device nor the library.
    """
    model, tokens = config.model, config.train.batch_size * config.model.block_size
    layer = 34 * model.n_embd + 2 * model.n_head * model.block_size
    activations = tokens * (model.n_layer * layer + 3 * model.vocab_size)
    return 4 * (_COPIES * parameter_count(model) + activations)


def refuse_what_cannot_fit(config: Config) -> None:
    """Raise OutOfMemoryError if the parameters alone, with their moments, are more than this machine holds."""
    need, have = 16 * parameter_count(config.model), physical_memory()
    if need > have:
        why = f"its weights, gradients and moments take {_gb(need)}, and this machine has {_gb(have)}"
        raise OutOfMemoryError("this model is too large to train here", why=why, do="Lower --n-embd or --n-layer.")


@contextmanager
def memory_watched(config: Config) -> Iterator[None]:
    """Turn what torch says when memory runs out into OutOfMemoryError, with the estimate."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        words = str(error).lower()
        if not (isinstance(error, MemoryError) or "allocate memory" in words or "out of memory" in words):
            raise
        need, have = _gb(training_memory(config)), _gb(physical_memory())
        raise OutOfMemoryError(
            "there is not enough memory for this configuration",
            why=f"by our estimate it takes {need}, and this machine has {have}",
            do="Lower --batch-size, --block-size or --n-embd. Checkpoints are as they were.",
        ) from error


def _gb(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
