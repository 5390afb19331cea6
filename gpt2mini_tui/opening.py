"""From a plan to a trainer that is ready to run: the one way in, for commands and for the app."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gpt2mini.errors import NotFoundError
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.plan import ForkRun, Plan, ResumeRun, changed

if TYPE_CHECKING:
    from gpt2mini.corpus import Corpus
    from gpt2mini.runs import Manifest
    from gpt2mini.trainer import Trainer

__all__ = ["open_trainer"]


Progress = Callable[[float], None]


def open_trainer(plan: Plan, home: Home, *, progress: Progress | None = None) -> "Trainer":
    """Read the text, make or reopen the run folder, and return its trainer; this imports torch.

    `progress` is told the share of the text that has been read. Raises what the library raises, a LabError each.
    """
    from gpt2mini.corpus import prepare

    store = Store(home.checkpoints)
    if isinstance(plan, ResumeRun):
        run = store.get(plan.name)
        corpus = _corpus_again(run.manifest(), home, progress)
        from gpt2mini.starting import resume_run

        checkpoint = run.path / plan.checkpoint if plan.checkpoint else None
        return resume_run(run, corpus, steps=plan.steps, checkpoint=checkpoint, threads=plan.threads)
    if isinstance(plan, ForkRun):
        return _open_fork(plan, home, store, progress)
    data = plan.config.data
    corpus = prepare(data.data, home, data.tokenizer, progress=progress, encoding=data.encoding)
    config = replace(
        plan.config,
        model=replace(plan.config.model, vocab_size=corpus.tokenizer.vocab_size),
        data=replace(data, data=corpus.source),
    )
    from gpt2mini.starting import new_run  # torch: not before the text is known to be good

    return new_run(config, corpus, store, name=plan.name, threads=plan.threads, command=plan.command())


def _open_fork(plan: ForkRun, home: Home, store: Store, progress: Progress | None) -> "Trainer":
    parent = store.get(plan.parent)
    corpus = _corpus_again(parent.manifest(), home, progress)
    from gpt2mini.forking import fork_run

    return fork_run(
        parent,
        corpus,
        store,
        change=lambda config: changed(config, plan.changes),
        checkpoint=parent.path / plan.checkpoint if plan.checkpoint else None,
        name=plan.name,
        threads=plan.threads,
        command=plan.command(),
    )


def _corpus_again(manifest: "Manifest", home: Home, progress: Progress | None) -> "Corpus":
    """Return the text a run was trained on: as it was prepared then, else read again from where it came."""
    from gpt2mini.corpus import prepare, reopen

    data = manifest.config.data
    try:
        return reopen(str(manifest.corpus.get("fingerprint", "")), home)
    except NotFoundError:
        return prepare(data.data, home, data.tokenizer, progress=progress, encoding=data.encoding)
