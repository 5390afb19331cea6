"""Tags and notes stand beside a run and change nothing in it."""

from pathlib import Path

import pytest

from gpt2mini.errors import UsageError
from gpt2mini.labels import FILE, NOTEBOOK, Labels, read_labels, write_labels


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    labels = Labels(tags=("baseline", "授業"), note='"quoted", \x1b and a\nbreak')
    write_labels(tmp_path, labels)
    assert read_labels(tmp_path) == labels
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[", "[]", '{"tags": 3}', '{"tags": [1]}', '{"tags": ["a b"]}', '{"note": {}}'])
def test_a_damaged_file_is_no_label(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert read_labels(tmp_path) == Labels()


@pytest.mark.parametrize("tag", ["", "two words", "a,b", "x" * 41])
def test_a_tag_is_one_word(tag: str) -> None:
    with pytest.raises(UsageError):
        Labels(tags=(tag,))
    with pytest.raises(UsageError):
        Labels(note="x" * 2001)


def test_the_entry_of_a_notebook_is_written_and_read_again(tmp_path: Path) -> None:
    labels = Labels(tags=("a",), question="does it?", prediction="no", verdict="it does: −0.3 nats")
    write_labels(tmp_path, labels)
    assert read_labels(tmp_path) == labels
    (tmp_path / FILE).write_text('{"format": 1, "tags": ["a"], "note": "old"}')  # as it was before there was a notebook
    assert read_labels(tmp_path) == Labels(tags=("a",), note="old")
    for name in NOTEBOOK:
        with pytest.raises(UsageError, match=name):
            Labels(**{name: "x" * 2001})
