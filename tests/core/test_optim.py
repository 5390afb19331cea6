"""An update is the one of the papers, number by number."""

import math

import pytest
import torch
from torch import nn

from gpt2mini.config import TrainConfig
from gpt2mini.optim import adamw, set_rates

GRADIENTS = (0.3, -2.0, 0.01)


def by_hand(weight: float, decay: float, rates: tuple[float, ...]) -> float:
    """Return a weight after updates: Loshchilov & Hutter 2019, algorithm 2, with the betas of Brown et al. 2020."""
    mean = square = 0.0
    for step, (gradient, lr) in enumerate(zip(GRADIENTS, rates, strict=True), 1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.95 * square + 0.05 * gradient**2
        move = mean / (1 - 0.9**step) / (math.sqrt(square / (1 - 0.95**step)) + 1e-8)
        weight -= lr * (move + decay * weight)
    return weight


@pytest.mark.parametrize("decay", [0.3, 0.0])
def test_matrices_decay_and_biases_do_not(decay: float) -> None:
    layer, rates = nn.Linear(1, 1), (0.1, 0.02, 0.5)
    optimizer = adamw(layer, TrainConfig(lr=9.0, weight_decay=7.0))
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(2.0)
    for gradient, lr in zip(GRADIENTS, rates, strict=True):
        for parameter in layer.parameters():
            parameter.grad = torch.full_like(parameter, gradient)
        set_rates(optimizer, lr=lr, weight_decay=decay)
        optimizer.step()
    assert layer.weight.item() == pytest.approx(by_hand(2.0, decay, rates), rel=1e-5)
    assert layer.bias.item() == pytest.approx(by_hand(2.0, 0.0, rates), rel=1e-5)


def test_before_a_rate_is_set_it_is_the_one_of_the_run() -> None:
    matrices, vectors = adamw(nn.Linear(1, 1), TrainConfig(lr=3e-3, weight_decay=0.2)).param_groups
    assert [matrices[name] for name in ("lr", "weight_decay")] == [3e-3, 0.2]
    assert [vectors[name] for name in ("lr", "weight_decay")] == [3e-3, 0.0]
