"""What a run will need before it is started: memory by arithmetic, time by what was measured here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gpt2mini.config import Config, ModelConfig, parameter_count
from gpt2mini.cores import usable_cores
from gpt2mini.schedule import evaluation_tokens

__all__ = ["Pace", "is_told", "memory", "nearest", "seconds"]

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

# What a step costs beside its arithmetic, in floating-point operations that take as long: fitted to the CPU time of a
# step at thirteen shapes, from 1 layer of 16 to the default model, of which twelve come out within 15 %.
_PER_SHARD, _PER_LAYER = 140e6, 100e6
"""Of a shard, and of each layer of it, however small: calls."""
_PER_NUMBER = 4900.0
"""Of each number that a layer passes on: what is done to numbers one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast something was on this machine."""

    origin: str
    """What was: a run, or a measurement."""
    config: Config
    tokens_per_second: float
    is_of_card: bool = False
    """Whether it was one of the short runs of an experiment, which tell little of any other."""


def is_told(paces: Sequence[Pace]) -> bool:
    """Tell whether anything tells how fast this machine is at a run such as people make."""
    return any(not pace.is_of_card for pace in paces)


def memory(config: Config, *, threads: int) -> float:
    """Return about how many bytes training takes on top of what the program itself takes.

    Each worker keeps what its shard of the batch needs for the way back; its gradients are its own, too.
    """
    model = config.model
    workers = max(1, min(threads, math.ceil(config.train.batch_size / _SHARD)))
    tokens = min(_SHARD, config.train.batch_size) * model.block_size
    kept = tokens * (model.n_layer * _KEPT * model.n_embd + 3 * model.vocab_size)
    return _WORD * (parameter_count(model) * (_COPIES + workers) + workers * kept)


def seconds(config: Config, pace: Pace, *, cores: int = 0) -> float:
    """Return about how long training takes by a pace: as many times longer as its steps cost more.

    Both on so many `cores`, 0 for those there are.
    """
    train = config.train
    validations = 1 + train.steps // train.eval_every if train.eval_every else 1
    tokens = (
        train.steps * train.batch_size * config.model.block_size + validations * evaluation_tokens(config) / _PASSES
    )
    step = _tokens(pace.config) / pace.tokens_per_second * _cost(config, cores) / _cost(pace.config, cores)
    return tokens / _tokens(config) * step


def nearest(config: Config, paces: Sequence[Pace]) -> Pace | None:
    """Return the pace of whatever was most like a run: by the arithmetic of a token, and by the tokens of a step.

    The run of a card is taken only where there is nothing else.
    """

    def distance(pace: Pace) -> tuple[bool, float]:
        work = _work(config.model) / _work(pace.config.model)
        return pace.is_of_card, abs(math.log(work)) + abs(math.log(_tokens(config) / _tokens(pace.config)))

    return min(paces, key=distance, default=None)


def _tokens(config: Config) -> int:
    """Return the tokens of a step."""
    return config.train.batch_size * config.model.block_size


def _cost(config: Config, cores: int) -> float:
    """Return what a step takes on a CPU, in floating-point operations, its shards on so many cores, 0 for all."""
    model, shards = config.model, math.ceil(config.train.batch_size / _SHARD)
    calls = _PER_SHARD + model.n_layer * _PER_LAYER
    numbers = _tokens(config) / shards * (_work(model) + _PER_NUMBER * model.n_layer * model.n_embd)
    return math.ceil(shards / (cores or usable_cores())) * (calls + numbers)


def _work(model: ModelConfig) -> float:
    """Return the multiplications for each token: six for each weight, and those of causal attention.

    Source: PaLM (Chowdhery et al. 2022), appendix B, attention halved because half of it is masked.
    """
    weights = 12 * model.n_layer * model.n_embd**2 + model.vocab_size * model.n_embd
    return 6.0 * weights + 6.0 * model.n_layer * model.n_embd * model.block_size
