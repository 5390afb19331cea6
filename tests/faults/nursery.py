"""Processes that have torch already: forked from a server that imported it once, so that a kill takes no second."""

import multiprocessing
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.corpus import Corpus, corpus_of
from gpt2mini.errors import CheckpointError, NotFoundError, UsageError
from gpt2mini.events import Event, Finished, Noticed, Started, StepDone, to_record
from gpt2mini.runs import Run, Store

__all__ = ["CONTEXT", "canonical", "open_or_resume", "random_config", "small_config", "small_corpus", "train"]

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["gpt2mini.starting", "gpt2mini_tui.folds.history", "nursery"])


@cache
def small_corpus() -> Corpus:
    """Return a text that nobody changes."""
    lines = (f"{number} one for sorrow, two for joy, three for a girl, four for a boy.\n" for number in range(60))
    return corpus_of("".join(lines), name="rhyme")


def small_config(corpus: Corpus, **train: Any) -> Config:
    model = ModelConfig(vocab_size=corpus.tokenizer.vocab_size, n_layer=1, n_head=2, n_embd=16, block_size=16)
    settings = {"batch_size": 8, "steps": 12, "eval_every": 4, "sample_every": 6, "save_every": 4, "sample_tokens": 8}
    return Config(model=model, train=TrainConfig(**(settings | {"device": "cpu", "frames": False} | train)))


def random_config(seed: int, corpus: Corpus) -> Config:
    """Return a small run that nobody has thought of."""
    chance = Random(seed)
    config = small_config(corpus, steps=chance.randint(6, 14), save_every=chance.randint(1, 6), seed=seed)
    heads = chance.choice((1, 2, 4))
    model = replace(
        config.model,
        n_layer=chance.randint(1, 3),
        n_head=heads,
        n_embd=heads * chance.choice((4, 8)),
        block_size=chance.randint(1, 24),
        dropout=chance.choice((0.0, 0.1, 0.5)),
        tied_embeddings=chance.random() < 0.5,
    )
    train = replace(config.train, batch_size=chance.randint(1, 20), lr=chance.choice((3e-4, 1e-2)))
    on = config.ablations
    for name in ("residual", "mlp", "grad_clip", "causal_mask"):
        on = on.with_switch(name, chance.random() < 0.7)
    return replace(config, model=model, train=train, ablations=on)


def open_or_resume(root: Path, name: str, config: Config, corpus: Corpus, threads: int) -> Any:
    """Return the trainer of a run that goes on, or of a new one where it never came to a checkpoint."""
    from gpt2mini.starting import new_run, resume_run

    store = Store(root)
    try:
        return resume_run(store.get(name), corpus, threads=threads)
    except (CheckpointError, NotFoundError):
        for run in store.runs():
            if run.name == name:
                assert not run.checkpoints(), [entry.problem for entry in run.checkpoints()]
                store.trash(run.path)
        return new_run(config, corpus, store, name=name, threads=threads)


def train(root: str, name: str, config: Config, threads: int = 1) -> None:
    """Train a run to its end, from wherever it stands; one that was killed after its last save is there already."""
    with suppress(UsageError):
        for _ in open_or_resume(Path(root), name, config, small_corpus(), threads):
            pass


def canonical(run: Run) -> list[str]:
    """Return the log without clocks, and without what only says that there was a break."""
    events: list[Event] = sorted(_told(run), key=lambda event: event.step)  # a save is told some steps later
    return [str({key: value for key, value in to_record(event).items() if key not in _CLOCKS}) for event in events]


_CLOCKS = ("tokens_per_second", "seconds")


def _told(run: Run) -> Iterator[Event]:
    last = max((event.step for event in run.events() if isinstance(event, StepDone)), default=0)
    for event in run.events():
        is_break = isinstance(event, Started | Noticed) or (isinstance(event, Finished) and event.step < last)
        if not is_break:
            yield event
