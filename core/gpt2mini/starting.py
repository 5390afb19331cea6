"""From a configuration and a text to a trainer: of a new run, or of one that goes on."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpt2mini.checkpoint import Resumable, load_resumable, newest_sound
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.devices import choose_device, differences, facts
from gpt2mini.errors import DataError, UsageError
from gpt2mini.footprint import refuse_what_cannot_fit
from gpt2mini.frames import forget_after
from gpt2mini.kernels import kernels, refuse_kernels
from gpt2mini.manifest import versions
from gpt2mini.runs import Manifest, Run, Store
from gpt2mini.schedule import learning_rate
from gpt2mini.trainer import Trainer

__all__ = ["facts_of", "fit", "new_run", "refuse_nothing_left", "resume_run"]


def fit(config: Config, corpus: Corpus) -> tuple[Config, tuple[str, ...]]:
    """Return the configuration with the block lowered to what the text can fill, and what there is to say about it.

    Raises DataError for a text of fewer than two tokens.
    """
    most = len(corpus.train) - 1
    if most < 1:
        raise DataError("the text is too short to train on", where=corpus.name, why=f"{most + 1} tokens; it needs 2")
    if config.model.block_size <= most:
        return config, ()
    sentence = f"The text has only {most + 1:,} tokens to train on: block_size {config.model.block_size} became {most}."
    return replace(config, model=replace(config.model, block_size=most)), (sentence,)


def facts_of(corpus: Corpus) -> dict[str, Any]:
    """Return what a run folder says of its text."""
    return {
        "name": corpus.name,
        "source": corpus.source,
        "fingerprint": corpus.fingerprint,
        "train_tokens": len(corpus.train),
        "val_tokens": len(corpus.val),
    }


def refuse_nothing_left(run: str, step: int, config: Config) -> None:
    """Raise UsageError if at this step of a run all steps of the configuration have been taken."""
    if step >= config.train.steps:
        raise UsageError(
            f"{run} has taken {step} of {config.train.steps} steps already",
            do=f"--steps counts from the beginning of the run: give more than {step}.",
        )


def new_run(
    config: Config,
    corpus: Corpus,
    store: Store,
    *,
    name: str = "",
    threads: int = 0,
    command: str = "",
    parent: str = "",
) -> Trainer:
    """Return the trainer of a new run folder, its block lowered to what the text can fill.

    Raises CannotCreateError if the name is taken, DataError for a text of fewer than two tokens, UsageError for a
    device or a precision that is not here, OutOfMemoryError and DiskError. Nothing is left of a run that cannot begin.
    """
    config, notices = fit(config, corpus)
    refuse_kernels(config, choose_device(config.train.device))  # before a folder is made for nothing
    refuse_what_cannot_fit(config)
    manifest = Manifest(
        config=config,
        corpus=facts_of(corpus),
        tokenizer=corpus.tokenizer.to_plain(),
        versions=versions(),
        command=command,
        parent=parent,
    )
    run = store.create(manifest, name=name, stem=corpus.name)
    try:
        return Trainer(config, corpus, run=run, threads=threads, notices=notices)
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)  # nothing was learned in it
        raise


def resume_run(
    run: Run, corpus: Corpus, *, steps: int | None = None, checkpoint: Path | None = None, threads: int = 0
) -> Trainer:
    """Return a trainer that goes on from the latest checkpoint of a run, or from the one given.

    `steps` is the new total. Checkpoints after the one it goes on from are moved to the trash. Raises CheckpointError,
    NotFoundError, LockedError; DataError if the text is not the one the run was trained on; UsageError if there is
    nothing left to do.
    """
    manifest = run.manifest()
    if corpus.fingerprint != manifest.corpus.get("fingerprint"):
        raise DataError("the text is not the one this run was trained on", where=corpus.source or corpus.name)
    resumable, notices = newest_sound(run) if checkpoint is None else (load_resumable(checkpoint), ())
    config = resumable.checkpoint.config
    config = replace(config, train=replace(config.train, steps=manifest.config.train.steps if steps is None else steps))
    refuse_nothing_left(run.name, resumable.checkpoint.step, config)
    notices += _new_schedule(resumable, config)
    difference = differences(resumable.facts, facts(kernels(config, choose_device(config.train.device))))
    notices = (*notices, difference) if difference else notices
    trainer = Trainer(config, corpus, run=run, threads=threads, resume=resumable, notices=notices)
    run.rewrite(replace(manifest, config=replace(manifest.config, train=config.train)))
    forget_after(run.path, trainer.step)
    return trainer


def _new_schedule(resumable: Resumable, config: Config) -> tuple[str, ...]:
    """Say how another total of steps changes the learning rate from here on."""
    step, on = resumable.checkpoint.step, resumable.checkpoint.ablations
    before, now = resumable.checkpoint.config.train, config.train
    if before.steps == now.steps:
        return ()
    was, will = (learning_rate(step, train, warmup=on.warmup) for train in (before, now))
    totals = f"{now.steps:,} steps instead of {before.steps:,}"
    return (f"The learning rate now follows {totals}: {will:.2g} here, not {was:.2g}.",)
