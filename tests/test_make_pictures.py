"""The pictures in the documentation are small, whole, and load nothing from anywhere."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from make_cast import CAST, COLUMNS, LONGEST, ROWS, lines
from make_pictures import PICTURES, PLACES, THEMES, plain
from rules import paths_of_a_machine

FILES = sorted(PICTURES.glob("*.svg"))


def test_every_place_is_there_in_both_themes() -> None:
    assert [path.name for path in FILES] == sorted(f"{place}-{theme}.svg" for place in PLACES for theme in THEMES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_picture_loads_nothing_and_is_small(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(svg) < 300_000
    assert not re.search(r"@font-face|@import|url\(\s*['\"]?[a-z]+:|href=|<image|<script", svg)
    assert re.search("[⠁-⣿]", svg) is None


def test_braille_is_drawn_and_other_letters_stay() -> None:
    text = '<text class="terminal-r1" x="0" y="20" textLength="36.6" clip-path="url(#l0)">a⠁⣿</text>'
    found = plain(text)
    assert found.count("M") == 9
    assert ">a\xa0\xa0</text>" in found
    assert "<text" not in plain(text.replace(">a", ">⠀"))


def test_the_recording_is_whole_and_knows_no_machine() -> None:
    text = CAST.read_text(encoding="utf-8")
    head, *heard = map(json.loads, text.splitlines())
    assert (head["version"], head["width"], head["height"]) == (2, COLUMNS, ROWS)
    moments = [moment for moment, _, _ in heard]
    assert moments == sorted(moments)
    assert 10 < moments[-1] < 60
    written = "".join(words for _, _, words in heard)
    assert "\x1b[?1049h" in written.partition("Train")[0]
    assert "\x1b[?1049l" in written[-4000:]  # the terminal is given back
    assert all(word in written for word in ("Quit", "residual", "bits/token"))
    assert list(paths_of_a_machine(text)) == []
    assert len(text) < 1_500_000


def test_waiting_is_cut_short_in_a_recording() -> None:
    head, *heard = map(json.loads, lines([(0.5, "a"), (10.0, "b"), (10.25, "c")]))
    assert head["version"] == 2
    assert heard == [[0.5, "o", "a"], [0.5 + LONGEST, "o", "b"], [0.75 + LONGEST, "o", "c"]]
