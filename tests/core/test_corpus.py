"""The same text gives the same arrays, on any machine and at any time, and never has to fit into memory."""

import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpt2mini import ngrams
from gpt2mini.corpus import corpus_of, prepare, reopen
from gpt2mini.paths import Home
from gpt2mini.texts import text_of
from samples import LONG, whole, written


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_the_last_tenth_is_held_back(tmp_path: Path, home: Home) -> None:
    corpus = prepare(written(tmp_path / "rhyme.txt", LONG), home)
    assert (corpus.name, corpus.source) == ("rhyme", str(tmp_path / "rhyme.txt"))
    assert whole(corpus) == LONG
    assert len(corpus.val) == len(LONG) // 10
    assert corpus.statistics.characters == len(LONG) == corpus.statistics.utf8_bytes
    assert corpus.statistics.distinct == corpus.tokenizer.vocab_size == len(set(LONG))
    assert list(corpus.references) == ["uniform", "1-gram", "2-gram", "3-gram", "4-gram"]
    assert corpus.notices == ()


def test_a_short_text_holds_nothing_back_and_says_so(tmp_path: Path, home: Home) -> None:
    corpus = prepare(written(tmp_path / "short.txt", "x" * 998 + "y"), home)
    assert (len(corpus.train), len(corpus.val)) == (999, 0)
    assert list(corpus.references) == ["uniform", "1-gram"]
    assert any("validation is off" in notice for notice in corpus.notices)
    assert len(prepare(written(tmp_path / "enough.txt", "x" * 999 + "y"), home).val) == 100


def test_tokens_cannot_be_changed(tmp_path: Path, home: Home) -> None:
    for corpus in (prepare(written(tmp_path / "rhyme.txt", LONG), home), corpus_of(LONG)):
        with pytest.raises(ValueError, match="read-only"):
            corpus.train[0] = 1


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=2, max_size=200).filter(lambda text: not text.startswith("\ufeff")))
def test_any_unicode_comes_back_with_its_line_ends_made_equal(text: str) -> None:
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(normal) >= 2:
        assert whole(corpus_of(text)) == normal


@settings(max_examples=20, deadline=None)
@given(st.text(st.sampled_from("ab\r\n日"), min_size=4, max_size=60), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_mark_and_the_line_ends_of_any_system_change_nothing(text: str, end: str) -> None:
    text = text.replace("\r", "") + "ab"
    with tempfile.TemporaryDirectory() as folder:
        plain = prepare(written(Path(folder, "a.txt"), text), Home(Path(folder, "home")))
        marked = b"\xef\xbb\xbf" + text.replace("\n", end).encode()
        other = prepare(written(Path(folder, "b.txt"), marked), Home(Path(folder, "home")))
    assert plain.fingerprint == other.fingerprint
    assert whole(other) == text


def test_chunks_may_fall_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeffa\r\nb\rc\n\r\n日本🎈\r"
    for size in range(1, 12):
        monkeypatch.setattr("gpt2mini.texts.CHUNK", size)
        assert whole(corpus_of(text)) == "a\nb\nc\n\n日本🎈\n"


def test_control_characters_are_text(tmp_path: Path, home: Home) -> None:
    assert whole(prepare(written(tmp_path / "a.txt", "a\0b\x1b[31m\x07\x9b"), home)) == "a\0b\x1b[31m\x07\x9b"


def test_one_letter_over_and_over_is_a_text(home: Home, tmp_path: Path) -> None:
    corpus = prepare(written(tmp_path / "a.txt", "a" * 5000), home)
    assert corpus.tokenizer.vocab_size == 1
    assert set(corpus.references.values()) == {0.0}


def test_a_large_vocabulary_is_noticed_with_its_cost() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 5001)))
    assert any("5,001 characters" in notice and "%" in notice for notice in corpus_of(text).notices)
    assert not any("vocabulary" in notice for notice in corpus_of(text[:5000]).notices)


def test_all_ways_give_the_same_bits(tmp_path: Path, home: Home) -> None:
    kept = prepare(written(tmp_path / "rhyme.txt", LONG), home)
    again = prepare(str(tmp_path / "rhyme.txt"), home)
    elsewhere = prepare(str(tmp_path / "rhyme.txt"), Home(tmp_path / "other"))
    reopened = reopen(kept.fingerprint, home)
    for other in (again, elsewhere, reopened, corpus_of(LONG)):
        assert other.fingerprint == kept.fingerprint
        assert other.train.tobytes() == kept.train.tobytes()
        assert other.val.tobytes() == kept.val.tobytes()
        assert other.references == kept.references
        assert other.tokenizer == kept.tokenizer


def test_the_format_of_the_first_version_holds(tmp_path: Path, home: Home) -> None:
    """Runs record this fingerprint: it may never change."""
    corpus = prepare(written(tmp_path / "ab.txt", "abba"), home)
    assert corpus.fingerprint == "c1a16247815078f75ead7bf20b4926809c57f3d0318d9a908eccf09a96b2a16d"
    assert (home.prepared / corpus.fingerprint / "tokens.bin").read_bytes() == b"\0\0\1\0\1\0\0\0"


def test_one_endless_line_is_read_in_chunks() -> None:
    text = text_of("日本語 " * 4_000_000)  # 40 MB
    tracemalloc.start()
    try:
        length = sum(len(chunk) for chunk, _ in text.chunks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length == 16_000_000
    assert peak < 8_000_000


def test_preparing_takes_no_more_for_a_longer_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams, "COUNTED", 100_000)
    peaks = []
    for size in (4_000_000, 16_000_000):
        source = written(tmp_path / f"{size}.txt", b"abcdefgh" * (size // 8))
        tracemalloc.start()
        try:
            prepare(source, Home(tmp_path / "home"))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
