"""A byte-pair tokenizer knows every text, gives it back unchanged, and believes nothing of a file."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byte_pairs import ENGLISH
from gpt2mini.bpe import END_OF_TEXT, BpeTokenizer
from gpt2mini.config import ModelConfig, Sampling
from gpt2mini.corpus import prepare
from gpt2mini.errors import DataError, UsageError
from gpt2mini.model import GPT2Mini
from gpt2mini.paths import Home
from gpt2mini.sampling import generate, spell
from gpt2mini.tokenizer import CharTokenizer, Tokenizer, tokenizer_from_plain
from samples import LONG, written


@given(st.text())
def test_any_text_survives_the_round_trip(text: str) -> None:
    assert ENGLISH.decode(ENGLISH.encode(text)) == text
    assert ENGLISH.unknown(text) == []


def test_pairs_merge() -> None:
    assert [ENGLISH.decode([number]) for number in ENGLISH.encode("the cat")] == ["the", " c", "at"]
    assert len(ENGLISH.encode(END_OF_TEXT)) == 1
    assert ENGLISH.id_of(END_OF_TEXT) == ENGLISH.encode(END_OF_TEXT)[0]
    assert ENGLISH.id_of("catalogue") is None


def test_the_end_of_a_text_is_shown_where_it_stands() -> None:
    ids = ENGLISH.encode(f"the{END_OF_TEXT}cat")
    assert list(ids).count(ENGLISH.id_of(END_OF_TEXT)) == 1
    assert ENGLISH.decode(ids) == f"the{END_OF_TEXT}cat"


def test_half_a_pair_of_surrogates_can_be_asked_about() -> None:
    ids, replaced = ENGLISH.encode_known("a\ud800")
    assert replaced == ("\N{REPLACEMENT CHARACTER}",)
    assert ENGLISH.decode(ids) == "a\N{REPLACEMENT CHARACTER}"


def test_an_id_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="ids run from 0"):
        ENGLISH.decode([ENGLISH.vocab_size])


def test_it_survives_json() -> None:
    again = tokenizer_from_plain(json.loads(json.dumps(ENGLISH.to_plain())))
    assert again == ENGLISH
    padded = BpeTokenizer.from_json(ENGLISH.definition, vocab_size=400)
    assert tokenizer_from_plain(padded.to_plain()) == padded
    assert padded.decode([399]) == ""


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    plain = json.loads(ENGLISH.definition)
    change(plain)
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda plain: plain["model"]["vocab"].pop("a"), "every byte"),
        (lambda plain: plain["model"]["vocab"].update(b=0), "one id"),
        (lambda plain: plain["model"]["vocab"].update(zz=2**40), "out of range"),
        (lambda plain: plain["model"]["vocab"].update(zz="3"), "not a number"),
        (lambda plain: plain["model"]["merges"].append(["the", "cat"]), "lacks a piece"),
        (lambda plain: plain["model"]["merges"].append("the"), "not a pair"),
        (lambda plain: plain["model"].update(type="Unigram"), "Unigram"),
        (lambda plain: plain["model"].update(byte_fallback=True), "byte_fallback"),
        (lambda plain: plain.update(normalizer={"type": "Lowercase"}), "changes the text"),
        (lambda plain: plain.update(pre_tokenizer={"type": "Split"}), "cuts the text"),
        (lambda plain: plain.update(pre_tokenizer=None), "cuts the text"),
        (lambda plain: plain.update(added_tokens=[{"id": 1}]), "added token"),
        (lambda plain: plain.update(added_tokens=[{"id": 9, "content": "a"}]), "two ids"),
        (lambda plain: plain.pop("model"), "no vocabulary"),
    ],
)
def test_another_tokenizer_is_refused(change: Callable[[dict[str, Any]], object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        BpeTokenizer.from_json(changed(change))


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_what_is_no_tokenizer_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        BpeTokenizer.from_json(text)


def test_a_model_smaller_than_its_tokenizer_is_refused() -> None:
    with pytest.raises(UsageError, match="only 100"):
        BpeTokenizer.from_json(ENGLISH.definition, vocab_size=100)


def test_pieces_and_merges_in_two_files_make_the_same_tokenizer() -> None:
    model = json.loads(ENGLISH.definition)["model"]
    lines = [" ".join(pair) for pair in model["merges"]]
    added = {END_OF_TEXT: model["vocab"][END_OF_TEXT]}
    assert BpeTokenizer.from_vocabulary(model["vocab"], lines, added=added) == ENGLISH


def test_a_character_of_several_tokens_is_shown_once_it_is_whole() -> None:
    model = GPT2Mini(ModelConfig(vocab_size=ENGLISH.vocab_size, n_layer=1, n_head=1, n_embd=8, block_size=16))
    how = Sampling(tokens=200, temperature=1.0, top_k=0, seed=3)
    tokens = list(generate(model, ENGLISH, [5], how))
    assert any(token.text == "" for token in tokens)
    assert len(tokens) == 200
    seen = "".join(token.text for token in tokens)
    whole = ENGLISH.decode([token.id for token in tokens])
    assert [one for one in seen if one.isascii()] == [one for one in whole if one.isascii()]


def test_a_text_can_be_prepared_in_the_tokens_of_a_model(tmp_path: Any) -> None:
    home = Home(tmp_path)
    source = written(tmp_path / "rhyme.txt", LONG)
    characters, pairs = prepare(source, home), prepare(source, home, ENGLISH)
    assert pairs.fingerprint != characters.fingerprint
    assert pairs.tokenizer == ENGLISH
    assert ENGLISH.decode([*pairs.train, *pairs.val]) == LONG
    assert len(pairs.train) < len(characters.train)
    again = prepare(source, home, ENGLISH)
    assert again.fingerprint == pairs.fingerprint
    assert again.references == pairs.references


@pytest.mark.parametrize("wider", [CharTokenizer.from_text(LONG), CharTokenizer.from_text(LONG + "€ß")])
def test_a_text_can_be_prepared_with_more_characters_than_it_has(wider: Tokenizer, tmp_path: Any) -> None:
    home = Home(tmp_path)
    source = written(tmp_path / "rhyme.txt", LONG)
    corpus = prepare(source, home, wider)
    assert corpus.tokenizer == wider
    assert (corpus.fingerprint == prepare(source, home).fingerprint) == (wider == CharTokenizer.from_text(LONG))


def test_characters_that_a_model_has_never_seen_are_named(tmp_path: Any) -> None:
    source = written(tmp_path / "rhyme.txt", LONG + "€")
    with pytest.raises(DataError, match=r"never seen.*€"):
        prepare(source, Home(tmp_path), CharTokenizer.from_text(LONG))


@given(st.text(max_size=20))
def test_the_texts_of_tokens_spell_the_whole_text(text: str) -> None:
    ids = [int(one) for one in ENGLISH.encode_known(text)[0]]
    pieces = list(spell(ids, ENGLISH))
    assert len(pieces) == len(ids)
    assert "".join(pieces) == ENGLISH.decode(ids)
