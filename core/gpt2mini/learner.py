"""One optimiser step: gradients from shards, the global norm, clipping, AdamW. No schedule, no clock, no disk."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.checkpoint import Moments
from gpt2mini.config import Config
from gpt2mini.footprint import memory_watched
from gpt2mini.kernels import kernels
from gpt2mini.model import GPT2Mini
from gpt2mini.optim import adamw, set_rates
from gpt2mini.probing import BeforeStep, Rows
from gpt2mini.shards import Shards

__all__ = ["Learner", "Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step showed."""

    loss: float
    """Before the update, in nats per token."""
    grad_norm: float
    """Global L2 norm before clipping."""
    culprit: str = ""
    """What was not finite, `loss` or the name of a parameter; then nothing was updated."""
    effect: Rows | None = None
    """What it did to each block, if that was asked for and something was updated."""


class Learner:
    """A model with its optimiser and its worker threads; use it as a context manager. Raises OutOfMemoryError."""

    def __init__(self, config: Config, *, device: str, threads: int) -> None:
        self._config, self._train, self.device = config, config.train, device
        with memory_watched(config):
            self.model = GPT2Mini(config.model, seed=config.train.seed, ablations=config.ablations).to(device)
        self.updates = 0
        self._optimizer = adamw(self.model, config.train)
        self._shards = Shards(self.model, threads=threads, kernels=kernels(config, device))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shards.close()

    def step(self, x: Tensor, y: Tensor, *, on: Ablations, step: int, lr: float, is_watched: bool = False) -> Outcome:
        """Learn from one batch (B, T), unless a number in it is not finite. Raises OutOfMemoryError."""
        with memory_watched(self._config):
            loss, gradients = self._shards.gradients(x, y, on=on, seed=self._train.seed, step=step)
        norms = torch.stack(torch._foreach_norm(gradients))
        grad_norm = float(torch.linalg.vector_norm(norms))
        if not math.isfinite(loss) or not math.isfinite(grad_norm):
            return Outcome(loss=loss, grad_norm=grad_norm, culprit=self._culprit(loss, norms))
        before = BeforeStep(self.model, norms) if is_watched else None
        if on.grad_clip and 0 < self._train.grad_clip < grad_norm:
            torch._foreach_mul_(gradients, self._train.grad_clip / (grad_norm + 1e-6))
        self._update(gradients, lr=lr, weight_decay=self._train.weight_decay if on.weight_decay else 0.0)
        return Outcome(loss=loss, grad_norm=grad_norm, effect=None if before is None else before.effect())

    def adjust(self, config: Config) -> None:
        """Go on with other hyper-parameters; the shape of the model must be the same."""
        self._config, self._train = config, config.train
        self.model.set_dropout(config.model.dropout)

    def choose_threads(self, x: Tensor, y: Tensor) -> int:
        """Measure on a batch (B, T) with how many worker threads to go on, and return that; nothing is learned from it.

        Raises OutOfMemoryError.
        """
        with memory_watched(self._config):
            return self._shards.choose_threads(x, y)

    def loss(self, x: Tensor, y: Tensor, *, on: Ablations, stop: Callable[[], bool]) -> float:
        """Return the mean loss (nats) on windows (N, T) without dropout and without learning; NaN if stopped.

        Raises OutOfMemoryError.
        """
        with memory_watched(self._config):
            return self._shards.loss(x, y, on=on, stop=stop)

    def hits(self, x: Tensor, y: Tensor, *, on: Ablations) -> Tensor:
        """Return where the likeliest next token of windows (N, T) is the target, (N, T); a negative one never is.

        Without dropout and without learning. Raises OutOfMemoryError.
        """
        with memory_watched(self._config):
            return self._shards.hits(x, y, on=on)

    def moments(self) -> Moments:
        """Return AdamW's running means by name, zeros before the first update; they are not copies."""
        found: Moments = {}
        for name, parameter in self.model.named_parameters():
            state = self._optimizer.state.get(parameter, {})
            for kind in ("exp_avg", "exp_avg_sq"):
                found[f"{kind}.{name}"] = state.get(kind, torch.zeros_like(parameter)).detach().cpu()
        return found

    def restore(self, model: GPT2Mini, moments: Moments, updates: int) -> None:
        """Go on from weights and moments that were saved after so many updates."""
        self.model.load_state_dict(model.state_dict())
        self.updates = updates
        for name, parameter in self.model.named_parameters() if updates else ():
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(updates), device=parameter.device),
                **{kind: moments[f"{kind}.{name}"].to(parameter.device) for kind in ("exp_avg", "exp_avg_sq")},
            }

    def copy(self) -> GPT2Mini:
        """Return the model as it is now, on the CPU, for another thread to keep."""
        model = GPT2Mini(self.model.config, ablations=self.model.ablations)
        model.load_state_dict(self.model.state_dict())
        return model.eval()

    def _update(self, gradients: list[Tensor], *, lr: float, weight_decay: float) -> None:
        for parameter, gradient in zip(self.model.parameters(), gradients, strict=True):
            parameter.grad = gradient
        set_rates(self._optimizer, lr=lr, weight_decay=weight_decay)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.updates += 1

    def _culprit(self, loss: float, norms: Tensor) -> str:
        if not math.isfinite(loss):
            return "loss"
        names = (name for name, _ in self.model.named_parameters())
        return next((name for name, norm in zip(names, norms, strict=True) if not math.isfinite(norm)), "grad_norm")
