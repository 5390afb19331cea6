"""The cached decoder is the model, and the filters are what the papers say."""

import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.ablations import Ablations
from gpt2mini.config import ModelConfig
from gpt2mini.decode import Decoder
from gpt2mini.errors import DivergedError, UsageError
from gpt2mini.model import GPT2Mini
from gpt2mini.sampling import Sampling, encode_prompt, generate, generate_each, probabilities, score
from gpt2mini.tokenizer import CharTokenizer

ALPHABET = CharTokenizer.from_text("abcdefghij\n")
CONFIG = ModelConfig(vocab_size=11, n_layer=2, n_head=2, n_embd=16, block_size=10)
SWITCHINGS = [
    Ablations(),
    Ablations(residual=False),
    Ablations(attention=False),
    Ablations(mlp=False),
    Ablations(ln_style="post"),
    Ablations(ln_style="none"),
    Ablations(position_embedding=False),
    Ablations(causal_mask=False),
    Ablations(attention_scale=False),
    Ablations(activation="relu"),
    Ablations(activation="gelu_tanh"),
    Ablations(activation="identity"),
]


def loud_model(*, tied: bool = True) -> GPT2Mini:
    config = ModelConfig(vocab_size=11, n_layer=2, n_head=2, n_embd=16, block_size=10, tied_embeddings=tied)
    model = GPT2Mini(config, seed=4)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
    return model


@pytest.mark.parametrize("on", SWITCHINGS, ids=lambda on: str(on.changed()))
def test_the_cached_decoder_equals_the_uncached_forward_under_every_switch(on: Ablations) -> None:
    model = loud_model()
    ids = [1, 5, 3, 9, 0, 2, 2, 7, 10, 4]
    decoder = Decoder(model, on=on)
    seen = ids[:3]
    logits = decoder.read(seen)
    for token in [*ids[3:], None]:
        expected = model(torch.tensor([seen]), on)[0, -1].detach().numpy()
        np.testing.assert_allclose(logits, expected, atol=2e-5)
        if token is not None:
            seen = [*seen, token]
            logits = decoder.read([token])


def test_decoders_over_the_same_weights_read_for_themselves() -> None:
    model = loud_model()
    first = Decoder(model)
    alone = Decoder(model).read([1, 5, 3])
    first.read([7, 7])
    second = first.fresh()
    np.testing.assert_array_equal(second.read([1, 5, 3]), alone)
    first.read([2])
    assert (first.ids, second.ids) == ([7, 7, 2], [1, 5, 3])
    assert second._weights is first._weights


@pytest.mark.parametrize("on", SWITCHINGS, ids=lambda on: str(on.changed()))
def test_several_texts_at_once_are_the_ones_that_each_would_be_alone(on: Ablations) -> None:
    weights = Decoder(loud_model(), on=on)
    prompts = [[1], [2, 9, 4, 4, 0, 3, 8], [5, 5], [1]]
    how = Sampling(tokens=25, seed=3, top_k=5, stop="ab")
    together = generate_each(weights, ALPHABET, prompts, how)
    for number, (ids, tokens) in enumerate(zip(prompts, together, strict=True)):
        alone = list(generate(weights, ALPHABET, ids, replace(how, seed=how.seed + number)))
        assert [token.id for token in tokens] == [token.id for token in alone]
        assert [token.entropy for token in tokens] == pytest.approx([token.entropy for token in alone], abs=1e-4)
    assert generate_each(weights, ALPHABET, [], how) == []


def test_a_model_is_copied_before_it_writes_and_a_decoder_stands_for_a_copy() -> None:
    model = loud_model()
    how = Sampling(tokens=8, seed=3)
    expected = [token.id for token in generate(model, ALPHABET, [1, 2], how)]
    assert [token.id for token in generate(Decoder(model), ALPHABET, [1, 2], how)] == expected
    written = generate(model, ALPHABET, [1, 2], how)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert [token.id for token in written] == expected


@pytest.mark.parametrize("tied", [True, False])
def test_a_strict_decoder_slides_its_window_as_the_forward_pass_would(tied: bool) -> None:
    model = loud_model(tied=tied)
    ids = [int(i) for i in torch.randint(11, (25,), generator=torch.Generator().manual_seed(1))]
    decoder = Decoder(model, strict=True)
    for end in range(1, 26):
        logits = decoder.read([ids[end - 1]])
        expected = model(torch.tensor([ids[max(0, end - 10) : end]]))[0, -1].detach().numpy()
        np.testing.assert_allclose(logits, expected, atol=2e-5)


def test_a_full_window_is_read_again_from_its_later_half() -> None:
    model = loud_model()
    ids = [int(i) for i in torch.randint(11, (14,), generator=torch.Generator().manual_seed(2))]
    decoder = Decoder(model)
    for token in ids[:10]:
        decoder.read([token])
    logits = decoder.read([ids[10]])
    assert decoder.ids == ids[6:11]
    expected = model(torch.tensor([ids[6:11]]))[0, -1].detach().numpy()
    np.testing.assert_allclose(logits, expected, atol=2e-5)


def test_a_prompt_longer_than_the_block_keeps_its_end() -> None:
    decoder = Decoder(loud_model())
    decoder.read(list(range(10)) * 3)
    assert decoder.ids == list(range(10))
    with pytest.raises(ValueError, match="nothing to read"):
        decoder.read([])


def test_the_same_seed_writes_the_same_text_and_another_does_not() -> None:
    model = loud_model()
    first, again, other = (
        "".join(token.text for token in generate(model, ALPHABET, [0], Sampling(tokens=40, seed=seed, top_k=0)))
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert len(first) == 40


def test_temperature_zero_takes_the_likeliest_token() -> None:
    tokens = list(generate(loud_model(), ALPHABET, [0], Sampling(tokens=20, temperature=0.0)))
    assert {token.rank for token in tokens} == {0}


def test_what_a_token_says_of_itself_is_what_the_model_said() -> None:
    model = loud_model()
    ids = [3]
    for token in generate(model, ALPHABET, ids, Sampling(tokens=6, temperature=2.0, top_k=0)):
        shares = torch.softmax(model(torch.tensor([ids]))[0, -1].double(), dim=0)
        assert token.probability == pytest.approx(shares[token.id].item(), abs=1e-6)
        assert token.rank == int((shares > shares[token.id]).sum())
        assert token.entropy == pytest.approx(-(shares * shares.log()).sum().item(), abs=1e-5)
        ids = [*ids, token.id]


@pytest.mark.parametrize("at", [1, 7, 8])
def test_going_on_draws_what_not_stopping_would_have_drawn(at: int) -> None:
    model = loud_model()
    whole = list(generate(model, ALPHABET, [0], Sampling(tokens=9, temperature=3.0, top_k=0)))
    begun = [0, *(token.id for token in whole[:at])]
    more = Sampling(tokens=9 - at, temperature=3.0, top_k=0)
    rest = list(generate(model, ALPHABET, begun, more, drawn=at))
    assert [token.id for token in rest] == [token.id for token in whole[at:]]


def test_the_score_of_a_text_is_its_cross_entropy() -> None:
    model = loud_model()
    ids = [1, 5, 3, 9, 0, 2, 2, 7, 10, 4]
    expected = torch.nn.functional.cross_entropy(model(torch.tensor([ids]))[0, :-1], torch.tensor(ids[1:]))
    scored = list(score(model, ALPHABET, ids))
    assert sum(-math.log(token.probability) for token in scored) == pytest.approx(9 * expected.item(), abs=1e-4)
    assert [token.id for token in scored] == ids[1:]
    assert [token.seen for token in scored] == list(range(1, 10))
    later = [token.probability for token in score(model, ALPHABET, ids, start=6)]
    assert later == pytest.approx([token.probability for token in scored[5:]], abs=1e-6)


def test_a_model_scores_what_it_wrote_as_it_wrote_it() -> None:
    model = loud_model()
    written = list(generate(model, ALPHABET, [3, 1], Sampling(tokens=40, temperature=2.0, top_k=0)))
    scored = list(score(model, ALPHABET, [3, 1, *(token.id for token in written)], start=2))
    assert [(token.id, token.rank, token.seen) for token in scored] == [
        (token.id, token.rank, token.seen) for token in written
    ]
    assert [token.probability for token in scored] == pytest.approx([token.probability for token in written])
    with pytest.raises(ValueError, match="nothing to read"):
        list(score(model, ALPHABET, [1, 2], start=0))


def test_writing_streams_and_can_be_left_at_any_token() -> None:
    endless = generate(loud_model(), ALPHABET, [0], Sampling(tokens=10**7))
    assert len(list(islice(endless, 5))) == 5


@pytest.mark.parametrize("stop", ["a", "bc", "\n", "jjj"])
def test_the_stop_string_ends_the_text_and_is_not_in_it(stop: str) -> None:
    how = Sampling(tokens=400, top_k=0, temperature=1.5)
    whole = "".join(token.text for token in generate(loud_model(), ALPHABET, [0], how))
    cut = Sampling(tokens=400, top_k=0, temperature=1.5, stop=stop)
    stopped = "".join(token.text for token in generate(loud_model(), ALPHABET, [0], cut))
    assert stopped == whole.split(stop)[0]


def test_a_model_whose_weights_are_not_finite_says_so_instead_of_writing() -> None:
    model = loud_model()
    with torch.no_grad():
        model.ln_f.weight.fill_(float("nan"))
    with pytest.raises(DivergedError, match="not finite"):
        list(generate(model, ALPHABET, [0], Sampling()))


logit_rows = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40)


@given(logit_rows, st.integers(0, 50), st.floats(0.0, 1.0), st.sampled_from([0.0, 0.1, 1.0, 3.0]))
def test_filters_give_a_distribution_over_the_likeliest_tokens(
    row: list[float], top_k: int, top_p: float, temperature: float
) -> None:
    logits = np.array(row, dtype=np.float32)
    shares = probabilities(logits, Sampling(top_k=top_k, top_p=top_p, temperature=temperature))
    kept = shares > 0
    assert shares.sum() == pytest.approx(1.0)
    assert 1 <= kept.sum() <= (top_k or len(row))
    assert logits[kept].min() >= logits[~kept].max(initial=-np.inf) - 1e-5  # closer than that, shares tie


@pytest.mark.parametrize("temperature", [0.25, 1.0, 2.0])
def test_a_temperature_divides_the_logits(temperature: float) -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    raised = shares ** (1 / temperature)
    found = probabilities(np.log(shares).astype(np.float32), Sampling(temperature=temperature, top_k=0))
    np.testing.assert_allclose(found, raised / raised.sum(), atol=1e-6)


@given(st.permutations(range(12)), st.integers(1, 15))
def test_top_k_keeps_the_k_likeliest(order: list[int], top_k: int) -> None:
    kept = probabilities(np.array(order, dtype=np.float32), Sampling(temperature=1.0, top_k=top_k)) > 0
    assert {order[token] for token in np.flatnonzero(kept)} == set(range(max(0, 12 - top_k), 12))


def test_top_p_keeps_the_smallest_set_that_reaches_its_share() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))
    plain = Sampling(temperature=1.0, top_k=0)
    np.testing.assert_allclose(probabilities(logits, plain), [0.5, 0.3, 0.15, 0.05], atol=1e-6)
    nucleus = probabilities(logits, Sampling(temperature=1.0, top_k=0, top_p=0.7))
    np.testing.assert_allclose(nucleus, [0.625, 0.375, 0, 0], atol=1e-6)
    np.testing.assert_allclose(probabilities(logits, Sampling(temperature=1.0, top_p=0.0)), [1, 0, 0, 0])


@pytest.mark.parametrize("wrong", [{"temperature": -1.0}, {"top_k": -1}, {"top_p": 1.5}, {"tokens": 0}])
def test_impossible_settings_are_refused_with_the_flag(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"--{next(iter(wrong)).replace('_', '-')}"):
        Sampling(**wrong)  # type: ignore[arg-type]  # that is the point


def test_prompts_of_any_kind_become_ids() -> None:
    assert encode_prompt("", ALPHABET, 10).ids == [0]
    strange = encode_prompt("aXb", ALPHABET, 10)
    assert strange.unknown == ("X",)
    assert ALPHABET.decode(strange.ids) == "a\nb"
    long = encode_prompt("abc" * 10, ALPHABET, 10)
    assert (len(long.ids), long.cropped) == (10, 20)
