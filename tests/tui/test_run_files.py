"""The names of files that a list of runs writes, and why one cannot be."""

import re
from pathlib import Path

import pytest

from gpt2mini_tui.screens.run_files import can_be_written, free_path


@pytest.mark.parametrize("names", [["猫" * 84], ["x" * 252], ["é" * 126, "b" * 252], ["short"]])
def test_a_free_path_has_a_name_that_a_disk_takes(tmp_path: Path, names: list[str]) -> None:
    paths = []
    for _ in range(3):
        path = free_path(tmp_path, names, ".safetensors")
        path.touch(exist_ok=False)
        paths.append(path.name)
    stem = paths[0].removesuffix(".safetensors")
    assert 0 < len(stem.encode()) <= 120
    assert names[0].startswith(stem), "no character is cut in two"
    assert paths[1:] == [f"{stem}-2.safetensors", f"{stem}-3.safetensors"]


@pytest.mark.parametrize("path", ["~nobody-of-this-name/page.html", "x" * 300])
def test_why_a_file_cannot_be_written_ends_with_one_full_stop(path: str) -> None:
    assert re.fullmatch(r"It cannot be written there: .*[^.]\.", can_be_written(path))
