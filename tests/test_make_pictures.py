"""The pictures in the documentation are small, whole, and load nothing from anywhere."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from make_pictures import PICTURES, PLACES, THEMES, plain

FILES = sorted(PICTURES.iterdir())


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
