"""What a run will need before it is started: memory by arithmetic, time by what was measured here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gpt2mini.config import Config, ModelConfig, parameter_count
from gpt2mini.schedule import evaluation_tokens

__all__ = ["Pace", "memory", "nearest", "seconds"]

_WORD = 4
"""Bytes of a number."""
_COPIES = 4
"""Weights, gradients, and AdamW's two running means."""
_SHARD = 8
"""Sequences that one worker has in hand at a time."""
_PASSES = 3
"""A step is three passes over its tokens, a validation one."""
_KEPT = 20
"""Numbers, in widths, that a layer keeps of each token for the way back: what its norms, its projections, its MLP of
four widths and the dropout masks are computed from."""

_SMALLER = 0.6
"""To which power of its arithmetic a token becomes cheaper in a smaller model: calls cost the same however small.
Measured between the default size and the tiny preset, 17,300 and 56,300 tokens/s (docs/performance.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast something was on this machine."""

    origin: str
    """What was: a run, or a measurement."""
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
    """Return about how long training takes by a pace: a larger model does its arithmetic as fast, a smaller one not."""
    train = config.train
    validations = 1 + train.steps // train.eval_every if train.eval_every else 1
    tokens = (
        train.steps * train.batch_size * config.model.block_size + validations * evaluation_tokens(config) / _PASSES
    )
    more = _work(config.model) / _work(pace.config.model)
    return tokens / pace.tokens_per_second * (more if more > 1 else more**_SMALLER)


def nearest(config: Config, paces: Sequence[Pace]) -> Pace | None:
    """Return the pace of whatever was most like a run: by the arithmetic of a token, and by the tokens of a step."""

    def distance(pace: Pace) -> float:
        work = _work(config.model) / _work(pace.config.model)
        return abs(math.log(work)) + abs(math.log(_step(config) / _step(pace.config)))

    return min(paces, key=distance, default=None)


def _step(config: Config) -> int:
    return config.train.batch_size * config.model.block_size


def _work(model: ModelConfig) -> float:
    """Return the multiplications for each token: six for each weight, and those of causal attention.

    Source: PaLM (Chowdhery et al. 2022), appendix B, attention halved because half of it is masked.
    """
    weights = 12 * model.n_layer * model.n_embd**2 + model.vocab_size * model.n_embd
    return 6.0 * weights + 6.0 * model.n_layer * model.n_embd * model.block_size
