"""Conversations that are written down: whatever was said stands in them, and nothing in it is taken for ours."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.errors import DiskError
from gpt2mini_tui.talk.branches import Branches, Said
from gpt2mini_tui.talk.transcripts import Record, save, summary, to_json, to_markdown
from gpt2mini_tui.widgets.speaker import _aligned


def record(prompt: str, answer: str) -> Record:
    said = [Said(id=ord(one), text=one) for one in prompt]
    said += [Said(id=ord(one), text=one, by="m step 1", bits=2.0, rank=0, entropy=1.0, seen=1) for one in answer]
    return Record(model="m step 1", settings={"tokens": 3, "stop": "\n"}, branches=Branches(said))


@given(st.text(alphabet="`a\n\x1b#", max_size=30), st.text(max_size=30))
def test_json_holds_every_token_and_markdown_keeps_text_inside_its_blocks(prompt: str, answer: str) -> None:
    kept = record(prompt, answer)
    [text] = json.loads(to_json([kept], 0.0))["texts"]
    assert [one["text"] for one in text["tokens"]] == list(prompt + answer)
    page = to_markdown([kept], 0.0)
    assert "\x1b" not in page
    fences = [line for line in page.splitlines() if line.startswith("```")]
    opened = ""
    for fence in fences:
        if not opened:
            opened = fence.removesuffix("text")
        elif fence == opened:
            opened = ""
    assert opened == ""


def test_names_of_models_are_no_markup() -> None:
    kept = record("a", "b")
    kept.model = "[x](http://y) `z` #"
    assert "## 1. \\[x\\](http://y) \\`z\\` \\#" in to_markdown([kept], 0.0)


def test_what_was_written_is_summed_up() -> None:
    assert summary(record("ab", "cde").branches.said) == "3 tokens, 2.00 bits/token"
    assert summary(record("ab", "").branches.said) == "nothing written"


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    first, second = save([record("a", "b")], tmp_path / "x", 0.0), save([record("c", "d")], tmp_path / "x", 0.0)
    assert first != second
    assert len(list((tmp_path / "x").iterdir())) == 4


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a file")
    with pytest.raises(DiskError, match="could not be saved"):
        save([record("a", "b")], tmp_path / "x", 0.0)


@given(st.lists(st.text("ab猫", min_size=1, max_size=4), min_size=1, max_size=12), st.data())
def test_what_another_model_gives_is_shared_out_over_the_tokens(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=6)))
    theirs = [text[a:b] for a, b in pairwise([0, *(cut for cut in cuts if cut < len(text)), len(text)])]
    bits = [(piece, float(2**number)) for number, piece in enumerate(theirs)]
    said = [Said(id=0, text=piece) for piece in pieces]
    shared = _aligned(said, bits)
    assert sum(one for one in shared if not math.isnan(one)) == sum(surprise for _, surprise in bits)
    starts = [sum(map(len, theirs[:number])) for number in range(len(theirs))]
    for number, one in enumerate(shared):
        low = sum(map(len, pieces[:number]))
        inside = [2.0**place for place, start in enumerate(starts) if low <= start < low + len(pieces[number])]
        assert one == sum(inside) if inside else math.isnan(one)
    assert all(math.isnan(one) for one in _aligned(said, [*bits, ("x", 1.0)]))
