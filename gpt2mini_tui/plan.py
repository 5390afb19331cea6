"""From what a person asked for to a trainer that is ready to run: the one way in, for commands and for the app."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gpt2mini.config import Config
from gpt2mini.errors import NotFoundError
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini.settings import Spec, Value, specs

if TYPE_CHECKING:
    from gpt2mini.trainer import Trainer

__all__ = ["NewRun", "Plan", "ResumeRun", "open_trainer"]


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


def open_trainer(plan: Plan, home: Home, *, progress: Callable[[float], None] | None = None) -> "Trainer":
    """Read the text, make or reopen the run folder, and return its trainer; this imports torch.

    `progress` is told the share of the text that has been read. Raises what the library raises, a LabError each.
    """
    from gpt2mini.corpus import prepare, reopen

    store = Store(home.checkpoints)
    if isinstance(plan, ResumeRun):
        run = store.get(plan.name)
        manifest = run.manifest()
        data = manifest.config.data
        try:
            corpus = reopen(str(manifest.corpus.get("fingerprint", "")), home)
        except NotFoundError:
            corpus = prepare(data.data, home, data.tokenizer, progress=progress)
        from gpt2mini.trainer import resume_run

        checkpoint = run.path / plan.checkpoint if plan.checkpoint else None
        return resume_run(run, corpus, steps=plan.steps, checkpoint=checkpoint, threads=plan.threads)
    data = plan.config.data
    corpus = prepare(data.data, home, data.tokenizer, progress=progress, encoding=plan.encoding)
    config = replace(
        plan.config,
        model=replace(plan.config.model, vocab_size=corpus.tokenizer.vocab_size),
        data=replace(data, data=corpus.source),
    )
    from gpt2mini.trainer import new_run  # torch: not before the text is known to be good

    return new_run(config, corpus, store, name=plan.name, threads=plan.threads, command=plan.command())


def _words(spec: Spec, value: Value) -> list[str]:
    if value == spec.default:
        return []
    if spec.kind is bool:
        return [spec.flag]
    return [spec.flag, str(value)]
