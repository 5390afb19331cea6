"""The network is GPT-2, and every switch does what it says."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from gpt2mini.ablations import ALL_ON, SWITCHES, Ablations
from gpt2mini.attention import keep_mask
from gpt2mini.config import ModelConfig, parameter_count, parameter_shapes
from gpt2mini.model import GPT2Mini
from gpt2mini.rng import Noise
from reference import logits as reference_logits
from reference import loss as reference_loss

SMALL = ModelConfig(vocab_size=17, n_layer=3, n_head=2, n_embd=24, block_size=12, dropout=0.2)
FORWARD_SWITCHES = {
    "residual": False,
    "attention": False,
    "mlp": False,
    "ln_style": "post",
    "position_embedding": False,
    "causal_mask": False,
    "attention_scale": False,
    "activation": "relu",
}


@pytest.fixture
def model() -> GPT2Mini:
    """Weights large enough for every part to matter."""
    model = GPT2Mini(SMALL, seed=3)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
    return model


@pytest.fixture
def ids() -> torch.Tensor:
    return torch.randint(17, (4, 13), generator=torch.Generator().manual_seed(5))


def as_it_reads(model: GPT2Mini) -> GPT2Mini:
    """Make a model use the attention that `model.py` shows, instead of the fast one."""
    for block in model.blocks:
        block.attn.is_fast = False
    return model


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_logits_loss_and_gradients_equal_an_independent_implementation(
    tied: bool, is_fast: bool, ids: torch.Tensor
) -> None:
    model = GPT2Mini(replace(SMALL, tied_embeddings=tied), seed=1)
    model = model if is_fast else as_it_reads(model)
    x, y = ids[:, :-1], ids[:, 1:]
    ours = model(x)
    loss = torch.nn.functional.cross_entropy(ours.flatten(0, 1), y.flatten())
    loss.backward()

    weights = {name: value.detach().clone().requires_grad_() for name, value in model.named_parameters()}
    named = weights if not tied else {**weights, "lm_head.weight": weights["tok_emb.weight"]}
    theirs = reference_logits(x, named, n_layer=3, n_head=2)
    their_loss = reference_loss(x, y, named, n_layer=3, n_head=2)
    their_loss.backward()

    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(loss, their_loss, atol=1e-5, rtol=1e-5)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, weights[name].grad, atol=1e-5, rtol=1e-4, msg=name)


def test_the_tree_has_the_names_of_the_ancestor() -> None:
    names = set(GPT2Mini(replace(SMALL, n_layer=1)).state_dict())
    parts = ["ln1", "ln2", "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]
    block = {f"blocks.0.{part}.{kind}" for part in parts for kind in ("weight", "bias")} | {"blocks.0.attn.causal_mask"}
    assert names == block | {"tok_emb.weight", "pos_emb.weight", "ln_f.weight", "ln_f.bias", "lm_head.weight"}


@pytest.mark.parametrize("tied", [True, False])
def test_shapes_by_arithmetic_are_the_shapes_of_the_network(tied: bool) -> None:
    config = replace(SMALL, tied_embeddings=tied)
    model = GPT2Mini(config)
    assert {name: tuple(value.shape) for name, value in model.named_parameters()} == parameter_shapes(config)
    assert parameter_count(config) == sum(value.numel() for value in model.parameters())


def test_the_default_model_has_830_thousand_parameters() -> None:
    assert parameter_count(ModelConfig(vocab_size=65)) == 834_432


@pytest.mark.parametrize(("name", "value"), FORWARD_SWITCHES.items())
def test_no_switch_of_the_forward_pass_is_ignored(name: str, value: object, model: GPT2Mini, ids: torch.Tensor) -> None:
    on = ALL_ON.with_switch(name, value)  # type: ignore[arg-type]  # values of the table above
    assert not torch.allclose(model(ids[:, :12]), model(ids[:, :12], on), atol=1e-3)


@pytest.mark.parametrize("name", [name for name, spec in SWITCHES.items() if spec.choices])
def test_every_choice_of_a_switch_is_a_different_model(name: str, model: GPT2Mini, ids: torch.Tensor) -> None:
    x = ids[:, :12]
    outputs = [model(x, ALL_ON.with_switch(name, choice)) for choice in SWITCHES[name].choices]
    for i, one in enumerate(outputs):
        assert all(not torch.allclose(one, other, atol=1e-6) for other in outputs[:i])


@pytest.mark.parametrize("noise", [None, Noise(seed=1, step=2)], ids=["without dropout", "with dropout"])
@pytest.mark.parametrize(("name", "value"), [("residual", True), *FORWARD_SWITCHES.items()])
def test_the_fast_attention_is_the_one_that_is_shown(
    name: str, value: object, noise: Noise | None, model: GPT2Mini, ids: torch.Tensor
) -> None:
    on = ALL_ON.with_switch(name, value)  # type: ignore[arg-type]  # values of the table above
    x, y = ids[:, :-1], ids[:, 1:]
    results = []
    for network in (model, as_it_reads(copy.deepcopy(model))):
        logits = network(x, on, noise)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        results.append((logits, *torch.autograd.grad(loss, list(network.parameters()), materialize_grads=True)))
    for fast, shown in zip(*results, strict=True):
        torch.testing.assert_close(fast, shown, atol=1e-5, rtol=1e-4)


def test_the_mask_hides_the_future(model: GPT2Mini, ids: torch.Tensor) -> None:
    x = ids[:, :12]
    changed = x.clone()
    changed[:, 7] = (changed[:, 7] + 1) % 17
    before, after = model(x), model(changed)
    assert torch.equal(before[:, :7], after[:, :7])
    assert not torch.allclose(before[:, 7:], after[:, 7:], atol=1e-3)
    leaking = Ablations(causal_mask=False)
    assert not torch.allclose(model(x, leaking)[:, :7], model(changed, leaking)[:, :7], atol=1e-3)


def test_without_attention_a_position_knows_only_itself(model: GPT2Mini, ids: torch.Tensor) -> None:
    x = ids[:, :12]
    shuffled = x.clone()
    shuffled[:, :11] = x[:, :11].flip(1)
    off = Ablations(attention=False)
    torch.testing.assert_close(model(x, off)[:, 11], model(shuffled, off)[:, 11])


def test_dropout_needs_noise_and_its_switch(model: GPT2Mini, ids: torch.Tensor) -> None:
    x = ids[:, :12]
    noise = Noise(seed=1, step=2)
    assert torch.equal(model(x), model(x))
    assert not torch.allclose(model(x), model(x, ALL_ON, noise), atol=1e-3)
    assert torch.equal(model(x), model(x, Ablations(dropout=False), noise))
    assert torch.equal(model(x, ALL_ON, noise), model(x, ALL_ON, Noise(seed=1, step=2)))
    for other in (Noise(seed=2, step=2), Noise(seed=1, step=3), Noise(seed=1, step=2, shard=1)):
        assert not torch.allclose(model(x, ALL_ON, noise), model(x, ALL_ON, other), atol=1e-3)


@pytest.mark.parametrize("is_fast", [True, False])
def test_dropout_stands_where_gpt2_has_it_and_each_place_of_each_layer_draws_for_itself(
    is_fast: bool, model: GPT2Mini, ids: torch.Tensor
) -> None:
    noise, x, p = Noise(seed=1, step=2), ids[:, :12], SMALL.dropout
    seen: list[str] = []

    def drop(place: str, y: torch.Tensor) -> torch.Tensor:
        seen.append(place)
        if place.endswith("weights"):
            return y * keep_mask(noise, place, y.shape, p, causal=True, like=y)
        return y * noise.keep(place, y.shape, p, y)

    weights = dict(model.named_parameters()) | {"lm_head.weight": model.tok_emb.weight}
    expected = reference_logits(x, weights, n_layer=3, n_head=2, drop=drop)
    found = (model if is_fast else as_it_reads(model))(x, ALL_ON, noise)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert len(set(seen)) == len(seen) == 1 + 3 * 3


def test_a_model_of_which_more_is_dropped_says_so_and_drops_it(model: GPT2Mini, ids: torch.Tensor) -> None:
    noise, x = Noise(seed=1, step=2), ids[:, :12]
    weights, little = model.state_dict(), model(x, ALL_ON, noise)
    more = GPT2Mini(replace(SMALL, dropout=0.6))
    more.load_state_dict(weights)
    model.set_dropout(0.6)
    assert model.config == more.config
    assert torch.equal(model(x, ALL_ON, noise), more(x, ALL_ON, noise))
    assert not torch.allclose(model(x, ALL_ON, noise), little)


def test_a_model_is_asked_with_the_switches_it_was_made_for(ids: torch.Tensor) -> None:
    off = Ablations(residual=False)
    broken, whole = GPT2Mini(SMALL, ablations=off), GPT2Mini(SMALL)
    assert torch.equal(broken(ids[:, :12]), whole(ids[:, :12], off))
    assert not torch.allclose(broken(ids[:, :12]), whole(ids[:, :12]))


def test_models_of_different_depth_share_the_weights_they_have_in_common() -> None:
    shallow, deep = GPT2Mini(replace(SMALL, n_layer=1), seed=9), GPT2Mini(SMALL, seed=9)
    assert torch.equal(shallow.blocks[0].attn.c_attn.weight, deep.blocks[0].attn.c_attn.weight)
    assert not torch.equal(shallow.tok_emb.weight, GPT2Mini(SMALL, seed=8).tok_emb.weight)


@pytest.mark.parametrize("std", [0.02, 0.5])
def test_the_first_weights_of_each_matrix_are_normal_draws_of_its_own(std: float) -> None:
    config = ModelConfig(vocab_size=64, n_layer=2, n_head=2, n_embd=64, block_size=64, init_std=std)
    assert ModelConfig(vocab_size=64).init_std == 0.02
    matrices = {name: value.detach() for name, value in GPT2Mini(config).named_parameters() if value.dim() == 2}
    for name, matrix in matrices.items():
        assert float(matrix.std()) == pytest.approx(std, rel=0.06), name
        assert abs(float(matrix.mean())) < 5 * std / math.sqrt(matrix.numel()), name
        within = (matrix.abs() < std).double().mean()
        assert float(within) == pytest.approx(0.683, abs=0.03), name
    beginnings = torch.stack([matrix.flatten()[:1024] for matrix in matrices.values()])
    assert (torch.corrcoef(beginnings) - torch.eye(len(matrices))).abs().max() < 0.2


def test_norms_begin_by_changing_nothing_and_biases_at_zero() -> None:
    for name, value in GPT2Mini(SMALL).named_parameters():
        if value.dim() == 1:
            assert value.unique().tolist() == [float(".ln" in f".{name}" and name.endswith("weight"))], name


def test_scaled_init_shrinks_only_the_projections_into_the_residual_stream() -> None:
    plain, scaled = GPT2Mini(SMALL), GPT2Mini(replace(SMALL, scaled_init=True))
    ratio = 1 / math.sqrt(2 * SMALL.n_layer)
    torch.testing.assert_close(scaled.blocks[1].mlp.c_proj.weight, plain.blocks[1].mlp.c_proj.weight * ratio)
    assert torch.equal(scaled.blocks[1].mlp.c_fc.weight, plain.blocks[1].mlp.c_fc.weight)


def test_the_initial_loss_is_that_of_a_uniform_guess() -> None:
    config = ModelConfig(vocab_size=256, n_layer=2, n_embd=64, block_size=32)
    ids = torch.randint(256, (8, 33), generator=torch.Generator().manual_seed(0))
    scores = GPT2Mini(config)(ids[:, :-1])
    loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), ids[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(256), rel=0.02)


def test_more_tokens_than_the_block_are_refused(model: GPT2Mini, ids: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="13 tokens do not fit into a block of 12"):
        model(ids)
