"""Precision and compiling: what is asked of a device, and that the mathematics stays what it is. No GPU was used."""

from dataclasses import replace

import pytest
import torch

from gpt2mini import attention
from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.devices import facts
from gpt2mini.errors import UsageError
from gpt2mini.kernels import Kernels, kernels, refuse_kernels
from gpt2mini.model import GPT2Mini
from gpt2mini.shards import Shards

PLAIN = Config(model=ModelConfig(vocab_size=11, n_layer=2, n_head=2, n_embd=16, block_size=8, dropout=0.0))
HALF = replace(PLAIN, train=TrainConfig(precision="bfloat16"))
FUSED = replace(PLAIN, train=TrainConfig(compiled=True))


def losses(chosen: Kernels, on: Ablations = ALL_ON) -> list[float]:
    """Return what three steps of plain descent lose, every number in it from these kernels."""
    ids = torch.randint(11, (12, 8), generator=torch.Generator().manual_seed(1))
    model = GPT2Mini(PLAIN.model)
    shards = Shards(model, threads=2, kernels=chosen)
    found = []
    for step in range(3):
        loss, gradients = shards.gradients(ids, ids, on=on, seed=0, step=step)
        assert all(gradient.dtype == torch.float32 for gradient in gradients)
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                parameter.sub_(0.5 * gradient)
        found.append(loss)
    found.append(shards.loss(ids, ids, on=on, stop=lambda: False))
    shards.close()
    return found


def test_a_cpu_computes_in_plain_float32() -> None:
    assert kernels(HALF, "cpu") == kernels(FUSED, "cpu") == Kernels()


@pytest.mark.parametrize("device", ["mps", "cuda"])
def test_a_gpu_computes_as_it_was_asked_to(device: str) -> None:
    assert kernels(HALF, device) == Kernels(device=device, precision="bfloat16")
    assert kernels(FUSED, device) == Kernels(device=device, is_compiled=True)
    refuse_kernels(HALF, device)
    refuse_kernels(FUSED, device)


def test_a_checkpoint_remembers_what_its_numbers_were_computed_with() -> None:
    assert facts(Kernels())["kernels"] == "fused AdamW, not compiled"
    assert facts(kernels(HALF, "cuda"))["kernels"] == "fused AdamW, not compiled, products in bfloat16"
    assert facts(kernels(FUSED, "mps"))["kernels"] == "fused AdamW, compiled"


@pytest.mark.parametrize(("config", "flag"), [(HALF, "--precision bfloat16"), (FUSED, "--compiled")])
def test_what_would_be_slower_on_a_cpu_is_refused(config: Config, flag: str) -> None:
    with pytest.raises(UsageError, match=f"{flag} is for MPS and CUDA"):
        refuse_kernels(config, "cpu")


def test_masks_that_are_drawn_are_not_compiled() -> None:
    dropping = replace(FUSED, model=replace(FUSED.model, dropout=0.1))
    with pytest.raises(UsageError, match="--compiled needs --dropout 0"):
        refuse_kernels(dropping, "cuda")
    refuse_kernels(replace(dropping, ablations=replace(ALL_ON, dropout=False)), "cuda")


@pytest.mark.parametrize("on", [ALL_ON, replace(ALL_ON, ln_style="post", causal_mask=False)])
def test_products_in_bfloat16_learn_what_float32_learns(on: Ablations) -> None:
    plain, half = losses(Kernels(), on), losses(Kernels(precision="bfloat16"), on)
    assert half == pytest.approx(plain, abs=0.02)
    assert half != plain


@pytest.mark.slow
def test_a_compiled_forward_pass_is_the_same_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_is_chunked", lambda _: False)  # as on a GPU
    assert losses(Kernels(is_compiled=True)) == pytest.approx(losses(Kernels()), abs=1e-5)
