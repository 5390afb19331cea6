"""One step: the sum of fixed pieces in a fixed order, and nothing at all where a number is not finite."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from gpt2mini.ablations import ALL_ON
from gpt2mini.batches import train_windows
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.kernels import Kernels
from gpt2mini.learner import Learner
from gpt2mini.loss import head_loss
from gpt2mini.model import GPT2Mini
from gpt2mini.rng import Noise
from gpt2mini.shards import Shards


@pytest.fixture
def learner(config: Config) -> Iterator[Learner]:
    with Learner(config, device="cpu", threads=1) as learner:
        yield learner


@pytest.fixture
def batch(config: Config, corpus: Corpus) -> tuple[Tensor, Tensor]:
    return train_windows(corpus.train, seed=0, step=0, batch_size=16, block_size=config.model.block_size)


def bits(model: GPT2Mini) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def test_a_batch_is_cut_into_pieces_of_eight_each_with_masks_of_its_own_and_summed_in_order(
    config: Config, batch: tuple[Tensor, Tensor]
) -> None:
    x, y = batch
    model = GPT2Mini(config.model)
    parameters = list(model.parameters())
    shards = Shards(model, threads=2, kernels=Kernels())
    loss, gradients = shards.gradients(x, y, on=ALL_ON, seed=3, step=5)
    shards.close()
    losses, sums = torch.tensor(0.0), [torch.zeros_like(parameter) for parameter in parameters]
    for shard, (ids, targets) in enumerate(zip(x.split(8), y.split(8), strict=True)):
        features = model.features(ids, ALL_ON, Noise(seed=3, step=5, shard=shard)).flatten(0, 1)
        part = head_loss(features, model.lm_head.weight, targets.flatten(), scale=1 / y.numel())
        losses = losses + part.detach()
        sums = [whole + more for whole, more in zip(sums, torch.autograd.grad(part, parameters), strict=True)]
    assert loss == float(losses)
    assert all(map(torch.equal, gradients, sums))


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_gradient_that_is_not_finite_is_named_and_changes_nothing(
    bad: float, learner: Learner, batch: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = [name for name, _ in learner.model.named_parameters()].index("blocks.1.ln2.bias")
    gradients = [torch.zeros_like(parameter) for parameter in learner.model.parameters()]
    gradients[place][3] = bad
    monkeypatch.setattr(learner._shards, "gradients", lambda *_, **__: (2.0, gradients))
    before = bits(learner.model)
    outcome = learner.step(*batch, on=ALL_ON, step=0, lr=1e-2, is_watched=True)
    assert (outcome.loss, outcome.culprit, outcome.effect) == (2.0, "blocks.1.ln2.bias", None)
    assert learner.updates == 0
    assert all(map(torch.equal, before, bits(learner.model)))


def test_a_gradient_is_clipped_to_the_limit_and_its_norm_told_as_it_was(
    config: Config, batch: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    norms: dict[float, tuple[float, float]] = {}
    for limit in (0.0, 0.25, 1e6):
        with Learner(replace(config, train=replace(config.train, grad_clip=limit)), device="cpu", threads=1) as learner:
            taken: list[Tensor] = []
            monkeypatch.setattr(learner, "_update", lambda gradients, taken=taken, **_: taken.extend(gradients))
            told = learner.step(*batch, on=ALL_ON, step=0, lr=1e-2).grad_norm
            norms[limit] = told, math.hypot(*(float(gradient.norm()) for gradient in taken))
    free = norms[0.0][0]
    assert free > 0.25
    assert [told for told, _ in norms.values()] == [free] * 3
    assert [after for _, after in norms.values()] == pytest.approx([free, 0.25, free], rel=1e-4)


def test_a_copy_is_the_model_as_it_is_for_asking(learner: Learner, batch: tuple[Tensor, Tensor]) -> None:
    learner.model.ablations = ALL_ON.with_switch("mlp", False)
    copy = learner.copy()
    assert (copy.training, copy.ablations, copy.config) == (False, learner.model.ablations, learner.model.config)
    assert all(map(torch.equal, bits(copy), bits(learner.model)))
    learner.step(*batch, on=ALL_ON, step=0, lr=1e-2)
    assert not all(map(torch.equal, bits(copy), bits(learner.model)))
