"""From a plan to a trainer that is ready to run: the one way in, for commands and for the app."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gpt2mini.config import DataConfig
from gpt2mini.errors import NotFoundError, UsageError
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.setup.plan import ForkRun, ResumeRun, RunPlan, changed

if TYPE_CHECKING:
    from gpt2mini.corpus import Corpus
    from gpt2mini.runs import Manifest
    from gpt2mini.trainer import Trainer

__all__ = ["open_trainer"]


Progress = Callable[[float], None]


def open_trainer(plan: RunPlan, home: Home, *, progress: Progress | None = None) -> "Trainer":
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
    corpus = prepare(
        data.data, home, data.tokenizer, vocab_size=data.vocab_size, progress=progress, encoding=data.encoding
    )
    config = replace(
        plan.config,
        model=replace(plan.config.model, vocab_size=corpus.tokenizer.vocab_size),
        data=replace(data, data=corpus.source),
    )
    from gpt2mini.starting import new_run  # torch: not before the text is known to be good

    return new_run(config, corpus, store, name=plan.name, threads=plan.threads, command=plan.command())


def _open_fork(plan: ForkRun, home: Home, store: Store, progress: Progress | None) -> "Trainer":
    parent = store.get(plan.parent)
    text = None
    if plan.data:
        corpus = _other_text(plan, parent.manifest(), home, progress)
        text = DataConfig(data=corpus.source, tokenizer=corpus.tokenizer.kind, encoding=plan.encoding)
    else:
        corpus = _corpus_again(parent.manifest(), home, progress)
    from gpt2mini.forking import fork_run

    return fork_run(
        parent,
        corpus,
        store,
        change=lambda config: changed(config, plan.changes),
        checkpoint=parent.path / plan.checkpoint if plan.checkpoint else None,
        text=text,
        name=plan.name,
        threads=plan.threads,
        command=plan.command(),
    )


def _other_text(plan: ForkRun, manifest: "Manifest", home: Home, progress: Progress | None) -> "Corpus":
    """Return another text in the tokens of the parent."""
    from gpt2mini.corpus import prepare
    from gpt2mini.tokenizer import tokenizer_from_plain

    tokenizer = tokenizer_from_plain(manifest.tokenizer)
    return prepare(plan.data, home, tokenizer, progress=progress, encoding=plan.encoding)


def _corpus_again(manifest: "Manifest", home: Home, progress: Progress | None) -> "Corpus":
    """Return the text a run was trained on: as it was prepared then, else read again from where it came."""
    from gpt2mini.corpus import prepare, reopen
    from gpt2mini.tokenizer import tokenizer_from_plain

    data, fingerprint = manifest.config.data, str(manifest.corpus.get("fingerprint", ""))
    if not fingerprint:
        raise UsageError("this model was imported without a text", do="Fork it with one: --data TEXT.")
    try:
        return reopen(fingerprint, home)
    except NotFoundError:
        tokenizer = tokenizer_from_plain(manifest.tokenizer)
        return prepare(data.data, home, tokenizer, progress=progress, encoding=data.encoding)
