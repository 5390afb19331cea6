"""What `import gpt2mini` offers is what docs/library.md says, and its examples do what they show."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gpt2mini

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "library.md"


def named(part: str) -> set[str]:
    """Return the names in the first column of a table, and those that its second column names beside them."""
    rows = [line for line in part.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`(\w+)`", " ".join(rows)))


def halves() -> tuple[str, str]:
    names = GUIDE.read_text(encoding="utf-8").partition("\n## Names\n")[2]
    light, _, heavy = names.partition("\nWith torch:\n")
    return light, heavy


def test_the_examples_do_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(GUIDE), module_relative=False, encoding="utf-8")
    assert tried > 20
    assert failed == 0


def test_every_name_is_in_the_guide_and_says_what_it_is() -> None:
    light, heavy = map(named, halves())
    assert light | heavy == set(gpt2mini.__all__)
    assert not light & heavy
    assert [name for name in gpt2mini.__all__ if not (getattr(gpt2mini, name).__doc__ or "").strip()] == []


@pytest.mark.parametrize("half", [0, 1], ids=["without torch", "with torch"])
def test_what_is_said_to_need_no_torch_needs_none(half: int) -> None:
    code = f"from gpt2mini import {', '.join(sorted(named(halves()[half])))}\nimport sys\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(half == 1)
