"""A training run as a story on the terminal or in a log file, or as JSON Lines for a program."""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from gpt2mini import events as said
from gpt2mini.ablations import Ablations
from gpt2mini.events import Event
from gpt2mini.settings import from_plain
from gpt2mini_tui import words
from gpt2mini_tui.cli.output import SCHEMA, Lines, is_terminal
from gpt2mini_tui.cli.progress import Bar, position_line
from gpt2mini_tui.cli.table import facts
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.summaries import summary
from gpt2mini_tui.safe import safe

__all__ = ["JsonReport", "PlainReport", "Report", "TextReport", "quoted", "reference_lines"]

INTERVALS = 20
"""Lines about the loss, in a log of the whole run."""


class Report(Protocol):
    """Whoever tells what happens."""

    lines: Lines

    def preparing(self, doing: str) -> None:
        """There is no trainer yet."""

    def add(self, event: Event) -> None:
        """Tell of one event."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class JsonReport:
    """Every event as one JSON object a line, and nothing else."""

    def __init__(self) -> None:
        self.lines = Lines()

    def preparing(self, doing: str) -> None:
        """Say nothing: this is not an event."""

    def add(self, event: Event) -> None:
        """Print the event; the first one says which version of this output it is."""
        record = said.to_record(event)
        if isinstance(event, said.Started):
            record = {"event": record.pop("event"), "step": record.pop("step"), "schema": SCHEMA, **record}
        self.lines.say(json.dumps(record, allow_nan=False))

    def close(self) -> None:
        """There is nothing to clear."""


class TextReport:
    """Lines that stay, and on a terminal one below them that moves; off a terminal the loss is told now and then."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.history = History()
        self._bar = Bar()
        self._tells_steps = not (self._bar.is_on and is_terminal(sys.stdout))
        self._interval = 1

    def preparing(self, doing: str) -> None:
        """Show what there is to wait for."""
        if self._bar.is_due():
            self._bar.draw(f"{doing} …"[: self._bar.width])

    def add(self, event: Event) -> None:
        """Tell of one event, if it is worth a line, and move the bar."""
        self.history.add(event)
        if isinstance(event, said.Started):
            self._interval = max(1, (self.history.steps - event.step) // INTERVALS)
        told = self._told(event)
        if told:
            self._bar.clear()
            self.lines.say("\n".join(told))
        if self._bar.is_due() and not isinstance(event, said.Finished):
            self._bar.draw(position_line(self.history, self._bar.width))

    def close(self) -> None:
        """Take the bar away."""
        self._bar.clear()

    def _told(self, event: Event) -> list[str]:
        match event:
            case said.Started():
                return [*_header(event), ""]
            case said.StepDone(step=step):
                is_told = self._tells_steps and (step % self._interval == 0 or step in (1, self.history.steps))
                return [self._at(step, self._step(event))] if is_told else []
            case said.Sampled(step=step, prompt=prompt, text=text):
                return [self._at(step, "sample"), *quoted(prompt + text)]
        sentence = _sentence(event)
        return [self._at(event.step, sentence)] if sentence else []

    def _at(self, step: int, text: str) -> str:
        return f"step {step:>{len(str(self.history.steps))}}  {text}"

    def _step(self, event: said.StepDone) -> str:
        rate, left = self.history.tokens_per_second.smoothed.y, self.history.eta
        numbers = f"grad norm {event.grad_norm:7.3f}  lr {event.lr:.2e}  {rate:7,.0f} tokens/s"
        ending = f"  {words.duration(left)} left" if math.isfinite(left) and event.step < self.history.steps else ""
        return f"loss {words.loss(event.loss)}  {numbers}{ending}"


class PlainReport:
    """Sentences for a screen reader: every chart in words at each validation, and nothing that moves."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.history = History()

    def preparing(self, doing: str) -> None:
        """Say nothing: it would be said again and again."""

    def add(self, event: Event) -> None:
        """Tell of one event in sentences, if it is worth any."""
        self.history.add(event)
        match event:
            case said.Started():
                told = _header(event)
            case said.Evaluated():
                told = ["", *summary(self.history)]
            case said.Sampled(step=step, prompt=prompt, text=text):
                told = [f"Sample at step {step:,}: {safe(prompt + text).strip()}"]
            case said.StepDone() | said.Probed() | said.Answered():
                return
            case _:
                sentence = _sentence(event)
                told = [f"Step {event.step:,}: {sentence}."] if sentence else []
        if told:
            self.lines.say("\n".join(told))

    def close(self) -> None:
        """There is nothing to clear."""


def quoted(text: str) -> list[str]:
    """Return what a model wrote as lines that cannot be taken for ours."""
    return [f"  | {line}".rstrip() for line in safe(text, lines=True).strip("\n").split("\n")]


def reference_lines(references: Mapping[str, float]) -> str:
    """Return the reference lines from the worst to the best: `guessing 4.174, 1-gram 3.347, … nats/token`."""
    descending = sorted(references.items(), key=lambda reference: -reference[1])
    return ", ".join(f"{words.reference(name)} {words.loss(value)}" for name, value in descending) + " nats/token"


def _header(event: said.Started) -> list[str]:
    """Return who trains what on what, as lines."""
    model, train, data = (event.config[part] for part in ("model", "train", "data"))
    changed = from_plain(Ablations, event.config["ablations"]).changed()
    tokens = f"{train['batch_size']} x {model['block_size']} = {event.tokens_per_step:,} tokens"
    held_back = f"{event.val_tokens:,} held back" if event.val_tokens else "none held back"
    return facts(
        [
            ("run", event.run + (f", going on from step {event.step:,}" if event.step else "")),
            ("text", f"{_short(data['data'])}: {event.train_tokens:,} tokens, {held_back}"),
            ("vocabulary", f"{model['vocab_size']:,} different tokens" + _size_of_tokens(data, event.bytes_per_token)),
            ("references", reference_lines(event.references)),
            ("model", f"{event.parameters:,} parameters: {_shape(model)}"),
            ("switches", words.switches(changed) or "all on"),
            ("training", f"{train['steps']:,} steps of {tokens}, lr {train['lr']:g}, seed {train['seed']}"),
            ("device", f"{event.device}, {words.count(event.threads, 'thread')}"),
        ]
    )


def _size_of_tokens(data: Mapping[str, Any], size: float) -> str:
    return "" if data["tokenizer"] == "char" else f" of {size:.2f} bytes on the mean"


def _shape(model: Mapping[str, Any]) -> str:
    sizes = f"{words.count(model['n_layer'], 'layer')}, {words.count(model['n_head'], 'head')}, {model['n_embd']} wide"
    return f"{sizes}, block {model['block_size']}, dropout {model['dropout']:g}"


def _short(source: str) -> str:
    return "standard input" if source == "-" else Path(source).name or source


def _sentence(event: Event) -> str:
    match event:
        case said.Evaluated(val_loss=val_loss):
            return f"val  {words.loss(val_loss)}"
        case said.Answered(exact=exact, tokens=tokens, problems=problems, chance=chance):
            return f"answers  {words.answers(exact, tokens, problems, chance)}"
        case said.Noticed(text=text):
            return f"note: {safe(text)}"
        case said.Skipped(tensor=tensor):
            return f"skipped: {safe(tensor)} was not finite"
        case said.Spiked(loss=loss, usual=usual):
            return f"the loss jumped to {words.loss(loss)} from about {words.loss(usual)}"
        case said.Saved(checkpoint=checkpoint):
            return f"saved {safe(checkpoint)}"
        case said.SaveFailed(why=why):
            return f"not saved: {safe(why)}"
        case said.Switched(name=name, value=value):
            return f"switched: {words.switches({name: value})}"
        case said.Paused():
            return "paused"
        case said.Continued():
            return "going on"
    return ""
