"""A run folder around a model that was made elsewhere, so that it can be talked to, looked into and trained further."""

from collections.abc import Iterator
from dataclasses import replace

from gpt2mini import events as say
from gpt2mini.checkpoint import Checkpoint, Resumable, save_checkpoint
from gpt2mini.config import parameter_count
from gpt2mini.events import Event
from gpt2mini.manifest import versions
from gpt2mini.runs import Manifest, Run, Store, checkpoint_name
from gpt2mini.settings import to_plain

__all__ = ["adopt_run"]


def adopt_run(checkpoint: Checkpoint, store: Store, *, name: str = "", stem: str = "model", command: str = "") -> Run:
    """Return a new run of no steps that has this model as its only checkpoint.

    To train it further, fork it with a text. Raises CannotCreateError if the name is taken, and DiskError.
    """
    config = replace(checkpoint.config, train=replace(checkpoint.config.train, steps=0))
    manifest = Manifest(
        config=config,
        corpus={"name": "none", "source": "", "fingerprint": "", "train_tokens": 0, "val_tokens": 0},
        tokenizer=checkpoint.tokenizer.to_plain(),
        versions=versions(),
        command=command,
    )
    run = store.create(manifest, name=name, stem=stem)
    known = replace(checkpoint, config=config, step=0, run=run.name)
    log = run.open_log()
    try:
        for event in _story(known):
            if isinstance(event, say.Saved):
                resumable = Resumable(
                    checkpoint=known, moments={}, updates=0, log_offset=log.offset, loss=checkpoint.val_loss
                )
                save_checkpoint(run.path / event.checkpoint, resumable)
            log.append(event)
    finally:
        log.close()
    return run


def _story(checkpoint: Checkpoint) -> Iterator[Event]:
    model = checkpoint.config.model
    yield say.Started(
        step=0,
        run=checkpoint.run,
        config=to_plain(checkpoint.config),
        parameters=parameter_count(model),
        device="cpu",
        threads=1,
        tokens_per_step=checkpoint.config.train.batch_size * model.block_size,
        train_tokens=0,
        val_tokens=0,
        references={},
        versions=versions(),
    )
    yield say.Noticed(step=0, text="This model was made elsewhere and imported; nothing of its training is known here.")
    yield say.Saved(step=0, checkpoint=checkpoint_name(0), val_loss=checkpoint.val_loss)
    yield say.Finished(step=0, reason="done", loss=checkpoint.val_loss, val_loss=checkpoint.val_loss, seconds=0.0)
