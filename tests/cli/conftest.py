"""A home with a small run in it."""

import shutil
from pathlib import Path

import pytest

from small_lab import Lab

RHYME = "one for sorrow, two for joy, three for a girl, four for a boy.\n"
SMALL = ("--n-layer", "1", "--n-head", "2", "--n-embd", "16", "--block-size", "16", "--batch-size", "4")
SHORT = ("--steps", "4", "--save-every", "2", "--eval-every", "2", "--sample-every", "4", "--sample-tokens", "8")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Return a lab with a run called `rhyme`, done, of four steps; for tests that change nothing."""
    home = tmp_path_factory.mktemp("lab")
    text = home / "rhyme.txt"
    text.write_text("".join(f"{number} {RHYME}" for number in range(40)))
    lab = Lab(home, text, (*SMALL, *SHORT))
    result = lab.train("--name", "rhyme")
    assert result.exit_code == 0, result.stderr
    return lab


@pytest.fixture
def lab(trained: Lab, tmp_path: Path) -> Lab:
    """Return a copy of the same lab, to be changed."""
    home = tmp_path / "lab"
    shutil.copytree(trained.home, home)
    return Lab(home, home / "rhyme.txt", trained.small)
