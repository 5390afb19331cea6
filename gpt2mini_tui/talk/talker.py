"""Talks to models in a thread of its own, and says what it heard as values that a screen can show.

A model is a copy: a checkpoint, or a snapshot that a trainer handed over between two steps. It is asked at one
intra-op thread, so nothing here can slow down or change a training run. Several models share the thread and take turns
token by token. Importing this imports no torch; the first question does, in the thread.
"""

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gpt2mini.errors import LabError
from gpt2mini.settings import Value
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.talk.handing import handed_over
from gpt2mini_tui.talk.heard import Begun, Ended, Heard, Loading, Opened, Scored, Source, Spoken
from gpt2mini_tui.talk.weighing import as_said, given, notices, read_as, vocabulary_of, weighed

if TYPE_CHECKING:
    from concurrent.futures import Future

    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.decode import Decoder, Row
    from gpt2mini.sampling import Prompt, Sampling

__all__ = ["Talker"]

_BREATH = 0.008  # seconds between tokens of a run that trains: nobody reads faster, and the cores are for training
_ROWS = 64  # questions whose logits are kept, so that moving a control, or walking back, does not read a text again


@dataclass(slots=True, kw_only=True)
class _Model:
    """A model that is open; only the thread touches it."""

    source: Source
    checkpoint: "Checkpoint"
    opened: Opened
    decoder: "Decoder"
    """Its weights as rows need them, made once; every question reads through a window of its own."""
    logits: "dict[tuple[int, ...], Row]" = field(default_factory=dict)

    def row(self, ids: "Sequence[int]") -> "Row":
        """Return the logits after some ids, read once."""
        key = tuple(ids)
        if key not in self.logits:
            while len(self.logits) >= _ROWS:
                self.logits.pop(next(iter(self.logits)))
            self.logits[key] = self.decoder.fresh().read(key)
        return self.logits[key]


class Talker:
    """Models by number. Everything comes back through `heard` and `failed`, when the screen calls `drain`."""

    def __init__(
        self,
        heard: Callable[[Heard], None],
        failed: Callable[[int, LabError], None],
        *,
        snapshot: "Callable[[], Future[Checkpoint]]",
    ) -> None:
        """`snapshot` asks the running trainer for a copy of its model."""
        self._heard, self._failed, self._snapshot = heard, failed, snapshot
        self._errands = Errands("talker")
        self._models: dict[int, _Model] = {}
        self.drain = self._errands.drain

    def open(self, slot: int, source: Source) -> None:
        """Read a model; every later question with this number goes to it."""
        self.stop(slot)
        self._errands.stop(f"weigh-{slot}")
        self._run(f"open-{slot}", slot, lambda: self._open(slot, source))

    def refresh(self, slot: int) -> None:
        """Take a newer copy of a model that is training."""
        self._run(f"open-{slot}", slot, lambda: self._refresh(slot))

    def shut(self, slot: int) -> None:
        """Forget a model."""
        for what in ("open", "weigh", "write"):
            self._errands.stop(f"{what}-{slot}")
        self._run(f"open-{slot}", slot, lambda: self._shut(slot))

    def weigh(
        self,
        slot: int,
        ids: Sequence[int],
        values: Mapping[str, Value],
        *,
        text: str = "",
        seen: int = 0,
        taken: int | None = None,
    ) -> None:
        """Ask what could come after some ids and a text, drawn as `values` for `Sampling` say.

        `seen` is how many of the tokens the model looks at, 0 for as many as fit; `taken` is the one that was chosen.
        Only the latest question counts.
        """
        kept = list(ids)
        self._run(f"weigh-{slot}", slot, lambda: self._weigh(slot, kept, text, values, seen=seen, taken=taken))

    def write(
        self, slot: int, ids: Sequence[int], text: str | None, values: Mapping[str, Value], *, drawn: int = 0
    ) -> None:
        """Ask how some ids and a text go on; of a run that is training, from the step it has come to.

        None is no text at all: the ids just go on, as if `drawn` tokens of the same seed had been written before.
        """
        kept = list(ids)
        self._run(f"write-{slot}", slot, lambda: self._write(slot, kept, text, values, drawn))

    def score(self, slot: int, text: str, *, of: int) -> None:
        """Ask what a model makes of a text that the model number `of` wrote."""
        self._run(f"score-{slot}-{of}", slot, lambda: self._score(slot, text, of))

    def stop(self, slot: int) -> None:
        """Write no further token, and show none that is on its way."""
        self._errands.stop(f"write-{slot}")

    def is_writing(self, slot: int) -> bool:
        """Tell whether a continuation is under way."""
        return self._errands.is_running(f"write-{slot}")

    def is_opening(self, slot: int) -> bool:
        """Tell whether a model is being read."""
        return self._errands.is_running(f"open-{slot}")

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way or waits to be drained."""
        return not self._errands.is_idle

    def close(self) -> None:
        """Stop, and let the thread end."""
        self._errands.close()

    def _run(self, key: str, slot: int, work: Callable[[], Iterator[Heard | None]]) -> None:
        self._errands.run(key, work, self._heard, lambda error: self._failed(slot, error))

    # In the thread

    def _open(self, slot: int, source: Source) -> Iterator[Heard | None]:
        yield Loading(slot=slot)
        self._models.pop(slot, None)
        yield (yield from self._read(slot, source))

    def _refresh(self, slot: int) -> Iterator[Heard | None]:
        yield (yield from self._read(slot, self._require(slot).source))

    def _shut(self, slot: int) -> Iterator[Heard | None]:
        self._models.pop(slot, None)
        yield None

    def _read(self, slot: int, source: Source) -> Generator[None, None, Opened]:
        import torch

        torch.set_num_threads(1)
        if source.path is None:
            checkpoint = yield from handed_over(self._snapshot)
        else:
            from gpt2mini.checkpoint import load_checkpoint

            checkpoint = load_checkpoint(source.path)
        from gpt2mini.decode import Decoder

        opened = _describe(checkpoint, source, slot)
        decoder = Decoder(checkpoint.model)
        self._models[slot] = _Model(source=source, checkpoint=checkpoint, opened=opened, decoder=decoder)
        return opened

    def _require(self, slot: int) -> _Model:
        if slot not in self._models:
            raise LabError("no model is open", do="Choose one first.")
        return self._models[slot]

    def _weigh(
        self, slot: int, ids: list[int], text: str, values: Mapping[str, Value], *, seen: int, taken: int | None
    ) -> Iterator[Heard | None]:
        sampling = _sampling(values)
        model = self._require(slot)
        _check([*ids, *([] if taken is None else [taken])], model)
        block = model.checkpoint.config.model.block_size
        added = _encode(text, model.checkpoint).ids if text or not ids else []
        window = [*ids, *added][-(min(seen, block) or block) :]
        row = model.row(window)
        yield weighed(row, sampling, model.checkpoint, slot=slot, seen=len(window), taken=taken)

    def _write(
        self, slot: int, ids: list[int], text: str | None, values: Mapping[str, Value], drawn: int
    ) -> Iterator[Heard | None]:
        from gpt2mini.sampling import generate

        sampling = _sampling(values)
        if self._require(slot).source.path is None:
            yield from self._read(slot, self._models[slot].source)
        model = self._models[slot]
        checkpoint, opened = model.checkpoint, model.opened
        _check(ids, model)
        said: tuple[str, ...] = ()
        added: list[int] = []
        if text is not None:
            prompt = _encode(text, checkpoint)
            added, said = prompt.ids, tuple(notices(text, prompt, checkpoint))
        began = time.perf_counter()
        yield Begun(slot=slot, said=given(added, checkpoint), notices=said, model=opened)
        tokens = 0
        window = [*ids, *added][-opened.block_size :]
        for token in generate(model.decoder, checkpoint.tokenizer, window, sampling, drawn=drawn):
            tokens += 1
            yield Spoken(slot=slot, said=as_said(token, opened.label))
            if opened.is_live:
                time.sleep(_BREATH)
        yield Ended(slot=slot, tokens=tokens, seconds=time.perf_counter() - began)

    def _score(self, slot: int, text: str, of: int) -> Iterator[Heard | None]:
        from gpt2mini.sampling import score

        model = self._require(slot)
        pieces = list(read_as(text, model.checkpoint))
        bits = [math.nan] if pieces else []
        for token in score(model.decoder, model.checkpoint.tokenizer, [one for one, _, _ in pieces]):
            bits.append(-math.log2(max(token.probability, 1e-300)))
            yield None
        known = tuple(
            (words, math.nan if is_strange else surprise)
            for (_, words, is_strange), surprise in zip(pieces, bits, strict=True)
        )
        yield Scored(slot=slot, of=of, text=text, bits=known, label=model.opened.label)


def _check(ids: Sequence[int], model: _Model) -> None:
    if max(ids, default=0) >= model.opened.vocab_size:  # the run was replaced by another one meanwhile
        raise LabError("this text is of another vocabulary than the model", do="Begin a new one.")


def _describe(checkpoint: "Checkpoint", source: Source, slot: int) -> Opened:
    return Opened(
        slot=slot,
        run=source.run or checkpoint.run,
        step=checkpoint.step,
        val_loss=checkpoint.val_loss,
        changed=checkpoint.ablations.changed(),
        block_size=checkpoint.config.model.block_size,
        vocab_size=checkpoint.tokenizer.vocab_size,
        vocabulary=vocabulary_of(checkpoint),
        is_live=source.path is None,
    )


def _sampling(values: Mapping[str, Value]) -> "Sampling":
    from gpt2mini.sampling import Sampling

    checked: Any = dict(values)
    return Sampling(**checked)


def _encode(text: str, checkpoint: "Checkpoint") -> "Prompt":
    from gpt2mini.sampling import encode_prompt

    return encode_prompt(text, checkpoint.tokenizer, checkpoint.config.model.block_size)
