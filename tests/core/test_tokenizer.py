"""Text becomes numbers and comes back unchanged, whatever the text."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.errors import DataError, UsageError
from gpt2mini.tokenizer import CharTokenizer, Tokenizer, describe, tokenizer_from_plain

texts = st.text(min_size=1)  # any Unicode but surrogates


@given(texts)
def test_any_text_survives_the_round_trip(text: str) -> None:
    tokenizer = CharTokenizer.from_text(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode(tokenizer.characters).tolist() == list(range(tokenizer.vocab_size))


@given(texts)
def test_characters_ascend_and_ids_are_their_places(text: str) -> None:
    tokenizer = CharTokenizer.from_text(text)
    assert tokenizer.characters == "".join(sorted(set(text)))
    assert tokenizer.encode(text).tolist() == [tokenizer.characters.index(character) for character in text]


@given(texts)
def test_a_tokenizer_survives_json(text: str) -> None:
    tokenizer = CharTokenizer.from_text(text)
    assert tokenizer_from_plain(json.loads(json.dumps(tokenizer.to_plain()))) == tokenizer


@given(texts, st.text(st.characters(codec=None)))
def test_any_prompt_can_be_encoded(text: str, prompt: str) -> None:
    tokenizer = CharTokenizer.from_text(text)
    ids, replaced = tokenizer.encode_known(prompt)
    strange = {character for character in prompt if character not in text}
    assert bool(replaced) == bool(strange)
    assert len(ids) in (len(prompt), sum(character in text for character in prompt))
    "".join(replaced).encode()  # raises for half of a surrogate pair
    tokenizer.decode(ids)


def test_unknown_characters_are_named() -> None:
    tokenizer = CharTokenizer.from_text("abc")
    assert tokenizer.unknown("cab\x07ßa") == ["\x07", "ß"]
    with pytest.raises(DataError, match=r"U\+0007, 'ß' \(U\+00DF\)"):
        tokenizer.encode("cab\x07ßa")


def test_a_character_beyond_the_largest_known_one_is_unknown() -> None:
    tokenizer = CharTokenizer.from_text("a")
    for character in ("b", "\U0010ffff"):
        with pytest.raises(DataError):
            tokenizer.encode(character)


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("ab?\n \N{REPLACEMENT CHARACTER}", "a\N{REPLACEMENT CHARACTER}b"),
        ("ab?\n ", "a?b"),
        ("ab\n ", "a b"),
        ("ab\n", "a\nb"),
        ("ab", "ab"),
    ],
)
def test_a_placeholder_stands_for_what_is_not_known(known: str, written: str) -> None:
    tokenizer = CharTokenizer.from_text(known)
    ids, replaced = tokenizer.encode_known("aßb")
    assert tokenizer.decode(ids) == written
    assert replaced == ("ß",)


def test_a_surrogate_in_a_prompt_is_shown_as_something_printable() -> None:
    ids, replaced = CharTokenizer.from_text("a?").encode_known("a\udcff")
    assert CharTokenizer.from_text("a?").decode(ids) == "a?"
    assert replaced == ("\N{REPLACEMENT CHARACTER}",)


def test_ids_are_as_small_as_the_vocabulary_allows() -> None:
    small, large = CharTokenizer.from_text("ab"), CharTokenizer("".join(map(chr, range(0x10000, 0x20001))))
    assert (small.encode("ab").dtype, large.encode("\U00010000").dtype) == (np.dtype("<u2"), np.dtype("<u4"))
    assert large.decode(large.encode(large.characters)) == large.characters


def test_all_of_unicode_is_a_vocabulary() -> None:
    everything = "".join(chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    tokenizer: Tokenizer = CharTokenizer(everything)
    assert tokenizer.decode(tokenizer.encode(everything[::-1])) == everything[::-1]


@pytest.mark.parametrize("ids", [[3], [-1], [0, 1, 2**40]])
def test_an_id_outside_the_vocabulary_raises(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="0 to 2"):
        CharTokenizer.from_text("abc").decode(ids)


def test_nothing_encodes_to_nothing() -> None:
    tokenizer = CharTokenizer.from_text("abc")
    assert tokenizer.encode("").tolist() == []
    assert tokenizer.decode([]) == ""
    assert tokenizer.encode_known("")[1] == ()


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"kind": "bpe"},
        {"kind": ["char"], "characters": "ab"},
        {"kind": "char"},
        {"kind": "char", "characters": ["a"]},
        {"kind": "char", "characters": ""},
        {"kind": "char", "characters": "aa"},
        {"kind": "char", "characters": "ba"},
        {"kind": "char", "characters": "a\ud800"},
        {"kind": "char", "characters": "ab", "more": 1},
        {"kind": "char", "characters": "a" * 1_114_113},
    ],
)
def test_a_foreign_tokenizer_is_refused(plain: Any) -> None:
    with pytest.raises(UsageError):
        tokenizer_from_plain(plain)


def test_a_long_list_of_characters_is_cut() -> None:
    assert describe("abcdefghijk").endswith("'h' (U+0068) and 3 more")
