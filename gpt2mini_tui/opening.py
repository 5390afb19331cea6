"""From a plan to a trainer that is ready to run: the one way in, for commands and for the app."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gpt2mini.errors import NotFoundError
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.plan import Plan, ResumeRun

if TYPE_CHECKING:
    from gpt2mini.trainer import Trainer

__all__ = ["open_trainer"]


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
        from gpt2mini.starting import resume_run

        checkpoint = run.path / plan.checkpoint if plan.checkpoint else None
        return resume_run(run, corpus, steps=plan.steps, checkpoint=checkpoint, threads=plan.threads)
    data = plan.config.data
    corpus = prepare(data.data, home, data.tokenizer, progress=progress, encoding=plan.encoding)
    config = replace(
        plan.config,
        model=replace(plan.config.model, vocab_size=corpus.tokenizer.vocab_size),
        data=replace(data, data=corpus.source),
    )
    from gpt2mini.starting import new_run  # torch: not before the text is known to be good

    return new_run(config, corpus, store, name=plan.name, threads=plan.threads, command=plan.command())
