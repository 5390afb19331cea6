"""The fast attention is the explicit one: the same values, gradients and dropout, only sooner."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gpt2mini.attention import ROWS, attend, attend_qkv, keep_mask
from gpt2mini.rng import Noise

NOISE = Noise(seed=7, step=11, shard=2)
PLACE = "3.attn.weights"
LONG = 2 * ROWS + 9  # positions: three chunks, the last one short


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def split(qkv: Tensor, n_head: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return q, k and v as the model cuts them: (B, H, T, D), views that are not contiguous."""
    B, T, C3 = qkv.shape
    q, k, v = (part.view(B, T, n_head, C3 // 3 // n_head).transpose(1, 2) for part in qkv.split(C3 // 3, dim=2))
    return q, k, v


def explicit(qkv: Tensor, n_head: int, *, causal: bool, scale: float, p: float) -> Tensor:
    """Return (B, T, C) by the definition, with the factors of `keep_mask`."""
    q, k, v = split(qkv, n_head)
    B, H, T, D = q.shape
    scores = torch.einsum("bhid,bhjd->bhij", q, k) * scale
    future = torch.arange(T)[None, :] > torch.arange(T)[:, None]
    if causal:
        scores = torch.where(future, torch.tensor(-math.inf, dtype=qkv.dtype), scores)
    shares = torch.exp(scores - scores.amax(-1, keepdim=True))
    shares = shares / shares.sum(-1, keepdim=True)
    if p > 0:
        shares = shares * keep_mask(NOISE, PLACE, (B, H, T, T), p, causal=causal, like=qkv)
    return torch.einsum("bhij,bhjd->bihd", shares, v).reshape(B, T, H * D)


def values_and_gradients(y: Tensor, qkv: Tensor) -> tuple[Tensor, Tensor]:
    (gradient,) = torch.autograd.grad(y, qkv, normal(*y.shape, seed=1, dtype=y.dtype))
    return y.detach(), gradient


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, LONG), st.integers(1, 9)),
    causal=st.booleans(),
    scaled=st.booleans(),
    p=st.sampled_from([0.0, 0.1, 0.5]),
)
def test_values_and_gradients_equal_the_explicit_form(
    sizes: tuple[int, int, int, int], causal: bool, scaled: bool, p: float
) -> None:
    B, H, T, D = sizes
    scale = 1 / math.sqrt(D) if scaled else 1.0
    qkv = normal(B, T, 3 * H * D).mul_(0.7).requires_grad_()
    whole = attend_qkv(qkv, H, causal=causal, scale=scale, p=p, noise=NOISE, place=PLACE)
    parts = attend(*split(qkv, H), causal=causal, scale=scale, p=p, noise=NOISE, place=PLACE)
    expected = values_and_gradients(explicit(qkv, H, causal=causal, scale=scale, p=p), qkv)
    for y in (whole, parts.transpose(1, 2).reshape(B, T, H * D)):
        torch.testing.assert_close(values_and_gradients(y, qkv), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("p", [0.0, 0.3])
def test_the_gradient_is_the_slope_in_double_precision(causal: bool, p: float) -> None:
    qkv = normal(1, ROWS + 3, 3 * 2 * 2, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: attend_qkv(x, 2, causal=causal, scale=0.5, p=p, noise=NOISE, place=PLACE), [qkv], fast_mode=True
    )


@pytest.mark.parametrize("position", [1, ROWS - 1, ROWS, LONG - 2])
def test_the_future_gets_no_gradient_at_all(position: int) -> None:
    q, k, v = (normal(2, 3, LONG, 4, seed=seed).requires_grad_() for seed in range(3))
    y = attend(q, k, v, causal=True, scale=0.5, p=0.2, noise=NOISE, place=PLACE)
    for gradient in torch.autograd.grad(y[:, :, : position + 1].sum(), [q, k, v]):
        assert torch.count_nonzero(gradient[:, :, position + 1 :]) == 0
        assert torch.count_nonzero(gradient[:, :, : position + 1]) > 0


def test_the_future_changes_no_bit_of_the_past() -> None:
    q, k, v = (normal(1, 2, LONG, 4, seed=seed) for seed in range(3))
    changed = [torch.cat((x[:, :, : ROWS + 5], 3 * x[:, :, ROWS + 5 :]), dim=2) for x in (q, k, v)]
    before = attend(q, k, v, causal=True, scale=0.5, p=0.2, noise=NOISE, place=PLACE)
    after = attend(*changed, causal=True, scale=0.5, p=0.2, noise=NOISE, place=PLACE)
    assert torch.equal(before[:, :, : ROWS + 5], after[:, :, : ROWS + 5])
    assert not torch.equal(before, after)


def test_every_thread_computes_the_same_bits() -> None:
    qkv = normal(2, LONG, 3 * 32).requires_grad_()

    def once(_: int) -> tuple[Tensor, Tensor]:
        y = attend_qkv(qkv, 4, causal=True, scale=0.4, p=0.1, noise=NOISE, place=PLACE)
        return values_and_gradients(y, qkv)

    with ThreadPoolExecutor(3, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        first, *others = pool.map(once, range(9))
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))


def test_without_gradients_the_values_are_the_same_bits() -> None:
    qkv = normal(2, LONG, 3 * 8).requires_grad_()
    training = attend_qkv(qkv, 2, causal=True, scale=0.5, p=0.1, noise=NOISE, place=PLACE)
    with torch.no_grad():
        asking = attend_qkv(qkv, 2, causal=True, scale=0.5, p=0.1, noise=NOISE, place=PLACE)
    assert torch.equal(training, asking)


@pytest.fixture
def poisoned_memory() -> Iterator[None]:
    """Let every new tensor start as NaN instead of whatever was there."""
    torch.use_deterministic_algorithms(True)
    assert torch.empty(1).isnan()
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("poisoned_memory")
@pytest.mark.parametrize("sizes", [(2, 4, LONG, 16), (1, 1, 1, 1), (3, 2, 5, 3)])
@pytest.mark.parametrize("causal", [True, False])
def test_nothing_is_read_before_it_is_written(sizes: tuple[int, int, int, int], causal: bool) -> None:
    B, H, T, D = sizes
    qkv = normal(B, T, 3 * H * D).requires_grad_()
    y = attend_qkv(qkv, H, causal=causal, scale=0.5, p=0.1, noise=NOISE, place=PLACE)
    assert all(part.isfinite().all() for part in values_and_gradients(y, qkv))


def test_a_second_backward_through_the_same_graph_is_refused() -> None:
    qkv = normal(1, 5, 6).requires_grad_()
    y = attend_qkv(qkv, 1, causal=True, scale=1.0, p=0.0, noise=None, place=PLACE).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


@pytest.mark.parametrize("p", [0.1, 0.5])
@pytest.mark.parametrize("causal", [True, False])
def test_a_share_p_is_dropped_and_the_rest_scaled_up(p: float, causal: bool) -> None:
    factors = keep_mask(NOISE, PLACE, (8, 4, LONG, LONG), p, causal=causal, like=torch.empty(0, dtype=torch.float64))
    past = torch.ones(LONG, LONG, dtype=torch.bool).tril()
    assert set(factors.unique().tolist()) == {0.0, 1 / (1 - p)}
    for start in range(0, LONG, ROWS):
        rows = slice(start, start + ROWS)
        drawn = factors[:, :, rows][..., past[rows]]
        assert abs((drawn == 0).double().mean() - p) < 5 * math.sqrt(p * (1 - p) / drawn.numel())


def test_neighbouring_weights_are_dropped_independently() -> None:
    dropped = keep_mask(NOISE, PLACE, (8, 4, LONG, LONG), 0.3, causal=False, like=torch.empty(0)) == 0
    for dim in range(4):
        size = dropped.shape[dim]
        both = dropped.narrow(dim, 0, size - 1) & dropped.narrow(dim, 1, size - 1)
        assert abs(both.double().mean() - 0.09) < 5 * math.sqrt(2 * 0.09 * 0.91 / both.numel())


def test_a_mask_is_a_function_of_seed_step_shard_and_place() -> None:
    def mask(noise: Noise, place: str = PLACE) -> Tensor:
        return keep_mask(noise, place, (1, 2, LONG, LONG), 0.5, causal=True, like=torch.empty(0))

    others = [mask(replace(NOISE, **{part: 1})) for part in ("seed", "step", "shard")]
    masks = [mask(NOISE), *others, mask(NOISE, "0.attn.weights")]
    assert torch.equal(mask(NOISE), mask(replace(NOISE)))
    for i, one in enumerate(masks):
        for other in masks[:i]:
            agreeing = (one == other)[..., torch.ones(LONG, LONG, dtype=torch.bool).tril()].double().mean()
            assert 0.45 < agreeing < 0.55


def test_without_noise_or_rate_nothing_is_dropped() -> None:
    qkv = normal(2, 9, 12)
    whole = attend_qkv(qkv, 2, causal=True, scale=0.5, p=0.0, noise=NOISE, place=PLACE)
    assert torch.equal(whole, attend_qkv(qkv, 2, causal=True, scale=0.5, p=0.4, noise=None, place=PLACE))
    assert not torch.allclose(whole, attend_qkv(qkv, 2, causal=True, scale=0.5, p=0.4, noise=NOISE, place=PLACE))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("p", [0.0, 0.3])
def test_where_there_is_no_fast_path_the_mathematics_is_the_same(causal: bool, p: float) -> None:
    qkv = normal(2, 21, 24).bfloat16()
    slow = attend_qkv(qkv, 2, causal=causal, scale=0.4, p=p, noise=NOISE, place=PLACE)
    torch.testing.assert_close(slow, explicit(qkv, 2, causal=causal, scale=0.4, p=p), atol=3e-2, rtol=3e-2)
