"""The head and its cross entropy in one pass: logits are made for a few rows at a time and never kept.

For 8,192 targets and a vocabulary of 3,500 the logits are 115 MB, and softmax, its logarithm and its gradient as much
again each: more traffic than the rest of the network has. Here a stretch of rows stays in the cache from its logits
to its gradients, which the forward pass computes at once, because p − onehot(target) is all that they need (the idea of
Hsu et al. 2024, "Liger Kernel"). The backward pass only scales them.

Shapes: N targets, C channels, V tokens in the vocabulary.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

__all__ = ["head_loss", "likeliest"]

LOGITS = 2**20
"""How many are made at a time. The rows are summed in these stretches: with another number the last bits differ."""


def head_loss(x: Tensor, weight: Tensor, targets: Tensor, *, scale: float = 1.0) -> Tensor:
    """Return `scale` times the summed cross entropy, in nats, of x @ weightᵀ: x (N, C), weight (V, C), targets (N,)."""
    if x.device.type != "cpu" or x.dtype not in {torch.float32, torch.float64}:
        return scale * F.cross_entropy(F.linear(x, weight).float(), targets, reduction="sum")
    learns = torch.is_grad_enabled()
    loss: Tensor = _HeadLoss.apply(x, weight, targets, learns)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return loss * scale


def likeliest(x: Tensor, weight: Tensor) -> Tensor:
    """Return for each row of x (N, C) the token whose logit in x @ weightᵀ is largest, (N,)."""
    rows = max(1, LOGITS // len(weight))
    return torch.cat([F.linear(part, weight).argmax(1) for part in torch.split(x, rows)])


class _HeadLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor, learns: bool) -> Tensor:
        rows = max(1, LOGITS // len(weight))
        buffer = x.new_empty(min(rows, len(x)), len(weight))
        grad_x, grad_weight = (torch.empty_like(x), torch.empty_like(weight)) if learns else (x, weight)
        total = x.new_zeros(())
        for start in range(0, len(x), rows):
            seen, wanted = x[start : start + rows], targets[start : start + rows, None]
            scores = torch.mm(seen, weight.mT, out=buffer[: len(seen)])
            total += _cross_entropy(scores, wanted)
            if learns:
                scores.scatter_add_(1, wanted, scores.new_full((), -1.0).expand_as(wanted))
                torch.mm(scores, weight, out=grad_x[start : start + rows])
                grad_weight.addmm_(scores.mT, seen, beta=int(start > 0))
        ctx.save_for_backward(grad_x, grad_weight)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        grad_x, grad_weight = ctx.saved_tensors
        return grad_x * grad, grad_weight * grad, None, None


def _cross_entropy(scores: Tensor, wanted: Tensor) -> Tensor:
    """Return the summed loss of scores (n, V) at targets (n, 1), and leave softmax(scores) in their place.

    log Σ exp(z) is the largest z less the logarithm of its probability, which is at least 1/V: nothing underflows.
    """
    picked, most = scores.gather(1, wanted), scores.amax(1, keepdim=True)
    torch.softmax(scores, dim=1, out=scores)
    return (most - scores.amax(1, keepdim=True).log() - picked).sum()
