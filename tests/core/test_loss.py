"""The head and its loss in one pass are the head and its loss in two."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from gpt2mini import loss
from gpt2mini.loss import head_loss


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def given(n: int, c: int, v: int) -> tuple[Tensor, Tensor, Tensor]:
    targets = torch.randint(v, (n,), generator=torch.Generator().manual_seed(2))
    return normal(n, c).requires_grad_(), normal(v, c, seed=1).requires_grad_(), targets


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_value_and_gradients_do_not_depend_on_how_many_rows_are_made_at_a_time(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loss, "LOGITS", rows * 11)
    x, weight, targets = given(7, 5, 11)
    ours = head_loss(x, weight, targets, scale=0.25)
    theirs = F.cross_entropy(x @ weight.T, targets, reduction="sum") * 0.25
    torch.testing.assert_close(ours, theirs)
    for mine, yours in zip(
        torch.autograd.grad(3 * ours, (x, weight)), torch.autograd.grad(3 * theirs, (x, weight)), strict=True
    ):
        torch.testing.assert_close(mine, yours)


def test_the_written_out_gradient_is_the_one_of_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss, "LOGITS", 12)
    x, weight, targets = given(5, 3, 4)
    assert torch.autograd.gradcheck(lambda a, b: head_loss(a, b, targets, scale=0.5), (x, weight))


def test_logits_too_far_apart_for_their_probabilities_still_have_a_loss() -> None:
    x, weight = torch.tensor([[1000.0]]), torch.tensor([[0.0], [1.0]])
    assert float(head_loss(x, weight, torch.tensor([0]))) == 1000.0
    assert float(head_loss(x, weight, torch.tensor([1]))) == 0.0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_stays_so(bad: float) -> None:
    x, weight = torch.tensor([[bad]]), torch.tensor([[0.5], [1.0]])
    assert not head_loss(x, weight, torch.tensor([0])).isfinite()


def test_without_gradients_the_loss_is_the_same_number() -> None:
    x, weight, targets = given(40, 5, 11)
    with torch.no_grad():
        silent = head_loss(x, weight, targets)
    assert torch.equal(silent, head_loss(x, weight, targets).detach())
    assert not silent.requires_grad


def test_where_there_is_no_fast_path_the_mathematics_is_the_same() -> None:
    x, weight, targets = given(7, 5, 11)
    torch.testing.assert_close(
        head_loss(x.bfloat16(), weight.bfloat16(), targets),
        head_loss(x, weight, targets).float(),
        atol=0.3,
        rtol=3e-2,
    )
