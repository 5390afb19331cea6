"""A run as TensorBoard draws it: the same events, in the files of that program, live or afterwards.

The `tensorboard` package writes them, an optional one; torch is not needed. What a resumed run takes back is taken back
there too. Times are those of training itself, pauses left out, so that the relative time axis says what a run costs.
"""

import math
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from gpt2mini import events as said
from gpt2mini.errors import CannotCreateError, LabError, reason
from gpt2mini.events import Event
from gpt2mini.probes import PROBES

__all__ = ["Board", "refuse_missing"]


def refuse_missing() -> None:
    """Raise LabError where the package is not installed."""
    if find_spec("tensorboard") is None:
        raise LabError("TensorBoard is not installed", do='Install it: pip install "gpt2mini-tui[tensorboard]".')


class Board:
    """Writes the events of one run into a folder; use it as a context manager.

    Raises LabError where the package is not installed, CannotCreateError where the folder cannot be written to.
    """

    def __init__(self, folder: Path, *, began: float) -> None:
        """Take a folder, made if it is not there, and when the run began, in seconds since 1970."""
        refuse_missing()
        from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._events, self._summaries, self._tensors, self._types = event_pb2, summary_pb2, tensor_pb2, types_pb2
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = EventFileWriter(str(folder))
        except OSError as error:
            raise CannotCreateError("cannot write for TensorBoard", where=folder, why=reason(error)) from error
        self._now = began
        self._tokens = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, event: Event) -> None:
        """Write what there is to draw of an event; a number that is not finite is left out."""
        match event:
            case said.Started(tokens_per_step=tokens):
                self._tokens = tokens
                log = self._events.SessionLog(status=self._events.SessionLog.START)
                self._write(step=event.step + 1, session_log=log)  # whatever was there of later steps is void
            case said.StepDone():
                self._now += self._tokens / event.tokens_per_second if event.tokens_per_second > 0 else 0.0
            case said.Sampled(prompt=prompt, text=text):
                self._text(event.step, "sample", f"{prompt}{text}")
            case said.Switched(name=name, value=value) | said.Adjusted(name=name, value=value):
                self._text(event.step, "changed", f"{name} = {value}")
        values = [
            self._summaries.Summary.Value(tag=tag, simple_value=value)
            for tag, value in _scalars(event)
            if math.isfinite(value)
        ]
        if values:
            self._write(step=event.step, summary=self._summaries.Summary(value=values))

    def flush(self) -> None:
        """Put everything where a TensorBoard that is running sees it."""
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _text(self, step: int, tag: str, text: str) -> None:
        indented = "\n".join(f"    {line}" for line in text.splitlines())  # Markdown for: as it stands
        tensor = self._tensors.TensorProto(
            dtype=self._types.DT_STRING, string_val=[indented.encode("utf-8", "replace")]
        )
        about = self._summaries.SummaryMetadata(
            plugin_data=self._summaries.SummaryMetadata.PluginData(plugin_name="text")
        )
        value = self._summaries.Summary.Value(tag=tag, metadata=about, tensor=tensor)
        self._write(step=step, summary=self._summaries.Summary(value=[value]))

    def _write(self, **what: Any) -> None:
        self._writer.add_event(self._events.Event(wall_time=self._now, **what))


def _scalars(event: Event) -> Iterator[tuple[str, float]]:
    match event:
        case said.StepDone() | said.Skipped():
            yield "loss/train", event.loss
            yield "gradient norm", event.grad_norm
            if isinstance(event, said.StepDone):
                yield "learning rate", event.lr
                yield "tokens per second", event.tokens_per_second
        case said.Evaluated(val_loss=loss):
            yield "loss/validation", loss
        case said.Answered(exact=exact, tokens=tokens):
            yield "answers/exact", exact
            yield "answers/tokens", tokens
        case said.Probed():
            for probe in PROBES:
                for place, value in zip(probe.labels(event), probe.read(event), strict=True):
                    yield f"{probe.label}/{place if place == 'ln_f' else f'block {place}'}", value
