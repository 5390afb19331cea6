"""Pictures of the app, kept beside the tests; `UPDATE_SNAPSHOTS=1 pytest …` takes them anew.

The picture is the one of `App.export_screenshot`, with everything taken out of it that differs from run to run.
"""

import difflib
import html
import os
import re
from pathlib import Path

from textual.app import App

__all__ = ["SIZES", "THEMES", "check_snapshot"]

THEMES = ("dark", "light")
SIZES = ((80, 24), (120, 40))

FOLDER = Path(__file__).with_name("snapshots")


def check_snapshot(app: App[int], name: str, tmp_path: Path) -> None:
    """Compare the screen with the picture of that name; if they differ, say which lines of text do."""
    picture = _normal(app.export_screenshot())
    kept = FOLDER / f"{name}.svg"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        kept.write_text(picture, encoding="utf-8")
        return
    assert kept.exists(), f"there is no picture {kept.name} yet; take it with UPDATE_SNAPSHOTS=1"
    before = kept.read_text(encoding="utf-8")
    if picture != before:
        seen = tmp_path / kept.name
        seen.write_text(picture, encoding="utf-8")
        lines = difflib.unified_diff(_lines(before), _lines(picture), "kept", "seen", lineterm="", n=0)
        words = "\n".join(lines) or "only colours or places differ"
        raise AssertionError(f"the screen no longer looks like {kept.name}, see {seen}:\n{words}")


def _normal(svg: str) -> str:
    """Return a picture without the number that rich makes up for it, and with one element a line.

    The size of a checkpoint is rounded: how many digits a time in it has is chance.
    """
    same = re.sub(r"(\d\d)\.\d&#160;kB", r"\1.0&#160;kB", re.sub(r"terminal-\d+", "terminal", svg))
    return same.replace("><", ">\n<") + "\n"


def _lines(svg: str) -> list[str]:
    """Return the text in a picture, line by line of the terminal."""
    rows: dict[float, str] = {}
    for place, text in re.findall(r'<text [^>]*\by="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        rows[float(place)] = rows.get(float(place), "") + html.unescape(text).replace("\xa0", " ")
    return [rows[place] for place in sorted(rows)]
