"""Cores as shards: a batch is cut into fixed pieces, each a forward and a backward on one thread, summed in order.

The pieces and the order of their sum do not depend on how many cores there are, so neither does a single bit of the
result; and there is no barrier inside an operator, so a busy machine costs what it takes and no more. On a GPU the
whole batch is one piece.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.kernels import Kernels
from gpt2mini.loss import head_loss, likeliest
from gpt2mini.memory import keep_freed_memory
from gpt2mini.model import GPT2Mini
from gpt2mini.peers import peers
from gpt2mini.rng import Noise

__all__ = ["SHARD_SIZE", "Shards", "workers"]

SHARD_SIZE = 8
"""The most sequences in a piece. It is part of what a run is: another size sums in another order."""

_LARGE, _TRIES = 0.15, 4
"""Seconds of a batch above which all threads are worth it; how often each number of them is tried."""

R = TypeVar("R")


class Shards:
    """Computes losses and gradients of one model on worker threads of one intra-op thread each."""

    def __init__(self, model: GPT2Mini, *, threads: int, kernels: Kernels) -> None:
        self._model, self._kernels = model, kernels
        self._read = kernels.fused(model.features)
        self._parameters = list(model.parameters())
        self._device = self._parameters[0].device
        torch.set_num_threads(1)
        keep_freed_memory()
        self._peers = peers()
        self.threads = threads
        self._pool = workers(threads)

    def choose_threads(self, x: Tensor, y: Tensor) -> int:
        """Keep as many threads as compute this batch (B, T) soonest, all or one, and return how many they are.

        Small pieces spend more time in Python than in arithmetic, and there the threads wait for each other. Large ones
        never do, so they are not measured. No number depends on the choice.
        """
        if self.threads == 1 or self._device.type != "cpu":
            return self.threads

        def seconds() -> float:
            began = time.perf_counter()
            self.gradients(x, y, on=self._model.ablations, seed=0, step=0)
            return time.perf_counter() - began

        if min(seconds(), seconds()) > _LARGE:
            return self.threads
        together = min(seconds() for _ in range(_TRIES))
        several, self._pool = self._pool, workers(1)
        seconds()
        if min(seconds() for _ in range(_TRIES)) > together:
            several, self._pool = self._pool, several
        else:
            self.threads = 1
        several.shutdown()
        return self.threads

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def gradients(self, x: Tensor, y: Tensor, *, on: Ablations, seed: int, step: int) -> tuple[float, list[Tensor]]:
        """Return the mean loss over all targets in nats, and its gradient for each parameter.

        x and y are ids and targets (B, T). Dropout draws from (seed, step, number of the piece).
        """

        def piece(shard: int, ids: Tensor, targets: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
            noise = Noise(seed=seed, step=step, shard=shard)
            loss = self._loss_sum(ids, targets, on, noise, scale=1 / y.numel())
            return loss.detach(), torch.autograd.grad(loss, self._parameters, materialize_grads=True)

        return self._peers.add_up(self._map(piece, x, y, is_shared=True), self._parameters)

    def loss(self, x: Tensor, y: Tensor, *, on: Ablations, stop: Callable[[], bool]) -> float:
        """Return the mean loss over all targets (N, T) in nats, without dropout; NaN if told to stop half-way."""

        def piece(_: int, ids: Tensor, targets: Tensor) -> float:
            if stop():
                return float("nan")
            with torch.no_grad():
                return float(self._loss_sum(ids, targets, on, None))

        return sum(self._map(piece, x, y)) / y.numel()

    def hits(self, x: Tensor, y: Tensor, *, on: Ablations) -> Tensor:
        """Return where the likeliest next token is the target, (B, T), without dropout; a negative target is no token.

        Logits are only made where there is a target.
        """

        def piece(_: int, ids: Tensor, targets: Tensor) -> Tensor:
            found = torch.zeros_like(targets, dtype=torch.bool)
            with torch.no_grad():
                x = self._features(ids, on, None)[targets.to(self._device) >= 0]  # (n, C)
                found[targets >= 0] = likeliest(x, self._model.lm_head.weight).cpu() == targets[targets >= 0]
            return found

        return torch.cat(list(self._map(piece, x, y)))

    def _loss_sum(self, ids: Tensor, targets: Tensor, on: Ablations, noise: Noise | None, scale: float = 1.0) -> Tensor:
        x = self._features(ids, on, noise).flatten(0, 1)  # (B T, C)
        return head_loss(x, self._model.lm_head.weight, targets.to(self._device).flatten(), scale=scale)

    def _features(self, ids: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        """Return what the head reads, (B, T) to (B, T, C), in the precision of its weights."""
        with self._kernels.products():
            x = self._read(ids.to(self._device), on, noise)
        return x.to(self._model.lm_head.weight.dtype)

    def _map(
        self, piece: Callable[[int, Tensor, Tensor], R], x: Tensor, y: Tensor, *, is_shared: bool = False
    ) -> Sequence[R]:
        """Return what becomes of each piece; of those of this process only, if they are shared among peers."""
        count = -(-len(x) // SHARD_SIZE) if self._device.type == "cpu" else self._peers.size
        pieces = list(enumerate(zip(torch.tensor_split(x, count), torch.tensor_split(y, count), strict=True)))
        mine = pieces[self._peers.share(count)] if is_shared else pieces
        futures = [self._pool.submit(piece, shard, ids, targets) for shard, (ids, targets) in mine]
        return [future.result() for future in futures]


def workers(threads: int) -> ThreadPoolExecutor:
    """Return so many threads to work on, of one intra-op thread each."""
    return ThreadPoolExecutor(threads, "shard", initializer=torch.set_num_threads, initargs=(1,))
