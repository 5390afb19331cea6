"""The command line in a home of its own, without a new process for each command."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gpt2mini_tui.cli import main

__all__ = ["Lab"]


@dataclass(frozen=True, slots=True)
class Lab:
    """A home, and the command line in it."""

    home: Path
    text: Path
    small: tuple[str, ...]
    """The options of a run that takes no time."""

    def run(self, *words: str, text: str | bytes | None = None) -> Result:
        """Return what a command did; it must not have been a bug."""
        result = CliRunner().invoke(main, [*words, "--home", str(self.home)], input=text)
        assert "this is a bug" not in result.stderr, result.stderr
        return result

    def good(self, *words: str, text: str | bytes | None = None) -> str:
        """Return what a command printed; it must have gone well."""
        result = self.run(*words, text=text)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *words: str) -> Any:
        """Return the JSON that a command printed."""
        return json.loads(self.good(*words, "--json"))

    def train(self, *words: str) -> Result:
        """Return what the training of a small run did."""
        return self.run("train", "--data", str(self.text), *self.small, *words)
