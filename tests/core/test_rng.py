"""Dropout as the model calls it is a product with the factors that its draws stand for."""

import pytest
import torch

from gpt2mini.rng import Noise

NOISE = Noise(seed=3, step=7, shard=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.95])
def test_dropping_is_multiplying_by_the_factors_in_value_and_in_gradient(p: float, dtype: torch.dtype) -> None:
    x = torch.randn(5, 7, 9, generator=torch.Generator().manual_seed(1)).to(dtype).requires_grad_()
    upstream = torch.randn(5, 7, 9, generator=torch.Generator().manual_seed(2)).to(dtype)
    factors = NOISE.keep("somewhere", x.shape, p, like=x)
    dropped = NOISE.drop("somewhere", x, p)
    assert torch.equal(dropped, x * factors)
    assert torch.equal(torch.autograd.grad(dropped, x, upstream)[0], upstream * factors)


def test_the_gradient_of_dropout_is_the_one_of_finite_differences() -> None:
    x = torch.randn(4, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda given: NOISE.drop("somewhere", given, 0.3), (x,))
