"""Draws are a function of their key, and dropout is a product with the factors that its draws stand for."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.rng import Noise, generator, key, zero_dropped

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


def test_keys_are_what_they_were_in_the_first_version() -> None:
    """A run records its seed and nothing else of its draws: with other keys it would go on as another run."""
    assert key(0, "batch", 0) == 5921041287945470045
    assert key(1, "dropout", 7, 2, "3.attn.weights") == 4401669191281094637
    assert key(-1, 2**63 - 1) == 6434527048207871680


@given(st.lists(st.integers(-(2**70), 2**70) | st.text(max_size=5), max_size=4))
def test_a_key_seeds_any_generator(parts: list[int | str]) -> None:
    assert 0 <= key(*parts) < 2**63
    assert generator(*parts).initial_seed() == key(*parts)


@pytest.mark.parametrize("p", [0.0, 1 / 65536, 0.1, 0.5, 0.95])
def test_of_all_draws_that_there_are_a_share_p_means_dropped(p: float) -> None:
    every = torch.arange(-32768, 32768).to(torch.int16)
    assert int((zero_dropped(torch.ones(65536), every, p) == 0).sum()) == round(p * 65536)
