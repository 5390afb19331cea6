"""Saved conversations come back with every branch, and what is no conversation is refused with a sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatting import open_model, text, texts, transcript, walk, write
from gpt2mini.errors import DataError, NotFoundError
from gpt2mini.paths import Home
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.screens.transcript_picker import TranscriptPicker
from gpt2mini_tui.talk.branches import Branches, Said
from gpt2mini_tui.talk.reopening import kept_in, reopen
from gpt2mini_tui.talk.transcripts import Record, save, to_json
from gpt2mini_tui.widgets.rows import Rows
from tiny_lab import copy_home, lab, tiny_home

token = st.builds(
    Said,
    id=st.integers(0, 2**31 - 1),
    text=st.text(max_size=3),
    by=st.sampled_from(["", "m step 1", "猫 step 2"]),
    bits=st.floats(0, 60) | st.just(float("nan")),
    rank=st.integers(-1, 90),
    entropy=st.floats(0, 9),
    seen=st.integers(0, 90),
)


@st.composite
def trees(draw: st.DrawFn) -> Branches:
    """A tree as it grows by going back and on."""
    tree = Branches(draw(st.lists(token, max_size=6)))
    for _ in range(draw(st.integers(0, 5))):
        tree.fork(draw(st.integers(0, max(0, len(tree)))))
        tree.add(*draw(st.lists(token, max_size=4)))
    return tree


@given(made=st.lists(trees(), min_size=1, max_size=3))
def test_every_branch_comes_back_and_writes_the_same_file_again(
    made: list[Branches], tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = [
        Record(
            model="m step 1",
            settings={"tokens": 3, "stop": "\n", "top_p": 0.5},
            branches=tree,
            vocabulary="v",
            notices=("a notice",),
            command="gpt2mini-tui generate",
            others={"n step 2": 1.5, "o": float("nan")},
        )
        for tree in made
    ]
    path = tmp_path_factory.mktemp("kept") / "talk.json"
    path.write_text(to_json(records, 7.0), encoding="utf-8")
    found = reopen(path)
    assert to_json(found, 7.0) == path.read_text(encoding="utf-8")
    for tree, again in zip(made, (record.branches for record in found), strict=True):
        assert (again.text, again.count, len(again.ways())) == (tree.text, tree.count, len(tree.ways()))


def plain() -> dict[str, Any]:
    said = [Said(id=1, text="a"), Said(id=2, text="b", by="m step 1", bits=1.0, rank=0, entropy=1.0, seen=1)]
    record = Record(model="m step 1", settings={}, branches=Branches(said), vocabulary="v")
    found: dict[str, Any] = json.loads(to_json([record], 0.0))
    return found


def test_a_file_from_before_vocabularies_were_written_down_is_read_anew(tmp_path: Path) -> None:
    old = plain()
    del old["texts"][0]["vocabulary"]
    (tmp_path / "old.json").write_text(json.dumps(old))
    [record] = reopen(tmp_path / "old.json")
    assert (record.branches.text, record.vocabulary) == ("ab", "unknown")


def spoil(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def done(whole: Any) -> None:
        for step in path[:-1]:
            whole = whole[step]
        whole[path[-1]] = value

    return done


TOKEN = ("texts", 0, "tokens", 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (spoil("format", value=99), "it is of format 99, and this version reads up to 1"),
        (spoil("format", value="1"), "its format makes no sense"),
        (spoil("format", value=True), "its format makes no sense"),
        (spoil("texts", value=None), "it has no texts"),
        (spoil("texts", value=[7]), "it has no tokens"),
        (spoil("texts", 0, "end", value=9), "it ends with a token that is not there"),
        (spoil("texts", 0, "settings", value={"a": []}), "a setting makes no sense"),
        (spoil("texts", 0, "model", value=3), "its model makes no sense"),
        (spoil(*TOKEN, value="b"), "a token makes no sense"),
        (spoil(*TOKEN, "parent", value=1), "a token comes after one that is not there"),
        (spoil(*TOKEN, "parent", value=-2), "a token comes after one that is not there"),
        (spoil(*TOKEN, "parent", value="0"), "a token comes after one that is not there"),
        (spoil(*TOKEN, "id", value=-1), "the id of a token makes no sense"),
        (spoil(*TOKEN, "id", value=2**31), "the id of a token makes no sense"),
        (spoil(*TOKEN, "rank", value=1.5), "the rank of a token makes no sense"),
        (spoil(*TOKEN, "text", value="x" * 10_000), "the text of a token makes no sense"),
        (spoil(*TOKEN, "bits", value="many"), "the bits of a token make no sense"),
    ],
)
def test_what_cannot_be_is_refused_and_it_says_what(
    change: Callable[[dict[str, Any]], None], why: str, tmp_path: Path
) -> None:
    whole = plain()
    change(whole)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(whole))
    with pytest.raises(DataError) as refused:
        reopen(path)
    assert str(refused.value) == f"this is not a conversation that can be opened ({path}): {why}"


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1}', b"[]", b"null", b'{"format": 1, "texts": []}', b"NaN"],
    ids=str,
)
def test_what_is_no_conversation_is_refused(garbage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "garbage.json"
    path.write_bytes(garbage)
    with pytest.raises(DataError, match="conversation"):
        reopen(path)
    with pytest.raises(DataError):
        reopen(tmp_path)
    with pytest.raises(NotFoundError):
        reopen(tmp_path / "nothing.json")


def test_the_markdown_stands_for_the_json_beside_it_and_the_newest_comes_first(tmp_path: Path) -> None:
    record = reopen_of(tmp_path, "old", 0.0)
    page = save([record], tmp_path / "kept", 86_400.0)
    assert page.suffix == ".md"
    assert reopen(page)[0].branches.text == "old"
    assert [kept.path for kept in kept_in(tmp_path / "kept")] == [page.with_suffix(".json")]
    assert kept_in(tmp_path / "nothing") == []


def reopen_of(folder: Path, words: str, created: float) -> Record:
    said = [Said(id=ord(one), text=one) for one in words]
    path = folder / "one.json"
    path.write_text(to_json([Record(model="", settings={}, branches=Branches(said))], created))
    return reopen(path)[0]


# In the app


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


async def test_a_conversation_that_was_saved_comes_back_with_its_branches_and_goes_on(
    home: Home, tmp_path: Path
) -> None:
    mine = copy_home(home, tmp_path)
    async with lab(mine, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, mine)
        await write(it, place, "one for ")
        await walk(it, place, "r")
        await it.until(lambda: len(texts(place)) == 2 and not place.is_writing)
        before, current = texts(place), text(place)
        await it.press("s")
        await it.until(lambda: "as JSON beside it" in it.toasts)
        await it.press("ctrl+l")
        assert transcript(place) == ""
        await it.press("f6")
        await it.until(lambda: isinstance(it.app.screen, TranscriptPicker))
        await it.sees("1 text, 2 branches, written by full step 30")
        await it.press("enter")
        await it.until(lambda: "bits/token" in transcript(place))
        assert (texts(place), text(place)) == (before, current)
        await it.press("g")
        await it.until(lambda: len(text(place)) > len(current) and not place.is_writing)
        assert text(place).startswith(current)
        assert len(texts(place)) == 2


async def test_a_text_of_another_vocabulary_is_read_anew(home: Home, tmp_path: Path) -> None:
    mine = copy_home(home, tmp_path)
    async with lab(mine, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, mine)
        await write(it, place, "one for ")
        was = text(place)
        await it.press("ctrl+s")
        await it.until(lambda: "as JSON beside it" in it.toasts)
        await it.press("ctrl+l")
        await open_model(it, place, mine, "neko")
        place.open_saved(kept_in(mine.transcripts)[0].path)
        await it.until(lambda: "another vocabulary" in it.toasts)
        assert text(place) == was
        await it.press("g")
        await it.until(lambda: transcript(place).count("bits/token") == 2 and not place.is_writing)
        assert text(place) != was


async def test_garbage_among_the_saved_ones_is_a_sentence(home: Home, tmp_path: Path) -> None:
    mine = copy_home(home, tmp_path)
    mine.transcripts.mkdir()
    (mine.transcripts / "garbage.json").write_text("{")
    async with lab(mine, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, mine)
        await it.press("f6")
        await it.until(lambda: isinstance(it.app.screen, TranscriptPicker))
        await it.until(lambda: len(it.app.screen.query_one(Rows)) == 1)
        await it.sees("this is not a conversation that can be opened")
        await it.press("enter")
        await it.until(lambda: it.app.screen is it.app.screen_stack[0])
        await it.sees("this is not a conversation that can be opened")
        assert place.front.records == []
