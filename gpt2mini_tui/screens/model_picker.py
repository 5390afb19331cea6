"""A list of everything that can be talked to: the run that is training now, then all checkpoints, the newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from gpt2mini_tui import words
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.runs.short_names import short_name
from gpt2mini_tui.screens.sieve import Sieve
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.widgets.filter_line import FilterLine
from gpt2mini_tui.widgets.rows import Cell, Rows

__all__ = ["Choice", "ModelPicker", "choices"]

_HEADS = "     step  val, nats      age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to talk to."""

    source: Source
    step: int = 0
    val_loss: float = 0.0
    created: float = 0.0
    run: RunSummary | None = None
    label: str = ""
    """What somebody calls the checkpoint."""


def choices(run: RunSummary, entries: Sequence[CheckpointEntry]) -> Iterator[Choice]:
    """Yield the checkpoints of a run that can be read, in the order they come in."""
    for entry in entries:
        if not entry.problem:
            source = Source(run=run.name, path=entry.path)
            yield Choice(
                source=source,
                step=entry.step,
                val_loss=entry.val_loss,
                created=entry.created,
                run=run,
                label=entry.label,
            )


class ModelPicker(ModalScreen[Source | None]):
    """Choose with Enter or a click; typing narrows the list down; Escape leaves everything as it is."""

    CSS_PATH = "model_picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="picker.cancel", tooltip="Keep the model that is open."),
        Binding("enter", "choose", "Choose", id="picker.choose", tooltip="Take this model."),
        Binding("slash", "filter", "Filter", id="picker.filter", tooltip="Show only some of them."),
    ]

    def __init__(self, *, live: str, title: str = "Talk to") -> None:
        """`live` is the name of the run that is training now, if one is; `title` says what the model is for."""
        super().__init__()
        self._title = title
        self._live = live
        self._all: list[Choice] = [Choice(source=LIVE)] if live else []
        self._shown: list[Choice] = list(self._all)
        self._sieve = Sieve()
        self._hint = "reading the checkpoints"

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(id="picker"):
            with Horizontal(id="picker-heads"):
                yield Static(f" {self._title}", id="picker-title", markup=False)
                yield Static(_HEADS, id="picker-columns", markup=False)
            yield FilterLine(id="picker-filter", placeholder="filter by name, text, status or switch")
            yield Rows(self._draw, id="picker-rows")

    def on_mount(self) -> None:
        """Show what is known already."""
        self._arrange()
        self.query_one(Rows).focus()

    def add(self, found: Sequence[Choice]) -> None:
        """Take in some more of them; they come in while the list is open, or even before."""
        self._all += found
        self._arrange()

    def complete(self) -> None:
        """Know that there are no more."""
        self._hint = "There is no checkpoint yet.\nPress Escape, then 1 to train a model."
        self._arrange()

    def action_choose(self) -> None:
        """Take the one that is pointed at."""
        if self._shown:
            self.dismiss(self._shown[self.query_one(Rows).cursor].source)

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterLine).open()

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        self._sieve.text = event.value
        self._arrange()

    @on(Input.Submitted)
    def _filter_left(self) -> None:
        self.query_one(Rows).focus()

    def _arrange(self) -> None:
        self._shown = [one for one in self._all if one.run is None or self._sieve.takes(one.run, one.label)]
        for rows in self.query(Rows):
            rows.hint = self._hint
            rows.show(len(self._shown))

    def _draw(self, index: int, width: int) -> list[Cell]:
        choice = self._shown[index]
        if choice.run is None:
            return [Cell(f" {self._live}, training now", width, "accent")]
        switches = max(0, min(24, width - len(_HEADS) - 16))
        room = max(0, width - len(_HEADS) - switches)
        label = f" · {choice.label}" if choice.label else ""
        name = short_name(choice.run.name, max(13, room - 2 - len(label)))
        return [
            Cell(f" {name}{label}", room, "strong"),
            Cell(words.switches(choice.run.changed), switches, "dim"),
            Cell(f"{choice.step:,}", 9, is_right=True),
            Cell(words.loss(choice.val_loss), 11, is_right=True),
            Cell(words.age(choice.created), 9, "dim", is_right=True),
        ]
