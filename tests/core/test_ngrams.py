"""The reference lines are what a dictionary and patience would give."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpt2mini import ngrams
from gpt2mini.ngrams import reference_lines

NAMES = ["1-gram", "2-gram", "3-gram", "4-gram"]


def patient_lines(train: list[int], val: list[int], vocab_size: int) -> dict[str, float]:
    """Return the same lines by counting in dictionaries, one n-gram after the other."""
    lines, held_p, val_p = {}, [1 / vocab_size] * (max(0, len(train) - 3) // 10), [1 / vocab_size] * (len(val) - 3)
    for n in range(1, 5):
        grams = [tuple(train[i - n + 1 : i + 1]) for i in range(3, len(train))]
        asked = [tuple(val[i - n + 1 : i + 1]) for i in range(3, len(val))]
        cut = len(grams) - len(grams) // 10
        held = list(zip(shares(grams[:cut], grams[cut:]), held_p, strict=True))
        weight = likeliest([(share, p) for share, p in held if share is not None])
        held_p = [mixed(share, p, weight) for share, p in held]
        val_p = [mixed(share, p, weight) for share, p in zip(shares(grams, asked), val_p, strict=True)]
        lines[f"{n}-gram"] = -sum(map(math.log, val_p)) / len(val_p)
    return lines


def shares(counted: list[tuple[int, ...]], asked: list[tuple[int, ...]]) -> list[float | None]:
    among, of = Counter(counted), Counter(gram[:-1] for gram in counted)
    return [among[gram] / of[gram[:-1]] if of[gram[:-1]] else None for gram in asked]


def mixed(share: float | None, lower: float, weight: float) -> float:
    return lower if share is None else weight * share + (1 - weight) * lower


def likeliest(seen: list[tuple[float, float]]) -> float:
    """Return where the derivative of the likelihood stops being positive, by halving."""
    low, high = 0.0, 1 - 1 / (2 + len(seen))
    for _ in range(24):
        middle = (low + high) / 2
        slope = math.fsum((share - p) / (middle * share + (1 - middle) * p) for share, p in seen)
        low, high = (middle, high) if slope > 1e-9 else (low, middle)
    return low


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 200), st.integers(4, 40), st.integers(0, 2**32))
def test_lines_equal_those_of_patient_counting(vocab_size: int, train_size: int, val_size: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    p = draw.dirichlet([0.5] * vocab_size)
    train, val = draw.choice(vocab_size, train_size, p=p), draw.choice(vocab_size, val_size, p=p)
    lines = reference_lines(train.astype(np.uint16), val.astype(np.uint16), vocab_size)
    expected = patient_lines(train.tolist(), val.tolist(), vocab_size)
    assert lines["uniform"] == pytest.approx(math.log(vocab_size), abs=1e-6)
    assert [lines[name] for name in NAMES] == pytest.approx([expected[name] for name in NAMES], abs=1e-5)


def test_the_language_reference_has_the_known_lines() -> None:
    """The figures of the ablation study this project began with, on the same text, from another n-gram model."""
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[name] for name in sorted(topics))
    points, ids = np.unique(np.array([ord(character) for character in text]), return_inverse=True)
    cut = len(ids) - len(ids) // 10
    lines = reference_lines(ids[:cut], ids[cut:], len(points))
    assert [lines[name] for name in NAMES] == pytest.approx([3.24, 2.32, 1.73, 1.47], abs=0.1)


def test_what_is_determined_by_the_last_token_costs_nothing_from_two_grams_on() -> None:
    ids = np.arange(20_000) % 10
    lines = reference_lines(ids[:18_000], ids[18_000:], 10)
    assert lines["1-gram"] == pytest.approx(math.log(10), abs=1e-3)
    assert lines["2-gram"] < 0.01
    assert lines["4-gram"] < 0.01


def test_longer_contexts_do_not_hurt_where_they_say_nothing() -> None:
    ids = np.random.default_rng(0).integers(0, 300, 20_000)
    lines = reference_lines(ids[:18_000], ids[18_000:], 300)
    assert [lines[name] for name in NAMES] == pytest.approx([lines["1-gram"]] * 4, abs=0.02)


def test_each_order_helps_on_language() -> None:
    text = ("the cat sat on the mat, and the dog lay under the table near the door. " * 40)[:2500]
    ids = np.frombuffer(text.encode(), dtype=np.uint8)
    lines = reference_lines(ids[:2250], ids[2250:], 256)
    assert all(lower > higher for lower, higher in pairwise([lines["uniform"], *(lines[name] for name in NAMES)]))


@pytest.mark.parametrize("val_size", [0, 3])
def test_without_validation_there_is_only_the_entropy_of_the_text(val_size: int) -> None:
    lines = reference_lines(np.array([0, 0, 1, 1]), np.zeros(val_size, dtype=int), 4)
    assert lines == {"uniform": 1.386294, "1-gram": 0.693147}


def test_one_letter_costs_nothing() -> None:
    ids = np.zeros(100, dtype=np.uint16)
    assert set(reference_lines(ids, ids, 1).values()) == {0.0}
    assert str(reference_lines(ids, ids[:0], 1)["1-gram"]) == "0.0"


def test_an_order_that_does_not_fit_into_a_number_is_left_out() -> None:
    ids = np.arange(3000) % 60_000
    assert list(reference_lines(ids, ids[:300], 60_000)) == ["uniform", "1-gram", "2-gram", "3-gram"]
    assert list(reference_lines(ids, ids[:300], 55_108))[-1] == "4-gram"


def test_a_long_text_is_counted_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    ids = (draw.integers(0, 3, 60_000).cumsum() % 20).astype(np.uint16)
    whole = reference_lines(ids[:50_000], ids[50_000:], 20)
    monkeypatch.setattr(ngrams, "COUNTED", 16_000)
    monkeypatch.setattr(ngrams, "MEASURED", 4_000)
    pieces = reference_lines(ids[:50_000], ids[50_000:], 20)
    assert pieces != whole
    assert [pieces[name] for name in NAMES] == pytest.approx([whole[name] for name in NAMES], abs=0.03)
