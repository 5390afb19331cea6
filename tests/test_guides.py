"""The commands in README and guides exist, take what they are given, and do what they are there for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import command_lines
from command_lines import blocks, calls, made_tiny, parse
from gpt2mini.errors import UsageError

ROOT = Path(__file__).resolve().parents[1]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
RUN = [ROOT / "README.md", *GUIDES]
READ = [
    *RUN,
    *ROOT.glob("README.*.md"),
    ROOT / "docs" / "many-processes.md",
    ROOT / "docs" / "reference" / "commands.md",
]

NOT_RUN = {
    "make": "it sets up a checkout",
    "gpt2mini-tui data get": "it needs a network",
    "gpt2mini-tui watch": "it opens a screen",
    "gpt2mini-tui serve": "it waits for a browser; its own tests do that",
}
"""What begins like this is only read, and why."""

named = pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)


def read(line: str) -> None:
    for words in calls(line):
        parse(words)


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_every_command_exists_with_its_options_and_their_values(path: Path) -> None:
    lines = [line for line in blocks(path.read_text(encoding="utf-8")) if "gpt2mini" in line]
    assert lines
    for line in lines:
        read(line)


@pytest.mark.parametrize(
    "line",
    [
        "gpt2mini-tui tain",
        "gpt2mini-tui train --no-such-option",
        "gpt2mini-tui train --steps many",
        "cat a | gpt2mini-tui train --ln-style sideways --data -",
        "gpt2mini-tui runs show",
        "X=1 gpt2mini-tui xray --view inside > a",
    ],
)
def test_a_command_that_is_none_is_found(line: str) -> None:
    with pytest.raises((click.UsageError, UsageError)):
        read(line)


def test_words_of_a_shell_are_told_from_those_of_a_command() -> None:
    line = "A=1 gpt2mini-tui train --data - > 'a b' | tail -n 1 && cat c  # why"
    assert list(calls(line)) == [["gpt2mini-tui", "train", "--data", "-"], ["tail", "-n", "1"], ["cat", "c"]]


def test_what_a_guide_trains_is_made_tiny() -> None:
    assert made_tiny(["train", "--steps", "2000"])[-2:] == ["--steps", "20"]
    assert made_tiny(["train", "--steps", "100"])[:5] == ["train", "--steps", "100", "--n-layer", "2"]
    assert made_tiny(["resume", "a"]) == ["resume", "a"]


def test_every_guide_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [
        path
        for folder in ("docs", "docs/guides", "docs/reference", "docs/articles")
        for path in (ROOT / folder).glob("*.md")
    ]
    listed = {(ROOT / "docs" / place).resolve() for place in re.findall(r"\]\(([^)]+\.md)\)", index)}
    assert {path.name for path in pages if path.resolve() not in listed} == {"README.md"}


def is_run(line: str) -> bool:
    """Tell whether nothing in a line is on the list of what is only read."""
    return not any(" ".join(words).startswith(tuple(NOT_RUN)) for words in calls(line))


@pytest.mark.slow
@named
def test_the_commands_of_a_page_do_what_they_show(path: Path, tmp_path: Path) -> None:
    """Run a page from top to bottom in a home of its own; what it trains is made tiny."""
    lab = tmp_path / "bin" / "gpt2mini-tui"
    lab.parent.mkdir()
    lab.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{command_lines.__file__}" "$@"\n')
    lab.chmod(0o755)
    (tmp_path / "data.txt").write_text("".join(f"{n} one for sorrow, two for joy\n" for n in range(200)))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GPT2MINI_")}
    env = clean | {"PATH": f"{lab.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "GPT2MINI_HOME": str(tmp_path)}
    env |= {"GPT2MINI_CONFIG": "", "COLUMNS": "120"}
    for line in filter(is_run, blocks(path.read_text(encoding="utf-8"))):
        words = ["bash", "-o", "pipefail", "-c", line]
        done = subprocess.run(words, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_whoever_is_only_read_is_still_there() -> None:
    lines = [
        " ".join(words) for path in RUN for line in blocks(path.read_text(encoding="utf-8")) for words in calls(line)
    ]
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in lines)] == []
