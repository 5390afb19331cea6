"""How fast this machine is: at the matrix products that a step consists of, at the step itself, and at writing.

The products are the limit. They are measured in the very shapes of a piece of a batch, forward and backward, on as many
threads as train, so that the share of it that a step reaches says what is left to win and not how good the machine is.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from gpt2mini.ablations import ALL_ON
from gpt2mini.config import Config, ModelConfig
from gpt2mini.decode import Decoder
from gpt2mini.devices import choose_threads
from gpt2mini.learner import Learner
from gpt2mini.presets import PRESETS, VOCABULARY, Measured, PresetTimes, with_preset
from gpt2mini.rng import generator
from gpt2mini.schedule import evaluation_tokens
from gpt2mini.shards import SHARD_SIZE, workers

__all__ = ["measure", "product_rate", "step_flops"]

ROUNDS = 5


def step_flops(model: ModelConfig, batch_size: int) -> float:
    """Return the useful floating-point operations of a step: two for each multiply-add, three passes.

    Products with weights, and the causal half of attention; element-wise work is not counted.
    """
    tokens = batch_size * model.block_size
    linear = 12 * model.n_layer * model.n_embd**2 + model.vocab_size * model.n_embd
    attention = 2 * model.n_layer * model.n_embd * (model.block_size + 1) / 2
    return 6.0 * tokens * (linear + attention)


def product_rate(model: ModelConfig, threads: int, *, seconds: float = 0.4) -> float:
    """Return the FLOP/s of the linear layers' matrix products, forward and backward, on so many threads at once."""
    with workers(threads) as pool:
        rates = [pool.submit(_products, model, seconds) for _ in range(threads)]
        return sum(rate.result() for rate in rates)


def measure(say: Callable[[str], None], names: Iterable[str] = PRESETS) -> Measured:
    """Measure the default model and presets; `say` is told what is being measured. With all, some 20 seconds."""
    config = Config(model=ModelConfig(vocab_size=VOCABULARY))
    cores = choose_threads()
    say("Matrix products")
    limit_one, limit_all = product_rate(config.model, 1), product_rate(config.model, cores)
    say("Generation")
    generated = 200 / _seconds_of_sample(config)
    say("Training the default model")
    threads, steps, _ = _seconds_of_steps(config)
    presets = {}
    for name in names:
        say(f"The preset {name}")
        presets[name] = _times(with_preset(config, name))
    tokens = config.train.batch_size * config.model.block_size
    return Measured(
        cores=cores,
        torch=torch.__version__,
        limit_one=limit_one,
        limit_all=limit_all,
        tokens_per_second=tokens / statistics.median(steps),
        share_of_limit=step_flops(config.model, config.train.batch_size) / min(steps) / limit_all,
        generated_per_second=generated,
        threads=threads,
        presets=presets,
    )


def _products(model: ModelConfig, seconds: float) -> float:
    c, rows = model.n_embd, SHARD_SIZE * model.block_size
    work = list(_operands(rows, ((c, 3 * c), (c, c), (c, 4 * c), (4 * c, c))))
    flops = sum(6 * rows * weight.numel() for _, weight, _ in work)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        for x, weight, grad in work:
            torch.mm(x, weight.t())
            torch.mm(grad, weight)
            torch.mm(grad.t(), x)
        best = min(best, time.perf_counter() - began)
    return flops / best


def _operands(rows: int, shapes: tuple[tuple[int, int], ...]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    draw = generator(0, "speed")
    for inner, outer in shapes:
        sizes = ((rows, inner), (outer, inner), (rows, outer))
        x, weight, grad = (torch.randn(size, generator=draw) for size in sizes)
        yield x, weight, grad


def _seconds_of_steps(config: Config) -> tuple[int, list[float], float]:
    """Return the threads that were chosen, and the seconds of some steps and of a validation."""
    ids = torch.randint(
        config.model.vocab_size, (config.train.batch_size, config.model.block_size), generator=generator(0, "speed")
    )
    windows = max(1, evaluation_tokens(config) // config.model.block_size)
    text = ids.repeat(-(-windows // len(ids)), 1)[:windows]
    with Learner(config, device="cpu", threads=choose_threads()) as learner:
        threads = learner.choose_threads(ids, ids)
        steps = _each(lambda step: learner.step(ids, ids, on=ALL_ON, step=step, lr=1e-4))
        began = time.perf_counter()
        learner.loss(text, text, on=ALL_ON, stop=lambda: False)
        return threads, steps, time.perf_counter() - began


def _seconds_of_sample(config: Config) -> float:
    """Return the seconds that 200 tokens take, once warm."""
    with Learner(replace(config, train=replace(config.train, batch_size=1)), device="cpu", threads=1) as learner:
        decoder = Decoder(learner.model)
        decoder.read([0])
        began = time.perf_counter()
        for token in range(200):
            decoder.read([token % config.model.vocab_size])
        return time.perf_counter() - began


def _times(config: Config) -> PresetTimes:
    _, steps, evaluation = _seconds_of_steps(config)
    return PresetTimes(step=statistics.median(steps), evaluation=evaluation, sample=_seconds_of_sample(config))


def _each(once: Callable[[int], object]) -> list[float]:
    taken = []
    for turn in range(ROUNDS + 1):
        began = time.perf_counter()
        once(turn)
        taken.append(time.perf_counter() - began)
    return taken[1:]
