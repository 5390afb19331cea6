"""Talks to a model in a thread of its own, and says what it heard as values that a screen can show.

The model is a copy: a checkpoint, or a snapshot that a trainer handed over between two steps. It is asked at one
intra-op thread, so nothing here can slow down or change a training run. Importing this imports no torch; the first
question does, in the thread.
"""

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gpt2mini.errors import LabError
from gpt2mini.settings import Value
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.heard import Begun, Candidate, Ended, Heard, Loading, Opened, Source, Spoken, Weighed

if TYPE_CHECKING:
    from concurrent.futures import Future

    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.decode import Row
    from gpt2mini.sampling import Prompt, Sampling

__all__ = ["Talker"]

CANDIDATES = 10
_NAMED = {" ": "a space", "\n": "a line break", "?": "a question mark"}
_BREATH = 0.008  # seconds between tokens of a run that trains: nobody reads faster, and the cores are for training
_PATIENCE = 30.0  # seconds for a trainer to come to the end of a step


@dataclass(slots=True, kw_only=True)
class _Model:
    """The model that is open; only the thread touches it."""

    checkpoint: "Checkpoint"
    opened: Opened
    logits: "dict[tuple[int, ...], Row]" = field(default_factory=dict)
    """After the latest prompt: moving a control does not read it again."""


class Talker:
    """One model at a time. Everything comes back through `heard` and `failed`, when the screen calls `drain`."""

    def __init__(
        self,
        heard: Callable[[Heard], None],
        failed: Callable[[LabError], None],
        *,
        snapshot: "Callable[[], Future[Checkpoint]]",
    ) -> None:
        """`snapshot` asks the running trainer for a copy of its model."""
        self._heard, self._failed, self._snapshot = heard, failed, snapshot
        self._errands = Errands("talker")
        self._source: Source | None = None
        self._model: _Model | None = None
        self.drain = self._errands.drain

    def open(self, source: Source) -> None:
        """Read a model; every later question goes to it."""
        self.stop()
        self._errands.stop("weigh")
        self._run("open", lambda: self._open(source))

    def weigh(self, text: str, values: Mapping[str, Value]) -> None:
        """Ask what could come after a text, drawn as `values` for `Sampling` say; only the latest question counts."""
        self._run("weigh", lambda: self._weigh(text, values))

    def write(self, text: str, values: Mapping[str, Value]) -> None:
        """Ask for a continuation; of a run that is training, from the step it has come to."""
        self._run("write", lambda: self._write(text, values))

    def stop(self) -> None:
        """Write no further token, and show none that is on its way."""
        self._errands.stop("write")

    @property
    def is_writing(self) -> bool:
        """Whether a continuation is under way."""
        return self._errands.is_running("write")

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way or waits to be drained."""
        return not self._errands.is_idle

    def close(self) -> None:
        """Stop, and let the thread end."""
        self._errands.close()

    def _run(self, key: str, work: Callable[[], Iterator[Heard | None]]) -> None:
        self._errands.run(key, work, self._heard, self._failed)

    # In the thread

    def _open(self, source: Source) -> Iterator[Heard | None]:
        yield Loading()
        self._source, self._model = source, None
        yield (yield from self._read(source))

    def _read(self, source: Source) -> Generator[None, None, Opened]:
        import torch

        torch.set_num_threads(1)
        if source.path is None:
            future = self._snapshot()
            yield from _wait(future)
            checkpoint = future.result()
        else:
            from gpt2mini.checkpoint import load_checkpoint

            checkpoint = load_checkpoint(source.path)
        self._model = _Model(checkpoint=checkpoint, opened=_describe(checkpoint, source))
        return self._model.opened

    def _require(self) -> _Model:
        if self._model is None:
            raise LabError("no model is open", do="Choose one first.")
        return self._model

    def _weigh(self, text: str, values: Mapping[str, Value]) -> Iterator[Heard | None]:
        sampling = _sampling(values)
        model = self._require()
        prompt = _encode(text, model.checkpoint)
        key = tuple(prompt.ids)
        if key not in model.logits:
            from gpt2mini.decode import Decoder

            model.logits = {key: Decoder(model.checkpoint.model).read(prompt.ids)}
        yield _weighed(model.logits[key], sampling, model.checkpoint)

    def _write(self, text: str, values: Mapping[str, Value]) -> Iterator[Heard | None]:
        from gpt2mini.sampling import generate

        sampling = _sampling(values)
        if self._source is not None and self._source.path is None:
            yield from self._read(self._source)
        model = self._require()
        checkpoint = model.checkpoint
        prompt = _encode(text, checkpoint)
        began = time.perf_counter()
        shown = checkpoint.tokenizer.decode(prompt.ids)
        yield Begun(prompt=shown, notices=tuple(_notices(text, prompt, checkpoint)), model=model.opened)
        tokens = 0
        for token in generate(checkpoint.model, checkpoint.tokenizer, prompt.ids, sampling):
            tokens += 1
            yield Spoken(text=token.text, bits=-math.log2(max(token.probability, 1e-300)))
            if model.opened.is_live:
                time.sleep(_BREATH)
        yield Ended(tokens=tokens, seconds=time.perf_counter() - began)


def _wait(future: "Future[Checkpoint]") -> Iterator[None]:
    until = time.monotonic() + _PATIENCE
    while not future.done():
        if time.monotonic() > until:
            raise LabError("the run that is training did not answer", do="Try again, or choose a checkpoint.")
        time.sleep(0.005)
        yield None


def _describe(checkpoint: "Checkpoint", source: Source) -> Opened:
    return Opened(
        run=source.run or checkpoint.run,
        step=checkpoint.step,
        val_loss=checkpoint.val_loss,
        changed=checkpoint.ablations.changed(),
        block_size=checkpoint.config.model.block_size,
        vocab_size=checkpoint.tokenizer.vocab_size,
        is_live=source.path is None,
    )


def _sampling(values: Mapping[str, Value]) -> "Sampling":
    from gpt2mini.sampling import Sampling

    checked: Any = dict(values)
    return Sampling(**checked)


def _encode(text: str, checkpoint: "Checkpoint") -> "Prompt":
    from gpt2mini.sampling import encode_prompt

    return encode_prompt(text, checkpoint.tokenizer, checkpoint.config.model.block_size)


def _notices(text: str, prompt: "Prompt", checkpoint: "Checkpoint") -> Iterator[str]:
    from gpt2mini.tokenizer import describe

    if not text:
        yield "There was no prompt: it begins after a line break."
    if prompt.unknown:
        placeholder = checkpoint.tokenizer.decode(checkpoint.tokenizer.encode_known(prompt.unknown[0])[0])
        became = f"Read as {_NAMED.get(placeholder, placeholder)}" if placeholder else "Left out"
        yield f"{became}, because the model has never seen it: {describe(prompt.unknown)}."
    if prompt.cropped:
        block = checkpoint.config.model.block_size
        yield f"The prompt is longer than the block of {block:,} tokens: its first {prompt.cropped:,} were left out."


def _weighed(logits: "Row", sampling: "Sampling", checkpoint: "Checkpoint") -> Weighed:
    import numpy as np

    from gpt2mini.sampling import probabilities

    own = probabilities(logits, replace(sampling, temperature=1.0, top_k=0, top_p=1.0))
    drawn = probabilities(logits, sampling)
    uncut = own if sampling.temperature == 0 else probabilities(logits, replace(sampling, top_k=0, top_p=1.0))
    candidates = tuple(
        Candidate(
            text=checkpoint.tokenizer.decode([int(token)]),
            share=float(drawn[token] or uncut[token]),
            is_cut=not drawn[token],
        )
        for token in np.argsort(-own, kind="stable")[:CANDIDATES]
    )

    def entropy(shares: "np.typing.NDArray[np.float64]") -> float:
        return float(-(shares * np.log2(np.maximum(shares, 1e-300))).sum())

    return Weighed(
        candidates=candidates, kept=int((drawn > 0).sum()), entropy=entropy(own), drawn_entropy=entropy(drawn)
    )
