"""Tags and notes stand beside a run and change nothing in it."""

from pathlib import Path

import pytest

from gpt2mini.errors import UsageError
from gpt2mini.labels import FILE, Labels, read_labels, write_labels


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
