"""What a save costs: how long the training stands still for it, and how long the disk then takes to commit it.

    python benchmarks/saving.py [--rounds N] [--on DIR]

The default model, on all cores. The loop waits for the save before, if that is not on the disk yet, and copies weights
and moments; the commit (checksums, four flushes, one rename) goes on beside the next steps. Wall time; the medians of
all rounds with the least and the most. The first save also makes the buffers, and is shown alone. Exits with 1 if the
loop stands still for more than 20 ms in the median.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from gpt2mini.checkpoint import load_resumable, save_checkpoint
from gpt2mini.config import Config, ModelConfig, parameter_count
from gpt2mini.corpus import corpus_of
from gpt2mini.events import StepDone
from gpt2mini.runs import Store
from gpt2mini.starting import new_run
from gpt2mini.trainer import Trainer

BAR = 0.020
"""Seconds."""
EVERY = 3
"""Steps between two saves."""


def open_trainer(store: Store, rounds: int) -> Trainer:
    """Return the trainer of a run that saves only when it is told to."""
    corpus = corpus_of("".join(chr(33 + (7 * place * place + place) % 65) for place in range(20_000)), name="text")
    config = Config(model=ModelConfig(vocab_size=corpus.tokenizer.vocab_size))
    quiet = replace(config.train, steps=EVERY * rounds + 1, eval_every=0, sample_every=0, save_every=0, frames=False)
    return new_run(replace(config, train=replace(quiet, device="cpu")), corpus, store, name="run")


def stalls(trainer: Trainer) -> tuple[list[float], list[float]]:
    """Train, save now and then; return the seconds of each step and of each time that the loop stood still."""
    assert trainer._saver is not None
    steps, still = [], []
    began = time.perf_counter()
    for event in trainer:
        if isinstance(event, StepDone):
            steps.append(time.perf_counter() - began)
            if event.step % EVERY == 0:
                began = time.perf_counter()
                list(trainer._save(trainer._saver))
                still.append(time.perf_counter() - began)
        began = time.perf_counter()
    return steps[1:], still


def commits(store: Store, rounds: int) -> list[float]:
    """Return the seconds of bringing a checkpoint to the disk, again and again."""
    resumable = load_resumable(store.get("run").checkpoints()[-1].path)
    taken = []
    for number in range(rounds):
        began = time.perf_counter()
        save_checkpoint(store.root / "aside" / f"step-{number:06d}", resumable)
        taken.append(time.perf_counter() - began)
    return taken


def row(label: str, seconds: list[float]) -> str:
    """Return a line of the table."""
    low, middle, high = (1000 * number for number in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{label:36}{middle:9.1f} ms{low:9.1f}-{high:.1f}"


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--on", type=Path, metavar="DIR", help="a folder on the disk to measure; else that of /tmp")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.on) as folder:
        store = Store(Path(folder))
        trainer = open_trainer(store, asked.rounds)
        steps, (first, *still) = stalls(trainer)
        size = sum(path.stat().st_size for path in store.get("run").checkpoints()[-1].path.iterdir())
        print(f"{parameter_count(trainer.config.model):,} parameters, a checkpoint of {size / 1e6:.1f} MB")
        print(row("a step", steps))
        print(row("the first save, in the loop", [first]))
        print(row("a save, in the loop (bar: 20 ms)", still))
        print(row("its commit, beside the loop", commits(store, asked.rounds)))
    return int(statistics.median(still) > BAR)


if __name__ == "__main__":
    sys.exit(main())
