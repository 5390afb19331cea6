"""The texts that cards make of a text: always the same, and files like any other."""

from pathlib import Path

import pytest

from gpt2mini.corpus import prepare
from gpt2mini.errors import DataError
from gpt2mini.experiments.material import Piece, made_of, text_for
from gpt2mini.paths import Home

TEXT = "The quick brown fox jumps over the lazy dog. " * 60
BEGINNING = Piece(kind="beginning", characters=240)
REPEATS = Piece(kind="repeats", characters=500, shortest=3, longest=7, stretch=32)


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "fox.txt"
    path.write_text(TEXT, "utf-8")
    return str(path)


def test_a_card_without_a_piece_is_played_on_the_text_itself(source: str, tmp_path: Path) -> None:
    assert text_for(None, source, Home(tmp_path)) == source


def test_a_piece_is_a_text_of_its_own_that_can_be_prepared(source: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    path = text_for(BEGINNING, source, home)
    corpus = prepare(path, home)
    assert corpus.name == "fox-beginning"
    assert corpus.tokenizer.decode(corpus.train.tolist()) == TEXT[:240]
    assert text_for(BEGINNING, source, home) == path


def test_repeats_come_again_and_the_same_text_gives_the_same() -> None:
    made = made_of(TEXT, REPEATS)
    assert made == made_of(TEXT, REPEATS)
    assert len(made) >= 500
    again = sum(any(made[at] == made[at - back] for back in range(3, 8)) for at in range(8, len(made)))
    assert again > 0.7 * len(made)
    assert made != made_of(TEXT.upper(), REPEATS)


def test_the_characters_of_repeats_are_those_of_the_text() -> None:
    assert set(made_of(TEXT, REPEATS)) <= set(TEXT) - {" "}


def test_a_text_of_too_few_characters_makes_no_repeats() -> None:
    with pytest.raises(DataError, match="too few"):
        made_of("ab" * 100, REPEATS)
