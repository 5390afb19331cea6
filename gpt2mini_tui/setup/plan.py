"""What a person asked for, as a value that commands and the app share, and the command line that asks the same."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.settings import AUTOMATIC, Spec, Value, specs

__all__ = [
    "PARTS",
    "Changes",
    "ForkRun",
    "NewRun",
    "Plan",
    "PlayCard",
    "ResumeRun",
    "RunPlan",
    "changed",
    "changes_between",
]

PARTS = {"data": DataConfig, "model": ModelConfig, "train": TrainConfig, "ablations": Ablations}
"""The parts of a configuration, in the order in which a command line names them."""

Changes = Mapping[str, Mapping[str, Value]]
"""Settings by the part of the configuration that they belong to: `{"train": {"lr": 1e-3}}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to be made. The vocabulary size in its configuration is filled in once the text has been read."""

    config: Config
    name: str = ""
    """Empty for the first free name after the corpus."""
    threads: int = 0
    """0 for one a core."""

    def command(self) -> str:
        """Return the command line that makes the same run, naming only what differs from the defaults."""
        words = ["gpt2mini-tui", "train"]
        for part, cls in PARTS.items():
            for spec in specs(cls):
                words += _words(spec, getattr(getattr(self.config, part), spec.name))
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
        words = ["gpt2mini-tui", "resume", f"{self.name}/{self.checkpoint}" if self.checkpoint else self.name]
        return shlex.join(words if self.steps is None else [*words, "--steps", str(self.steps)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkRun:
    """A new run that begins where another one stood, with some settings changed."""

    parent: str
    checkpoint: str = ""
    """Its folder name; empty for the newest one that is sound."""
    changes: Changes = field(default_factory=dict)
    data: str = ""
    """Another text to go on with; empty for the parent's."""
    encoding: str = "utf-8"
    """Of that other text."""
    name: str = ""
    threads: int = 0

    def command(self) -> str:
        """Return the command line that does the same."""
        where = f"{self.parent}/{self.checkpoint}" if self.checkpoint else self.parent
        words = ["gpt2mini-tui", "fork", where, *(("--data", self.data) if self.data else ())]
        words += ["--encoding", self.encoding] if self.encoding != "utf-8" else []
        for part, cls in PARTS.items():
            known = {spec.name: spec for spec in specs(cls)}
            for name, value in self.changes.get(part, {}).items():
                words += _words(known[name], value) or _back(part, known[name])
        return shlex.join([*words, "--name", self.name] if self.name else words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayCard:
    """A card to be played: the runs that it compares, one after another, and the verdict on them."""

    card: str
    """Its name in the deck."""
    prediction: str = ""
    """The key of a choice; empty for none."""
    data: str = "tales"
    seeds: int = 1
    """How many pairs, the first with seed 0."""
    threads: int = 0

    def command(self) -> str:
        """Return the command line that does the same."""
        words = ["gpt2mini-tui", "learn", "run", self.card]
        words += ["--predict", self.prediction] if self.prediction else []
        words += ["--data", self.data] if self.data != "tales" else []
        return shlex.join(words + (["--seeds", str(self.seeds)] if self.seeds != 1 else []))


RunPlan = NewRun | ResumeRun | ForkRun
"""One run to be trained."""
Plan = RunPlan | PlayCard


def changed(config: Config, changes: Changes) -> Config:
    """Return a configuration with some settings replaced; raises UsageError for what cannot be."""
    parts = {part: replace(getattr(config, part), **values) for part, values in changes.items() if values}
    return replace(config, **parts)


def changes_between(before: Config, after: Config) -> Changes:
    """Return the settings that differ, with the value that they have after."""
    found = {part: dict(_differing(cls, getattr(before, part), getattr(after, part))) for part, cls in PARTS.items()}
    return {part: values for part, values in found.items() if values}


def _differing(cls: type[Any], before: object, after: object) -> Iterator[tuple[str, Value]]:
    for spec in specs(cls):
        if getattr(before, spec.name) != getattr(after, spec.name):
            yield spec.name, getattr(after, spec.name)


def _back(part: str, spec: Spec) -> list[str]:
    """Return the words that put a setting back to its default, where the parent has another value."""
    if part == "ablations" or spec.kind is bool:
        return ["--reset", spec.name]
    return [spec.flag, AUTOMATIC if spec.default is None else str(spec.default)]


def _words(spec: Spec, value: Value) -> list[str]:
    if value == spec.default:
        return []
    if spec.kind is bool:
        return [spec.flag]
    return [spec.flag, str(value)]
