"""Saving beside the training: a copy is taken between two steps, and one thread brings it to the disk.

At most one save is under way, and at most one frame. The copy goes into buffers that are made once (for the few frames
of a run, into memory of its own), so that the loop stands still for a few milliseconds and not for as long as the disk
takes. A save or a frame that fails is an event; it never ends a training.

What came of a save is asked a fixed number of steps later, not whenever the disk is ready: so the order of the events
is a function of the run too. The number is such that nearly always the disk has been ready for long.
"""

import copy
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

import torch

from gpt2mini.checkpoint import Checkpoint, Moments, Resumable, save_checkpoint, save_portable
from gpt2mini.config import parameter_count
from gpt2mini.entries import checkpoint_name, discard, surplus, sweep
from gpt2mini.errors import DiskError, LabError
from gpt2mini.eventlog import EventLog
from gpt2mini.events import Event, Noticed, Saved, SaveFailed
from gpt2mini.frames import frame_path
from gpt2mini.model import GPT2Mini
from gpt2mini.runs import Run

__all__ = ["Saver"]

PATIENCE = 25 * 10**9
"""Floating-point operations that a save may take as long as: a fifth of a second on a laptop."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    step: int
    val_loss: float
    written: "Future[None]"


@dataclass(frozen=True, slots=True)
class _FrameUnderWay:
    step: int
    written: "Future[None]"


class Saver:
    """Writes the checkpoints and the frames of one run, whose log the same process holds open."""

    def __init__(self, run: Run, log: EventLog, *, keep: int, work: int) -> None:
        """Begin by clearing away what a writer that was killed left half-way; `keep` of the newest stay.

        `work` is the floating-point operations of a step: small steps leave the disk more of them.
        """
        self._run, self._log, self._keep = run, log, keep
        self._steps = min(50, -(-PATIENCE // max(1, work)))
        self._pool = ThreadPoolExecutor(1, "saver")
        self._under_way: _UnderWay | None = None
        self._frame: _FrameUnderWay | None = None
        self._buffers: tuple[GPT2Mini, Moments] | None = None
        sweep(run.path)

    def begin(self, resumable: Resumable) -> Iterator[Event]:
        """Save this in the background; call `settle` before. Yields only what is wrong already."""
        step, val_loss = resumable.checkpoint.step, resumable.checkpoint.val_loss
        problem = self._problem()
        if problem:
            yield SaveFailed(step=step, why=problem)
            return
        written = self._pool.submit(self._write, self._copied(resumable))
        self._under_way = _UnderWay(step, val_loss, written)

    def keep_frame(self, checkpoint: Checkpoint) -> Iterator[Event]:
        """Keep these weights as a frame, in the background; yields what became of the frame before, if it is late."""
        yield from self.settle_frame()
        if not self._log.is_in_place():
            return
        try:
            model = copy.deepcopy(checkpoint.model).to("cpu").requires_grad_(False)
        except MemoryError:
            yield _no_frame(checkpoint.step, "there is not enough memory for it")
            return
        written = self._pool.submit(self._write_frame, replace(checkpoint, model=model))
        self._frame = _FrameUnderWay(checkpoint.step, written)

    def after_step(self, step: int) -> Iterator[Event]:
        """Yield what came of the frame and the save under way, once they have had their steps."""
        if self._frame is not None and step >= self._frame.step + self._steps:
            yield from self.settle_frame()
        if self._under_way is not None and step >= self._under_way.step + self._steps:
            yield from self.settle()

    def settle(self) -> Iterator[Event]:
        """Wait for the save under way, and yield what came of it."""
        if self._under_way is not None:
            save, self._under_way = self._under_way, None
            yield _outcome(save)

    def settle_frame(self) -> Iterator[Event]:
        """Wait for the frame under way; yield something only if it could not be kept."""
        if self._frame is not None:
            frame, self._frame = self._frame, None
            try:
                frame.written.result()
            except (LabError, MemoryError) as error:
                yield _no_frame(frame.step, str(error) or "there is not enough memory for it")

    def close(self) -> None:
        """Let the thread end, once it has written what it has begun."""
        self._pool.shutdown(wait=True)

    def _problem(self) -> str:
        """Return why a checkpoint could not be trusted or not be found again, before anything is written."""
        if not self._log.is_in_place():
            return "the run folder was moved, deleted or replaced while it trains; put it back where it was"
        return f"the event log cannot be written ({self._log.trouble})" if self._log.trouble else ""

    def _copied(self, resumable: Resumable) -> Resumable:
        """Return a copy that training will not change, in memory that the next copy will use again."""
        model, moments = resumable.checkpoint.model, resumable.moments
        if self._buffers is None:
            buffers = {name: torch.empty_like(tensor, device="cpu") for name, tensor in moments.items()}
            self._buffers = copy.deepcopy(model).to("cpu").requires_grad_(False), buffers
        kept, buffers = self._buffers
        with torch.no_grad():
            torch._foreach_copy_(list(kept.parameters()), list(model.parameters()))
            torch._foreach_copy_(list(buffers.values()), [moments[name] for name in buffers])
        return replace(resumable, checkpoint=replace(resumable.checkpoint, model=kept), moments=buffers)

    def _write(self, resumable: Resumable) -> None:
        """Bring a checkpoint to the disk; only when it is there, the oldest make room. In the thread."""
        save_checkpoint(self._run.path / checkpoint_name(resumable.checkpoint.step), resumable)
        if not self._keep:
            return  # and nothing is read to find that out
        with suppress(DiskError):  # the next save tries again
            for entry in surplus(self._run.checkpoints(), self._keep):
                discard(entry.path)

    def _write_frame(self, checkpoint: Checkpoint) -> None:
        """Bring a frame to the disk, if there is room for it among the others. In the thread."""
        size = 4 * parameter_count(checkpoint.config.model)
        path = frame_path(self._run.path, checkpoint.step, size=size)
        if path is not None:
            save_portable(path, checkpoint)


def _no_frame(step: int, why: str) -> Event:
    return Noticed(step=step, text=f"No frame was kept: {why}")


def _outcome(save: _UnderWay) -> Event:
    try:
        save.written.result()
    except (LabError, MemoryError) as error:
        return SaveFailed(step=save.step, why=str(error) or "there is not enough memory to save")
    return Saved(step=save.step, checkpoint=checkpoint_name(save.step), val_loss=save.val_loss)
