"""Trains the arms of an experiment, one after another, into ordinary run folders. Iterating trains.

Seed by seed, so that the first complete table is there early. A run that is there already is read instead of trained,
one that was interrupted goes on from its checkpoint; what comes out is the same, event for event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gpt2mini.commands import Command, Stop
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import CheckpointError, LockedError, NotFoundError
from gpt2mini.events import Adjusted, Event, Finished, Switched
from gpt2mini.experiments.arms import Arm
from gpt2mini.experiments.heard import Heard
from gpt2mini.experiments.measure import Measurement, Meter
from gpt2mini.manifest import MANIFEST, versions
from gpt2mini.runs import Run, Store
from gpt2mini.starting import fit, new_run, resume_run
from gpt2mini.trainer import Trainer

if TYPE_CHECKING:
    from concurrent.futures import Future

    from gpt2mini.checkpoint import Checkpoint

__all__ = ["Heard", "Matched"]


class Matched:
    """An experiment under way; `list(matched)` does all of it. Every arm gets the same seeds, and so the same batches.

    Raises what a trainer raises, LockedError where another process trains one of the runs, and CheckpointError where a
    run of it was changed by hand.
    """

    def __init__(
        self, arms: Sequence[Arm], corpus: Corpus, store: Store, *, seeds: Sequence[int] = (0,), threads: int = 0
    ) -> None:
        self.corpus, self.store, self.seeds, self.threads = corpus, store, tuple(seeds), threads
        self.arms = tuple(replace(arm, config=_fitted(arm.config, corpus)) for arm in arms)
        self.runs: list[list[str]] = [[] for _ in self.arms]
        """The names of the run folders, arm by arm, as far as they are done."""
        self.measured: list[list[Measurement]] = [[] for _ in self.arms]
        """What they came to."""
        self.is_stopped = False
        self._trainer: Trainer | None = None

    def stop(self) -> None:
        """Let the run that is training save and end, from any thread; nothing more is trained."""
        self.is_stopped = True
        trainer = self._trainer
        if trainer is not None:
            trainer.send(Stop())

    def send(self, command: Command) -> None:
        """Take the one command that there is for an experiment, to stop; others would make it something else."""
        if isinstance(command, Stop):
            self.stop()

    def snapshot(self) -> "Future[Checkpoint] | None":
        """Ask for a copy of the model that is training, from any thread; None between two runs."""
        trainer = self._trainer
        return None if trainer is None else trainer.snapshot()

    @property
    def steps(self) -> int:
        """All steps of all runs."""
        return len(self.seeds) * sum(arm.config.train.steps for arm in self.arms)

    def __iter__(self) -> Iterator[Heard]:
        """Train what is not trained yet, and give every event of every run."""
        for seed in self.seeds:
            for place, arm in enumerate(self.arms):
                if self.is_stopped:
                    return
                yield from self._one(place, arm.seeded(seed))

    def _one(self, place: int, arm: Arm) -> Iterator[Heard]:
        name = arm.run_name(self.corpus.name, self.corpus.fingerprint, versions()["torch"])
        meter = Meter(arm.config.train.steps)
        for event, is_recalled in self._events(arm, name):
            meter.add(event)
            yield Heard(arm=place, seed=arm.config.train.seed, run=name, event=event, is_recalled=is_recalled)
        measured = meter.measured()
        if measured.step >= arm.config.train.steps or measured.has_diverged:
            self.runs[place].append(name)
            self.measured[place].append(measured)

    def _events(self, arm: Arm, name: str) -> Iterator[tuple[Event, bool]]:
        """Yield the events of an arm, each with whether it was read instead of trained."""
        run = Run(self.store.root / name)
        if (run.path / MANIFEST).exists():
            if run.is_locked():
                raise LockedError(
                    "a run of this experiment is being trained", where=name, do="Wait for it, or stop it."
                )
            if _is_over(run, arm.config):
                yield from ((event, True) for event in _unchanged(run))
                return
            trainer = self._resumed(run, arm.config)
        else:
            trainer = None
        before = [] if trainer is None else list(_unchanged(run))
        yield from ((event, True) for event in before if not isinstance(event, Finished))
        yield from ((event, False) for event in self._train(self._new(arm, name) if trainer is None else trainer))

    def _train(self, trainer: Trainer) -> Iterator[Event]:
        self._trainer = trainer
        if self.is_stopped:  # while it was made ready
            trainer.send(Stop())
        try:
            yield from trainer
        finally:
            self._trainer = None

    def _new(self, arm: Arm, name: str) -> Trainer:
        return new_run(arm.config, self.corpus, self.store, name=name, threads=self.threads)

    def _resumed(self, run: Run, config: Config) -> Trainer | None:
        """Return the trainer that goes on with a run; None, and the run in the trash, if there is nothing to go on."""
        try:
            return resume_run(run, self.corpus, steps=config.train.steps, threads=self.threads)
        except (NotFoundError, CheckpointError):  # it ended before its first checkpoint
            self.store.trash(run.path)
            return None


def _fitted(config: Config, corpus: Corpus) -> Config:
    model = replace(config.model, vocab_size=corpus.tokenizer.vocab_size)
    data = replace(config.data, data=corpus.source, tokenizer=corpus.tokenizer.kind)
    return fit(replace(config, model=model, data=data), corpus)[0]


def _is_over(run: Run, config: Config) -> bool:
    summary = run.summary()
    return summary.status == "diverged" or (summary.status == "done" and summary.step >= config.train.steps)


def _unchanged(run: Run) -> Iterator[Event]:
    """Yield the events of a run; raises CheckpointError if somebody flipped a switch in it."""
    for event in run.events():
        if isinstance(event, Switched | Adjusted):
            why = f"{event.name} was changed at step {event.step}"
            raise CheckpointError("this run is no longer what the experiment made", where=run.name, why=why)
        yield event
