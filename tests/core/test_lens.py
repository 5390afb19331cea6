"""What X-ray shows is what the model computes, under every switch, each number held against plain arithmetic."""

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.config import ModelConfig
from gpt2mini.errors import DivergedError, UsageError
from gpt2mini.lens import (
    attention,
    embedding,
    examine,
    induction,
    lens,
    position,
    residual,
    surprise,
)
from gpt2mini.model import GPT2Mini
from gpt2mini.rng import generator
from gpt2mini.views import VIEWS, AttentionView
from walk import Walk, walk

SMALL = ModelConfig(vocab_size=17, n_layer=3, n_head=2, n_embd=24, block_size=12, dropout=0.2)
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 16]
SWITCHED = [
    ALL_ON,
    Ablations(residual=False),
    Ablations(mlp=False),
    Ablations(ln_style="post"),
    Ablations(ln_style="none"),
    Ablations(position_embedding=False),
    Ablations(causal_mask=False),
    Ablations(attention_scale=False),
    Ablations(activation="relu"),
    Ablations(activation="gelu_tanh"),
    Ablations(activation="identity", ln_style="post", residual=False),
]
WITHOUT_ATTENTION = [Ablations(attention=False), Ablations(attention=False, mlp=False)]


def words(on: Ablations) -> str:
    return " ".join(f"{name}={value}" for name, value in on.changed().items()) or "all on"


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def model(request: pytest.FixtureRequest) -> GPT2Mini:
    """Weights large enough for every part to matter."""
    model = GPT2Mini(replace(SMALL, tied_embeddings=request.param), seed=3)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
    return model


def walked(model: GPT2Mini, on: Ablations, ids: list[int] = IDS) -> Walk:
    weights = {name: value.detach().double().numpy() for name, value in model.named_parameters()}
    return walk(ids, weights, layers=model.config.n_layer, heads=model.config.n_head, on=on)


@pytest.mark.parametrize("on", SWITCHED, ids=words)
def test_attention_is_that_of_the_reference_in_every_layer_and_every_row_sums_to_one(
    on: Ablations, model: GPT2Mini
) -> None:
    patterns = walked(model, on).patterns
    for layer, pattern in enumerate(patterns):
        view = attention(model, IDS, layer=layer, on=on)
        np.testing.assert_allclose(view.weights.sum(axis=2), 1, atol=1e-6)
        np.testing.assert_allclose(view.weights, pattern, atol=2e-5)
    entropy = [[np.mean([-sum(p * math.log(p) for p in row if p > 0) for row in head]) for head in p] for p in patterns]
    previous = [[np.mean([head[i, i - 1] for i in range(1, len(IDS))]) for head in p] for p in patterns]
    np.testing.assert_allclose(view.entropy, entropy, atol=1e-4)
    np.testing.assert_allclose(view.previous, previous, atol=1e-5)


@pytest.mark.parametrize("on", SWITCHED, ids=words)
def test_the_weights_that_are_shown_are_those_that_the_layer_used(on: Ablations, model: GPT2Mini) -> None:
    part = model.blocks[1].attn
    x = torch.randn(2, 9, 24, generator=torch.Generator().manual_seed(1))
    v = part.c_attn(x)[:, :, 48:].view(2, 9, 2, 12).transpose(1, 2)
    mixed = (part.weights(part.c_attn(x), on) @ v).transpose(1, 2).reshape(2, 9, 24)
    torch.testing.assert_close(part.c_proj(mixed), part(x, on, None), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("on", [*SWITCHED, *WITHOUT_ATTENTION], ids=words)
def test_the_lens_is_the_end_of_the_model_held_to_every_layer(on: Ablations, model: GPT2Mini) -> None:
    guesses = np.array(walked(model, on).guesses)
    view = lens(model, IDS, on=on)
    np.testing.assert_allclose(view.probability, guesses.max(axis=2), atol=2e-5)
    picked = np.take_along_axis(guesses, view.top[:, :, None], axis=2)[:, :, 0]
    np.testing.assert_allclose(picked, guesses.max(axis=2), atol=2e-5)
    for i, token in enumerate(IDS[1:]):
        np.testing.assert_allclose(view.truth[:, i], guesses[:, i, token], atol=2e-5)
    assert np.isnan(view.truth[:, -1]).all()
    np.testing.assert_allclose(view.entropy, -(guesses * np.log(guesses)).sum(axis=2), atol=1e-4)


def test_the_lens_at_the_last_layer_is_the_output(model: GPT2Mini) -> None:
    out = model(torch.tensor([IDS]))[0].detach().double().softmax(dim=1)
    view = lens(model, IDS)
    np.testing.assert_allclose(view.probability[-1], out.max(dim=1).values, atol=1e-9)
    assert view.top[-1].tolist() == out.argmax(dim=1).tolist()


@pytest.mark.parametrize("on", [*SWITCHED, *WITHOUT_ATTENTION], ids=words)
def test_surprise_sums_to_the_loss(on: Ablations, model: GPT2Mini) -> None:
    view = surprise(model, IDS, on=on)
    ids = torch.tensor([IDS])
    loss = torch.nn.functional.cross_entropy(model(ids[:, :-1], on)[0], ids[0, 1:], reduction="sum")
    if on.causal_mask:  # without it the last token is seen by those before it
        assert view.nats.sum() == pytest.approx(loss.item(), abs=1e-4)
    assert view.loss == pytest.approx(view.nats.mean())
    guesses = walked(model, on).guesses[-1]
    for i, token in enumerate(IDS[1:]):
        assert view.nats[i] == pytest.approx(-math.log(guesses[i, token]), abs=1e-4)
        assert view.rank[i] == sum(guesses[i] > guesses[i, token])
        assert guesses[i, view.expected[i]] == pytest.approx(max(guesses[i]), abs=1e-5)
        assert view.expected_probability[i] == pytest.approx(max(guesses[i]), abs=1e-5)


def test_the_worst_surprises_come_first(model: GPT2Mini) -> None:
    view = surprise(model, IDS)
    worst = view.worst(4)
    assert [view.nats[place] for place in worst] == sorted(view.nats, reverse=True)[:4]
    assert len(view.worst(1000)) == len(IDS) - 1


@pytest.mark.parametrize("on", [*SWITCHED, *WITHOUT_ATTENTION], ids=words)
def test_the_residual_stream_and_its_parts_have_the_lengths_of_the_reference(on: Ablations, model: GPT2Mini) -> None:
    way = walked(model, on)
    view = residual(model, IDS, on=on)

    def lengths(vectors: list[np.ndarray]) -> np.ndarray:
        return np.array([[math.sqrt(sum(c * c for c in row)) for row in rows] for rows in vectors])

    nothing = [np.zeros((len(IDS), 24))] * 3
    np.testing.assert_allclose(view.stream, lengths(way.streams), atol=1e-4)
    np.testing.assert_allclose(view.attention, lengths(way.attention or nothing), atol=1e-4)
    np.testing.assert_allclose(view.mlp, lengths(way.mlp or nothing), atol=1e-4)
    for rows, cosine in zip(way.streams, view.cosine, strict=True):
        unit = rows / np.linalg.norm(rows, axis=1)[:, None]
        pairs = [unit[i] @ unit[j] for i in range(len(IDS)) for j in range(len(IDS)) if i != j]
        assert cosine == pytest.approx(np.mean(pairs), abs=1e-5)


def test_the_induction_score_follows_its_published_definition(model: GPT2Mini) -> None:
    """Random tokens twice; the mean weight from a token to the one that followed it the first time."""
    draw = generator(0, "induction")
    scores = []
    for _ in range(8):
        once = torch.randperm(17, generator=draw)[:6].tolist()
        assert len(set(once)) == 6
        twice = once + once
        found = []
        for pattern in walked(model, ALL_ON, twice).patterns:
            entries = [[head[i, twice.index(twice[i]) + 1] for i in range(6, 12)] for head in pattern]
            found.append([np.mean(weights) for weights in entries])
        scores.append(found)
    np.testing.assert_allclose(induction(model), np.mean(scores, axis=0), atol=1e-5)
    np.testing.assert_allclose(attention(model, IDS).induction, induction(model))


def test_a_perfect_induction_head_scores_one_and_a_head_that_sees_only_itself_nothing() -> None:
    """Positions alone make a head look 24 back: for 25 tokens said twice, to what followed the first time."""
    config = ModelConfig(vocab_size=40, n_layer=1, n_head=2, n_embd=104, block_size=50, dropout=0.0)
    model = GPT2Mini(config)
    on = Ablations(ln_style="none", attention_scale=False)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.pos_emb.weight[:, :50] = torch.eye(50)
        query, key = model.blocks[0].attn.c_attn.weight[:104], model.blocks[0].attn.c_attn.weight[104:208]
        for i in range(50):
            query[max(0, i - 24), i] = 100.0  # the first head asks for the place 24 before its own
            key[i, i] = 1.0
            query[52 + i, i] = 100.0  # the second for its own
            key[52 + i, i] = 1.0
    np.testing.assert_allclose(induction(model, on=on), [[1.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(("block", "finite"), [(2, False), (3, False), (4, True), (9, True)])
def test_a_block_too_short_to_say_anything_twice_has_no_induction_score(block: int, finite: bool) -> None:
    model = GPT2Mini(replace(SMALL, block_size=block))
    assert np.isfinite(induction(model)).all() == finite
    assert attention(model, [1]).weights.tolist() == [[[1.0]], [[1.0]]]


def test_the_embedding_map_shows_the_two_directions_of_greatest_spread(model: GPT2Mini) -> None:
    view = embedding(model)
    weights = model.tok_emb.weight.detach().double().numpy()
    centred = weights - weights.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    np.testing.assert_allclose(view.explained, values[::-1][:2] / values.sum(), atol=1e-6)
    for axis in range(2):
        along = centred @ vectors[:, -1 - axis]
        assert min(abs(view.points[:, axis] - along).max(), abs(view.points[:, axis] + along).max()) < 1e-5


def test_an_embedding_of_one_channel_has_one_direction() -> None:
    view = embedding(GPT2Mini(ModelConfig(vocab_size=3, n_layer=1, n_head=1, n_embd=1, block_size=4)))
    assert view.explained.tolist() == [1.0, 0.0]
    assert view.points[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_positions_are_compared_by_their_cosine(model: GPT2Mini) -> None:
    view = position(model)
    rows = model.pos_emb.weight.detach().double().numpy()
    expected = [[a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) for b in rows] for a in rows]
    np.testing.assert_allclose(view.cosine, expected, atol=1e-9)
    assert view.positions.tolist() == list(range(12))


def test_of_a_long_block_some_positions_are_compared() -> None:
    view = position(GPT2Mini(ModelConfig(vocab_size=3, n_layer=1, n_head=1, n_embd=2, block_size=3000)))
    assert view.cosine.shape == (512, 512)
    assert (view.positions[0], view.positions[-1]) == (0, 2999)
    assert (np.diff(view.positions) > 0).all()


@pytest.mark.parametrize("name", VIEWS)
def test_looking_changes_nothing_and_can_be_done_again(name: str, model: GPT2Mini) -> None:
    before = copy.deepcopy(model.state_dict())
    noise = torch.random.get_rng_state()
    first, again = (examine(model, IDS, name, layer=1) for _ in range(2))
    assert json.dumps(first.to_plain()) == json.dumps(again.to_plain())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert torch.equal(torch.random.get_rng_state(), noise)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert type(first) is VIEWS[name]
    assert first.equation
    assert first.shapes


@pytest.mark.parametrize("name", VIEWS)
def test_one_token_is_text_enough(name: str, model: GPT2Mini) -> None:
    assert examine(model, [5], name).to_plain()["equation"]


def test_the_equation_says_which_switches_are_on(model: GPT2Mini) -> None:
    assert attention(model, IDS).equation == "A = softmax(Q Kᵀ / √D + mask)"
    bare = Ablations(causal_mask=False, attention_scale=False)
    assert attention(model, IDS, on=bare).equation == "A = softmax(Q Kᵀ)"
    assert lens(model, IDS, on=Ablations(ln_style="none")).equation == "p = softmax(W x)"
    assert residual(model, IDS).equation == "x ← x + attn(ln(x)), then x ← x + mlp(ln(x))"
    post = Ablations(ln_style="post", residual=False, mlp=False)
    assert residual(model, IDS, on=post).equation == "x ← ln(attn(x))"


def test_what_is_not_there_is_refused_in_words(model: GPT2Mini) -> None:
    with pytest.raises(UsageError, match=r"there is no layer 3\. The layers are 0 to 2\."):
        attention(model, IDS, layer=3)
    with pytest.raises(UsageError, match="attention is switched off in this model"):
        attention(model, IDS, on=Ablations(attention=False))
    with pytest.raises(UsageError, match="there is no view 'soul'"):
        examine(model, IDS, "soul")


@pytest.mark.parametrize("name", VIEWS)
def test_numbers_that_are_not_finite_are_named(name: str) -> None:
    model = GPT2Mini(SMALL)
    with torch.no_grad():
        model.tok_emb.weight.fill_(math.inf)
        model.pos_emb.weight.fill_(math.nan)
    with pytest.raises(DivergedError, match="not finite"):
        examine(model, IDS, name)


def test_a_view_says_what_is_in_it(model: GPT2Mini) -> None:
    view = attention(model, IDS, layer=2)
    assert view.shapes == "Q, K (2, 11, 12), A (2, 11, 11)"
    plain = view.to_plain()
    assert plain["layer"] == 2
    assert np.array(plain["weights"]).shape == (2, 11, 11)
    assert {"equation", "shapes", "weights", "entropy", "previous", "induction", "layer"} == set(plain)
    assert isinstance(view, AttentionView)
