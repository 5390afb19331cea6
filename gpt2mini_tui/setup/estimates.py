"""What a run will need before it is started: memory by arithmetic, time by how fast another run was on this machine."""

import math
import os
from dataclasses import dataclass

from gpt2mini.config import Config, ModelConfig, parameter_count

__all__ = ["Pace", "cores", "memory", "seconds"]

_WORD = 4
"""Bytes of a number."""
_COPIES = 4
"""Weights, gradients, and AdamW's two running means."""
_SHARD = 8
"""Sequences that one worker has in hand at a time."""
_KEPT = 20
"""Numbers, in widths, that a layer keeps of each token for the way back: what its norms, its projections, its MLP of
four widths and the dropout masks are computed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a run was on this machine."""

    run: str
    config: Config
    tokens_per_second: float


def memory(config: Config, *, threads: int) -> float:
    """Return about how many bytes training takes on top of what the program itself takes.

    Each worker keeps what its shard of the batch needs for the way back; its gradients are its own, too.
    """
    model = config.model
    workers = max(1, min(threads, math.ceil(config.train.batch_size / _SHARD)))
    tokens = min(_SHARD, config.train.batch_size) * model.block_size
    kept = tokens * (model.n_layer * _KEPT * model.n_embd + 3 * model.vocab_size)
    return _WORD * (parameter_count(model) * (_COPIES + workers) + workers * kept)


def seconds(config: Config, pace: Pace) -> float:
    """Return about how long training takes, if arithmetic goes as fast as it did in the run of that pace."""
    tokens = config.train.steps * config.train.batch_size * config.model.block_size
    return tokens * _work(config.model) / (pace.tokens_per_second * _work(pace.config.model))


def cores() -> int:
    """Return how many worker threads a run gets by itself: one for each core that the process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _work(model: ModelConfig) -> float:
    """Return the multiplications for each token: six for each weight, and those of causal attention.

    Source: PaLM (Chowdhery et al. 2022), appendix B, attention halved because half of it is masked.
    """
    weights = 12 * model.n_layer * model.n_embd**2 + model.vocab_size * model.n_embd
    return 6.0 * weights + 6.0 * model.n_layer * model.n_embd * model.block_size
