"""What a person asked for, as a value that commands and the app share, and the command line that asks the same."""

import shlex
from dataclasses import dataclass

from gpt2mini.config import Config
from gpt2mini.settings import Spec, Value, specs

__all__ = ["NewRun", "Plan", "ResumeRun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to be made. The vocabulary size in its configuration is filled in once the text has been read."""

    config: Config
    name: str = ""
    """Empty for the first free name after the corpus."""
    threads: int = 0
    """0 for one a core."""
    encoding: str = "utf-8"

    def command(self) -> str:
        """Return the command line that makes the same run, naming only what differs from the defaults."""
        words = ["gpt2mini-tui", "train"]
        for part in (self.config.data, self.config.model, self.config.train, self.config.ablations):
            for spec in specs(type(part)):
                words += _words(spec, getattr(part, spec.name))
        if self.encoding != "utf-8":
            words += ["--encoding", self.encoding]
        if self.name:
            words += ["--name", self.name]
        return shlex.join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRun:
    """A run to go on with, from its latest checkpoint or from the one named."""

    name: str
    checkpoint: str = ""
    steps: int | None = None
    """The new total; None keeps the old one."""
    threads: int = 0

    def command(self) -> str:
        """Return the command line that does the same."""
        words = ["gpt2mini-tui", "resume", self.name]
        return shlex.join(words if self.steps is None else [*words, "--steps", str(self.steps)])


Plan = NewRun | ResumeRun


def _words(spec: Spec, value: Value) -> list[str]:
    if value == spec.default:
        return []
    if spec.kind is bool:
        return [spec.flag]
    return [spec.flag, str(value)]
