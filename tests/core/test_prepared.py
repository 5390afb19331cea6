"""What is kept on the disk is whole, or is made again, whoever else is at it."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path

import pytest

from gpt2mini.corpus import Corpus, list_corpora, prepare, reopen
from gpt2mini.errors import DataError
from gpt2mini.paths import Home
from samples import LONG, whole, written


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def prepare_and_tell(source: str, home: Home) -> tuple[str, bytes, tuple[str, ...]]:
    corpus = prepare(source, home)
    return corpus.fingerprint, corpus.train.tobytes(), corpus.notices


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_editing_the_source_changes_nothing_prepared(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "rhyme.txt", LONG)
    corpus = prepare(source, home)
    written(tmp_path / "rhyme.txt", "gone")
    assert whole(corpus) == LONG
    assert whole(reopen(corpus.fingerprint, home)) == LONG
    assert prepare(source, home).fingerprint != corpus.fingerprint


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize("edited", [LONG[:-1], LONG + "or", LONG.replace("boy", "Bär"), LONG.swapcase()])
def test_a_text_that_changes_while_it_is_read_is_refused(tmp_path: Path, edited: str, writable: bool) -> None:
    source, home = written(tmp_path / "rhyme.txt", LONG), Home(tmp_path / "home")
    if not writable:
        written(tmp_path / "home", "a file stands where the home should be")
    heard: list[float] = []

    def edit(share: float) -> None:
        heard.append(share)
        if len(heard) == 2:  # the only chunk, then the end of the first pass
            written(tmp_path / "rhyme.txt", edited)

    with pytest.raises(DataError, match="changed while it was read"):
        prepare(source, home, progress=edit)
    assert not writable or list(home.prepared.iterdir()) == []


def test_progress_rises_to_one(tmp_path: Path, home: Home) -> None:
    seen: list[float] = []
    prepare(written(tmp_path / "rhyme.txt", LONG), home, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_stopping_leaves_nothing_behind(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpt2mini.texts.CHUNK", 100)
    source = written(tmp_path / "rhyme.txt", LONG)
    for wanted in range(0, 50, 10):  # one pass asks 28 times
        asked = chain(repeat(False, wanted), [True])
        with pytest.raises(InterruptedError):
            prepare(source, home, stop=partial(next, asked))
        assert not home.prepared.exists() or list(home.prepared.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "corpus.json").unlink(),
        lambda folder: (folder / "corpus.json").write_text("{"),
        lambda folder: (folder / "corpus.json").write_text("[]"),
        lambda folder: edit_json(folder / "corpus.json", references={"1-gram": None}),
        lambda folder: edit_json(folder / "corpus.json", tokens=-1),
        lambda folder: edit_json(folder / "corpus.json", tokens=100),
        lambda folder: edit_json(folder / "corpus.json", tokenizer={"kind": "char", "characters": "ab"}),
        lambda folder: edit_json(folder / "corpus.json", statistics=None),
        lambda folder: edit_json(folder / "corpus.json", fingerprint="0" * 64),
        lambda folder: (folder / "tokens.bin").unlink(),
        lambda folder: os.truncate(folder / "tokens.bin", 100),
        lambda folder: flip(folder / "tokens.bin", 1000),
    ],
)
def test_what_is_damaged_is_made_again(tmp_path: Path, home: Home, damage: Callable[[Path], object]) -> None:
    source = written(tmp_path / "rhyme.txt", LONG)
    folder = home.prepared / prepare(source, home).fingerprint
    damage(folder)
    list_corpora(home)
    assert whole(prepare(source, home)) == LONG
    assert whole(reopen(folder.name, home)) == LONG
    assert list(home.prepared.iterdir()) == [folder]


def test_a_home_that_cannot_be_written_to_is_said_and_survived(tmp_path: Path) -> None:
    written(tmp_path / "home", "a file stands where the home should be")
    corpus = prepare(written(tmp_path / "rhyme.txt", LONG), Home(tmp_path / "home"))
    assert whole(corpus) == LONG
    assert any("stays in memory" in notice for notice in corpus.notices)


def test_a_full_disk_is_said_and_survived(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "rhyme.txt", LONG * 4)
    resource = pytest.importorskip("resource", reason="only POSIX can limit the size of a file")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        corpus = prepare(source, home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert whole(corpus) == LONG * 4
    assert any("stays in memory" in notice for notice in corpus.notices)
    assert list(home.prepared.iterdir()) == []


def test_what_a_killed_process_left_behind_goes_away_after_a_day(tmp_path: Path, home: Home) -> None:
    old, young = home.prepared / ".abc-old", home.prepared / ".abc-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    prepare(written(tmp_path / "rhyme.txt", LONG), home)
    assert (old.exists(), young.exists()) == (False, True)


def test_whoever_comes_second_takes_what_the_first_made(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "rhyme.txt", LONG)
    others: list[Corpus] = []

    def race(share: float) -> None:
        if share > 0.5 and not others:
            others.append(prepare(source, home))

    corpus = prepare(source, home, progress=race)
    assert others[0].train.tobytes() == corpus.train.tobytes()
    assert corpus.notices == ()
    assert [entry.name for entry in home.prepared.iterdir()] == [corpus.fingerprint]


def test_processes_may_prepare_the_same_text_at_once(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "rhyme.txt", LONG * 20)
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(prepare_and_tell, [source] * 6, [home] * 6))
    assert len(set(made)) == 1
    assert [entry.name for entry in home.prepared.iterdir()] == [made[0][0]]


def test_a_second_time_does_not_encode(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "rhyme.txt", LONG)
    corpus = prepare(source, home)
    made = (home.prepared / corpus.fingerprint / "tokens.bin").stat().st_mtime_ns
    seen: list[float] = []
    prepare(source, home, progress=seen.append)
    assert not [share for share in seen if 0.45 < share < 1]
    assert (home.prepared / corpus.fingerprint / "tokens.bin").stat().st_mtime_ns == made
