"""The training loop, as an iterator of events.

Iterating trains. Whoever iterates owns the thread, the model and the pace; everyone else sends commands, or asks for a
snapshot. A run is a function of its configuration, its text and its seed, and of the switches flipped on the way.
"""

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

from torch import Tensor

from gpt2mini import events as say
from gpt2mini.batches import train_windows
from gpt2mini.checkpoint import OBSERVATIONS, Checkpoint, Resumable
from gpt2mini.commands import Adjust, Command, Continue, Pause, Sample, Save, Set, Step, Stop
from gpt2mini.config import Config, parameter_count
from gpt2mini.corpus import Corpus
from gpt2mini.devices import choose_device, choose_threads, facts
from gpt2mini.errors import LabError
from gpt2mini.events import Event
from gpt2mini.frames import is_frame_step
from gpt2mini.inbox import Inbox
from gpt2mini.kernels import kernels
from gpt2mini.learner import Learner
from gpt2mini.manifest import versions
from gpt2mini.model import GPT2Mini
from gpt2mini.observing import Observer
from gpt2mini.peers import peers
from gpt2mini.probing import Rows
from gpt2mini.runs import Run, checkpoint_name
from gpt2mini.saver import Saver
from gpt2mini.schedule import due, is_looked_into, learning_rate
from gpt2mini.settings import Value, to_plain
from gpt2mini.spikes import Usual

__all__ = ["PATIENCE", "Trainer"]

PATIENCE = 10
"""Steps in a row that may be skipped for numbers that are not finite, before a run is called diverged."""


class Trainer:
    """Trains a model while it is iterated over, once; `list(trainer)` trains it to the end.

    With a run folder it also keeps the event log and the checkpoints. torch is set to one intra-op thread: the cores
    are used by shards. Raises LockedError if another process is training the run, UsageError for a device that is not
    here, and OutOfMemoryError; iterating raises DiskError once the log has waited for the disk too long.
    """

    def __init__(
        self,
        config: Config,
        corpus: Corpus,
        *,
        run: Run | None = None,
        threads: int = 0,
        resume: Resumable | None = None,
        notices: Sequence[str] = (),
        forked: say.Forked | None = None,
    ) -> None:
        self.config, self.corpus, self.run = config, corpus, run
        self.ablations, self.step = config.ablations, 0
        self.device, self.threads = choose_device(config.train.device), choose_threads(threads)
        self._peers = peers()
        self._may_choose_threads = threads == 0 and self._peers.size == 1
        self._notices = (*notices, *corpus.notices) if resume is None else tuple(notices)
        self._forked = forked
        self._inbox: Inbox[Command | Future[Checkpoint]] = Inbox()
        self.is_resumed = resume is not None
        self._paused = self._stopping = self._one_step_only = False
        self._skipped = 0
        self._usual = Usual()
        self._loss = self._val_loss = math.nan
        self._done: dict[str, int] = {}  # the step at which each of evaluate, sample, frame, save was last done
        self._busy = 0.0
        self._trouble = ""  # what has last been said of the log
        self._is_probe_due = config.train.probe_every != 0  # the first step, and the first after a flip, are looked at
        self._effect: Rows | None = None
        self._log = None if run is None else run.open_log(to_be_cut=resume is not None)
        self._saver = self._saver_for(run)
        try:
            self._learner = Learner(config, device=self.device, threads=self.threads)
            self._observer = Observer(self._learner, corpus, stop=self._cuts_short)
            if resume is not None:
                self._take_up(resume)
        except BaseException:
            self._close()
            raise

    def _saver_for(self, run: Run | None) -> Saver | None:
        if run is None or self._log is None:
            return None
        work = 6 * parameter_count(self.config.model) * self._tokens_per_step()
        return Saver(run, self._log, keep=self.config.train.keep, work=work)

    def _cuts_short(self) -> bool:
        """Tell whether a look is to be given up: it is taken after a resume, but the last one could not be."""
        return self._stopping and self.step < self.config.train.steps

    def send(self, command: Command) -> None:
        """Hand over a command, from any thread; it is obeyed before the next step."""
        if isinstance(command, Stop):
            self._stopping = True  # seen at once by a validation under way
        self._inbox.put(command)

    def snapshot(self) -> "Future[Checkpoint]":
        """Ask for a copy of the model as it is between two steps, from any thread.

        Once training has ended the copy is made at once, in the caller's thread.
        """
        future: Future[Checkpoint] = Future()
        if not self._inbox.put(future):
            future.set_result(self._describe(self._learner.copy()))
        return future

    def __iter__(self) -> Iterator[Event]:
        """Train, and say what happened; each event is in the log before it is given out."""
        try:
            with self._learner:
                for event in self._train():
                    if isinstance(event, say.SaveFailed) and self._done.get("save") == event.step:
                        del self._done["save"]  # it can be tried again
                    yield self._logged(event)
                    yield from map(self._logged, self._log_news())
        finally:
            for left in self._inbox.close():
                if isinstance(left, Future):
                    left.set_result(self._describe(self._learner.copy()))
            self._close()

    def _logged(self, event: Event) -> Event:
        if self._log is not None:
            self._log.append(event)
        return event

    def _log_news(self) -> Iterator[Event]:
        """Say once that the disk does not take the log, and once that it does again."""
        trouble = "" if self._log is None else self._log.trouble
        if bool(trouble) != bool(self._trouble):
            text = f"The event log cannot be written ({trouble}). Training goes on; the log waits in memory."
            yield say.Noticed(step=self.step, text=text if trouble else "The event log is written again, all of it.")
        self._trouble = trouble

    def _close(self) -> None:
        if self._saver is not None:
            self._saver.close()
        if self._log is not None:
            self._log.close()

    def _train(self) -> Iterator[Event]:
        if self._may_choose_threads:
            self.threads = self._learner.choose_threads(*self._windows())
        yield self._started()
        if self._forked is not None:
            yield self._forked
        for sentence in self._notices:
            yield say.Noticed(step=self.step, text=sentence)
        if not self.is_resumed:
            yield from self._observe(self._due())
        elif self.run is not None:  # the log was cut back to where this was about to be said
            yield say.Saved(step=self.step, checkpoint=checkpoint_name(self.step), val_loss=self._val_loss)
            yield from self._observe(self._due())  # what a signal cut short
        while self.step < self.config.train.steps:
            yield from self._obey()
            if self._peers.any(self._stopping):
                self._stopping = True
                break
            yield from self._take_step()
            if self._saver is not None:
                yield from self._saver.after_step(self.step)
            if self._skipped >= PATIENCE:
                break
            if self._effect is not None and self._peers.is_first:
                yield self._probe(self._effect)
            yield from self._observe(self._due())
        if self._stopping:
            yield from self._observe({"save"})
        if self._saver is not None:
            yield from self._saver.settle_frame()
            yield from self._saver.settle()
        yield self._finished()

    # Commands

    def _obey(self) -> Iterator[Event]:
        """Carry out what was sent; while paused, wait for more."""
        while True:
            for command in self._inbox.take(wait=self._paused and not self._stopping):
                if isinstance(command, Future):
                    command.set_result(self._describe(self._learner.copy()))
                else:
                    yield from self._carry_out(command)
            if not self._paused or self._stopping:
                return

    def _carry_out(self, command: Command) -> Iterator[Event]:
        match command:
            case Pause() if not self._paused:
                self._paused = True
                if self._saver is not None:
                    yield from self._saver.settle_frame()
                    yield from self._saver.settle()
                yield say.Paused(step=self.step)
            case Continue() | Step() if self._paused:
                self._paused, self._one_step_only = False, isinstance(command, Step)
                yield say.Continued(step=self.step)
            case Set(name=name, value=value):
                yield self._set(name, value)
            case Adjust(name=name, value=value):
                yield self._adjust(name, value)
            case Save():
                yield from self._observe({"save"})
            case Sample(prompt=prompt):
                yield from self._sample(prompt or self.config.train.sample_prompt, asked=True)

    def _set(self, name: str, value: Value) -> Event:
        had_mask = self.ablations.causal_mask
        try:
            self.ablations = self.ablations.with_switch(name, value)
        except LabError as error:
            return say.Noticed(step=self.step, text=f"Not done: {error}")
        if self.ablations.causal_mask != had_mask:
            self._val_loss = math.nan  # it measured another task, and a checkpoint would claim it as its own
        self._learner.model.ablations = self.ablations
        self._is_probe_due = self.config.train.probe_every != 0
        return say.Switched(step=self.step, name=name, value=value, ablations=self.ablations)

    def _adjust(self, name: str, value: Value) -> Event:
        try:
            was, self.config = self.config.setting(name), self.config.adjusted(name, value)
        except LabError as error:
            return say.Noticed(step=self.step, text=f"Not done: {error}")
        self._learner.adjust(self.config)
        return say.Adjusted(step=self.step, name=name, value=value, was=was)

    # The step

    def _take_step(self) -> Iterator[Event]:
        began = time.perf_counter()
        train, on = self.config.train, self.ablations
        x, y = self._windows()
        lr = learning_rate(self.step, train, warmup=on.warmup)
        is_watched = self._is_probe_due or is_looked_into(self.step + 1, train)
        outcome = self._learner.step(x, y, on=on, step=self.step, lr=lr, is_watched=is_watched)
        self.step, self._loss, self._effect = self.step + 1, outcome.loss, outcome.effect
        if self._one_step_only:
            self._one_step_only = False
            self._inbox.put(Pause())
        if outcome.culprit:
            self._skipped += 1
            yield say.Skipped(step=self.step, loss=outcome.loss, grad_norm=outcome.grad_norm, tensor=outcome.culprit)
            return
        self._skipped = 0
        seconds = time.perf_counter() - began
        self._busy += seconds
        yield say.StepDone(
            step=self.step,
            loss=outcome.loss,
            grad_norm=outcome.grad_norm,
            lr=lr,
            tokens_per_second=x.numel() / seconds,
        )
        usual, self._usual = self._usual, self._usual.after(outcome.loss)
        if usual.is_spike(outcome.loss):
            yield say.Spiked(step=self.step, loss=outcome.loss, usual=usual.mean)

    def _windows(self) -> tuple[Tensor, Tensor]:
        """Return inputs and targets (B, T) of the coming step."""
        seed, size, block = self.config.train.seed, self.config.train.batch_size, self.config.model.block_size
        return train_windows(self.corpus.train, seed=seed, step=self.step, batch_size=size, block_size=block)

    # Between steps: look inside, measure, sample, save

    def _probe(self, effect: Rows) -> Event:
        began = time.perf_counter()
        self._effect, self._is_probe_due = None, False
        event = self._observer.probe(self.config, self.ablations, self.step, effect)
        self._busy += time.perf_counter() - began
        return event

    def _due(self) -> set[str]:
        """Return what the schedule asks for at this step."""
        is_framed = self.config.train.frames and is_frame_step(self.step)
        return due(self.step, self.config.train) | ({"frame"} if is_framed else set())

    def _observe(self, tasks: set[str]) -> Iterator[Event]:
        """Do what of the tasks is not done at this step yet: saving last, so that a checkpoint knows its loss."""
        tasks = {task for task in tasks if self._done.get(task) != self.step and self._peers.is_first}
        if "evaluate" in tasks and len(self.corpus.val) > 1:
            yield from self._evaluate()
        if "sample" in tasks:
            yield from self._sample(self.config.train.sample_prompt, asked=False)
        if "frame" in tasks and self._saver is not None:
            yield from self._keep_frame(self._saver)
        if "save" in tasks and self._saver is not None:
            yield from self._save(self._saver)

    def _evaluate(self) -> Iterator[Event]:
        began = time.perf_counter()
        found = self._observer.validate(self.config, self.ablations, self.step)
        self._busy += time.perf_counter() - began
        for event in found:
            if isinstance(event, say.Evaluated):
                self._done["evaluate"], self._val_loss = self.step, event.val_loss
            yield event

    def _sample(self, text: str, *, asked: bool) -> Iterator[Event]:
        event = self._observer.write(self.config, self.ablations, self.step, text, asked=asked)
        if event is None:
            return
        yield event
        if not asked:
            self._done["sample"] = self.step

    def _save(self, saver: Saver) -> Iterator[Event]:
        """Begin to save; where nothing else is to be done meanwhile, also wait for the end of it."""
        yield from saver.settle()
        self._done["save"] = self.step
        due = self._due()
        resumable = Resumable(
            checkpoint=self._describe(self._learner.model),
            moments=self._learner.moments(),
            updates=self._learner.updates,
            log_offset=0 if self._log is None else self._log.offset,
            loss=self._loss,
            usual=self._usual,
            done=tuple(task for task in OBSERVATIONS if task not in due or self._done.get(task) == self.step),
            facts=facts(kernels(self.config, self.device)),
        )
        yield from saver.begin(resumable)
        if self._paused or self._stopping or self.step >= self.config.train.steps:
            yield from saver.settle()

    def _keep_frame(self, saver: Saver) -> Iterator[Event]:
        """Keep the weights for whoever wants to watch the run again; it is not worth waiting or stopping for."""
        self._done["frame"] = self.step
        is_measured = self._done.get("evaluate") == self.step
        frame = self._describe(self._learner.model)
        yield from saver.keep_frame(frame if is_measured else replace(frame, val_loss=math.nan))

    def _describe(self, model: GPT2Mini) -> Checkpoint:
        return Checkpoint(
            model=model,
            tokenizer=self.corpus.tokenizer,
            config=self.config,
            ablations=self.ablations,
            step=self.step,
            run="" if self.run is None else self.run.name,
            val_loss=self._val_loss,
        )

    def _tokens_per_step(self) -> int:
        return self.config.train.batch_size * self.config.model.block_size

    def _started(self) -> Event:
        return say.Started(
            step=self.step,
            run="" if self.run is None else self.run.name,
            config=to_plain(replace(self.config, ablations=self.ablations)),
            parameters=parameter_count(self.config.model),
            device=self.device,
            threads=self.threads,
            tokens_per_step=self._tokens_per_step(),
            train_tokens=len(self.corpus.train),
            val_tokens=len(self.corpus.val),
            references=dict(self.corpus.references),
            versions=versions(),
            bytes_per_token=self.corpus.bytes_per_token,
        )

    def _finished(self) -> Event:
        done = self.step >= self.config.train.steps
        reason = "diverged" if self._skipped >= PATIENCE else "done" if done else "stopped"
        return say.Finished(step=self.step, reason=reason, loss=self._loss, val_loss=self._val_loss, seconds=self._busy)

    def _take_up(self, resume: Resumable) -> None:
        """Stand where a checkpoint was taken, and forget what the run folder has of later steps."""
        self.step, self.ablations = resume.checkpoint.step, resume.checkpoint.ablations
        self._learner.restore(resume.checkpoint.model, resume.moments, resume.updates)
        self._learner.model.ablations = self.ablations
        self._loss, self._val_loss = resume.loss, resume.checkpoint.val_loss
        self._usual = resume.usual
        self._done = dict.fromkeys((*resume.done, "save"), self.step)
        self._is_probe_due = False  # an uninterrupted run would not have been looked at here
        if self.run is not None and self._log is not None:
            self.run.rewind(self._log, step=self.step, offset=resume.log_offset)
