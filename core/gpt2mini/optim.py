"""AdamW with decay on matrices only: biases and norms have no direction to be pulled back along.

Loshchilov & Hutter 2019 (decoupled decay); betas (0.9, 0.95) as in GPT-3 (Brown et al. 2020, appendix B).
"""

import torch
from torch import nn

from gpt2mini.config import TrainConfig

__all__ = ["adamw", "set_rates"]


def adamw(model: nn.Module, train: TrainConfig) -> torch.optim.AdamW:
    """Return the optimiser in two groups: matrices (decayed), then vectors (not)."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": train.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=train.lr, betas=(0.9, 0.95), eps=1e-8, fused=True)


def set_rates(optimizer: torch.optim.Optimizer, *, lr: float, weight_decay: float) -> None:
    """Set the rate of every group for the coming step, and the decay of the matrices."""
    matrices, vectors = optimizer.param_groups
    matrices["lr"] = vectors["lr"] = lr
    matrices["weight_decay"] = weight_decay
