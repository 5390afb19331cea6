"""A run that begins where another one stood: its weights, its own log, and whatever is to be different.

Nothing of the parent is touched. With nothing changed the child repeats the parent's future bit for bit, so any
difference between the two is the work of what was changed.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from gpt2mini.checkpoint import Checkpoint, Resumable, load_resumable, newest_sound, save_checkpoint
from gpt2mini.config import Config, DataConfig, parameter_shapes
from gpt2mini.corpus import Corpus
from gpt2mini.errors import DataError
from gpt2mini.events import Forked
from gpt2mini.manifest import versions
from gpt2mini.model import GPT2Mini
from gpt2mini.runs import Manifest, Run, Store, checkpoint_name
from gpt2mini.starting import facts_of, fit, refuse_nothing_left
from gpt2mini.tokenizer import tokenizer_from_plain
from gpt2mini.trainer import Trainer

__all__ = ["fork_run"]

Change = Callable[[Config], Config]


def fork_run(
    parent: Run,
    corpus: Corpus,
    store: Store,
    *,
    change: Change,
    checkpoint: Path | None = None,
    text: DataConfig | None = None,
    name: str = "",
    threads: int = 0,
    command: str = "",
) -> Trainer:
    """Return the trainer of a child run, from the newest sound checkpoint of a run or from the one given.

    `change` turns the parent's configuration, with the switches as they stood, into the child's. The corpus is
    the parent's, unless `text` says that it is meant to be another one, and what the child is to call it; its tokenizer
    has to be the parent's in any case. Raises what `resume_run` raises, and CannotCreateError if the name is taken.
    """
    was = parent.manifest()
    _refuse_another_text(was, corpus, is_meant=text is not None)
    found, notices = newest_sound(parent) if checkpoint is None else (load_resumable(checkpoint), ())
    config, lowered = fit(change(_as_it_stood(found, text)), corpus)
    refuse_nothing_left(parent.name, found.checkpoint.step, config)
    child, taken_over = _inherit(found, config)
    place = checkpoint_name(found.checkpoint.step)
    manifest = Manifest(
        config=config,
        corpus=facts_of(corpus),
        tokenizer=was.tokenizer,
        versions=versions(),
        command=command,
        parent=f"{parent.name}/{place}",
    )
    run = store.create(manifest, name=name, stem=corpus.name)
    child = replace(child, checkpoint=replace(child.checkpoint, run=run.name))
    save_checkpoint(run.path / place, child)
    told = (*notices, *lowered, *taken_over)
    forked = _forked(found.checkpoint, config, manifest.parent)
    return Trainer(config, corpus, run=run, threads=threads, resume=child, notices=told, forked=forked)


def _forked(parent: Checkpoint, config: Config, name: str) -> Forked | None:
    """Return what is to be told of the parent where the child has other switches."""
    if parent.ablations == config.ablations:
        return None
    return Forked(step=parent.step, parent=name, was=parent.ablations, val_loss=parent.val_loss)


def _refuse_another_text(was: Manifest, corpus: Corpus, *, is_meant: bool) -> None:
    """Raise DataError for another text than the parent's, or, where that is meant, for one in other tokens."""
    if not is_meant and corpus.fingerprint != was.corpus.get("fingerprint"):
        raise DataError("the text is not the one this run was trained on", where=corpus.source or corpus.name)
    if is_meant and tokenizer_from_plain(was.tokenizer) != corpus.tokenizer:
        why = "its tokens are not those the model knows"
        raise DataError("this text cannot be trained on here", where=corpus.source or corpus.name, why=why)


def _as_it_stood(parent: Resumable, text: DataConfig | None) -> Config:
    """Return the parent's configuration with its switches at that step, and with another text if one is meant."""
    config = replace(parent.checkpoint.config, ablations=parent.checkpoint.ablations)
    return config if text is None else replace(config, data=text)


def _inherit(parent: Resumable, config: Config) -> tuple[Resumable, tuple[str, ...]]:
    """Return the child's beginning, and a sentence where not every weight could be taken over."""
    old, new = parent.checkpoint.config.model, config.model
    model = GPT2Mini(new, seed=config.train.seed, ablations=config.ablations)
    taken = _take_over(model, parent.checkpoint.model)
    val_loss = parent.checkpoint.val_loss if _measures_the_same(parent.checkpoint, config) else math.nan
    checkpoint = replace(
        parent.checkpoint, model=model.eval(), config=config, ablations=config.ablations, val_loss=val_loss
    )
    child = replace(parent, checkpoint=checkpoint, log_offset=0)
    if parameter_shapes(old) == parameter_shapes(new):
        return child, ()
    names = [name for name, _ in model.named_parameters()]
    fresh = {
        f"{kind}.{name}": torch.zeros_like(p) for kind in ("exp_avg", "exp_avg_sq") for name, p in _named(model).items()
    }
    words = f"{taken} of {len(names)} weight matrices and vectors have the shape they had and were taken over."
    return replace(child, moments=fresh, updates=0), (f"{words} The others start fresh, and so does AdamW.",)


def _measures_the_same(parent: Checkpoint, config: Config) -> bool:
    """Return whether what the parent measured holds for the child: the same function, on the same text."""
    model = replace(config.model, dropout=parent.config.model.dropout)
    is_same_function = model == parent.config.model and config.ablations.network == parent.ablations.network
    return is_same_function and config.data == parent.config.data


def _take_over(model: GPT2Mini, parent: GPT2Mini) -> int:
    """Copy every parameter of the same name and shape; return how many there were."""
    before, taken = _named(parent), 0
    with torch.no_grad():
        for name, parameter in _named(model).items():
            source = before.get("tok_emb.weight" if name == "lm_head.weight" and name not in before else name)
            if source is not None and source.shape == parameter.shape:
                parameter.copy_(source)
                taken += 1
    return taken


def _named(model: GPT2Mini) -> dict[str, torch.Tensor]:
    return dict(model.named_parameters())
