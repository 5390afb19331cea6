"""The learning rate as a pure function of the step: linear warm-up, then half a cosine to zero."""

import math

from gpt2mini.config import Config, TrainConfig

__all__ = ["evaluation_tokens", "learning_rate"]


def learning_rate(step: int, train: TrainConfig, *, warmup: bool = True) -> float:
    """Return the rate of the update that follows `step` finished ones (step 0 is the first update).

    SGDR's cosine without restarts (Loshchilov & Hutter 2017, eq. 5) after a linear warm-up (Goyal et al. 2017).
    """
    warm = min(train.warmup_steps, train.steps) if warmup else 0
    if step < warm:
        return train.lr * (step + 1) / warm
    progress = (step - warm) / max(1, train.steps - warm)
    return train.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def evaluation_tokens(config: Config) -> int:
    """Return over how many tokens of the validation split a loss is taken, at most."""
    return min(16384, max(4096, 4 * config.train.batch_size * config.model.block_size))
