"""What a step brings, as pure functions of its number: the learning rate, what is measured and what is saved.

The rate rises linearly, then falls along half a cosine to zero.
"""

import math

from gpt2mini.config import Config, TrainConfig

__all__ = ["due", "evaluation_tokens", "is_looked_into", "learning_rate"]


def learning_rate(step: int, train: TrainConfig, *, warmup: bool = True) -> float:
    """Return the rate of the update that follows `step` finished ones (step 0 is the first update).

    SGDR's cosine without restarts (Loshchilov & Hutter 2017, eq. 5) after a linear warm-up (Goyal et al. 2017).
    """
    warm = min(train.warmup_steps, train.steps) if warmup else 0
    if step < warm:
        return train.lr * (step + 1) / warm
    progress = (step - warm) / max(1, train.steps - warm)
    return train.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def due(step: int, train: TrainConfig) -> set[str]:
    """Return which of `evaluate`, `sample`, `save` follow so many steps: all at the last, no save before the first."""
    every = {"evaluate": train.eval_every, "sample": train.sample_every, "save": train.save_every}
    if step == train.steps:
        return {*every}
    return {task for task, steps in every.items() if steps and step % steps == 0 and (step or task != "save")}


def is_looked_into(step: int, train: TrainConfig) -> bool:
    """Tell whether the probes look at what step number `step` does (1 is the first): every so many, and at the last."""
    every = train.steps_between_probes
    return every > 0 and (step % every == 0 or step == train.steps)


def evaluation_tokens(config: Config) -> int:
    """Return over how many tokens of the validation split a loss is taken, at most."""
    return min(16384, max(4096, 4 * config.train.batch_size * config.model.block_size))
