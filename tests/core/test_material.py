"""The texts that cards make of a text: always the same, and files like any other."""

from pathlib import Path

import pytest

from gpt2mini.corpus import prepare
from gpt2mini.experiments.material import Piece, text_for
from gpt2mini.paths import Home

TEXT = "The quick brown fox jumps over the lazy dog. " * 60
BEGINNING = Piece(characters=240)


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


def test_a_card_with_a_text_of_its_own_is_played_on_that(source: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert text_for(Piece(text="copy"), source, home) == "copy"
    path = Path(text_for(Piece(text="copy", characters=100), source, home))
    assert (path.name, len(path.read_text("utf-8"))) == ("copy-beginning.txt", 100)


def test_a_text_that_is_shorter_is_a_piece_of_itself(source: str, tmp_path: Path) -> None:
    path = text_for(Piece(characters=10**6), source, Home(tmp_path / "home"))
    assert Path(path).read_text("utf-8") == TEXT
