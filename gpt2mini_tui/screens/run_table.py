"""Runs as a table: which columns there are, which of them a width has room for, and in which order the runs stand."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rich.cells import cell_len

from gpt2mini.labels import NOTEBOOK
from gpt2mini_tui import words
from gpt2mini_tui.charts.comparing import LETTERS, NOISE, delta
from gpt2mini_tui.folds.changes import flips_of
from gpt2mini_tui.runs.shelf import RunSummary, Story
from gpt2mini_tui.runs.short_names import ShortNames
from gpt2mini_tui.screens.sieve import Sieve, said
from gpt2mini_tui.switches import flips
from gpt2mini_tui.widgets.column_heads import Head
from gpt2mini_tui.widgets.rows import RUN_TONES, Cell, Tone

__all__ = ["COLUMNS", "LEGEND", "RunTable"]


class _Row(NamedTuple):
    """All that the cells of a run are made of."""

    run: RunSummary
    mark: str
    best: float
    delta: float
    delta_step: int
    """The last step at which both were validated."""
    has_baseline: bool
    is_baseline: bool
    loss: float
    flips: str

    @property
    def val(self) -> str:
        """The last validation loss; one that was measured and is no number is no dash."""
        return words.loss(self.run.val_loss, is_measured=self.run.is_validated)


class _Column(NamedTuple):
    key: str
    title: str
    width: int
    """At least; what is left of a line goes to the name and to the switches."""
    text: Callable[[_Row], str]
    order: Callable[[_Row], Any]
    is_right: bool = True
    least: int = 0
    """The width of the table from which on there is room for it."""


def _steps(number: int) -> str:
    """Return a number of steps in at most seven cells."""
    return f"{number:,}" if number < 1_000_000 else words.short(float(f"{number:.4g}"))


def _difference(row: _Row) -> str:
    if row.is_baseline:
        return "baseline"
    if not row.has_baseline:
        return ""
    return "–" if math.isnan(row.delta) else f"{words.difference(row.delta)}@{words.short(row.delta_step)}"


def _about(run: RunSummary, flipped: str) -> str:
    """Return what the last column says of a run: a note, what is not as in GPT-2, its tags, what was flipped."""
    tags = [f"#{tag}" for tag in run.tags]
    noted = "¶" if run.note or any(getattr(run, name) for name in NOTEBOOK) else ""
    return f"  {' '.join(filter(None, (noted, words.switches(run.changed), *tags, flipped)))}"


_COLUMNS = (
    _Column("mark", "", 2, lambda row: row.mark, lambda row: row.mark or "~", is_right=False),
    _Column("name", "run", 14, lambda row: row.run.name, lambda row: row.run.name.casefold(), is_right=False),
    _Column("status", "status", 11, lambda row: said(row.run.status), lambda row: said(row.run.status), is_right=False),
    _Column("step", "step", 8, lambda row: _steps(row.run.step), lambda row: row.run.step),
    _Column("steps", "of", 8, lambda row: _steps(row.run.steps), lambda row: row.run.steps, least=96),
    _Column("loss", "loss", 7, lambda row: words.loss(row.loss), lambda row: row.loss),
    _Column("val", "val", 7, lambda row: row.val, lambda row: row.run.val_loss),
    _Column("best", "best", 7, lambda row: words.loss(row.best), lambda row: row.best),
    _Column("delta", "Δ val@step", 12, _difference, lambda row: row.delta),
    _Column("text", "  text", 14, lambda row: f"  {row.run.corpus}", lambda row: row.run.corpus, False, 110),
    _Column("age", "age", 8, lambda row: words.age(row.run.created), lambda row: -row.run.created, least=88),
    _Column(
        "switches",
        "  switches",
        0,
        lambda row: _about(row.run, row.flips),
        lambda row: (row.run.tags, len(row.run.changed), row.flips),
        is_right=False,
    ),
)
_NAME = next(column for column in _COLUMNS if column.key == "name")
_LEAST = 10
"""Cells that the last column has, even if it has little to say: its title needs them."""
COLUMNS = tuple(column.key for column in _COLUMNS)
"""The keys that a table can be sorted by."""
LEGEND = (
    ("›", "the run that is pointed at"),
    ("a b c", "marked by space: the letter and the colour are those of its curve, and of its column on the right"),
    ("…", "here a part of a name is left out; the whole of it stands in Checkpoints, and R changes it"),
    ("▴ ▾", "the table is sorted by this column, the smallest or the largest first"),
    ("–", "not known: nothing was measured, or it cannot be compared, as on another text or without a causal mask"),
    ("NaN", "measured, and not finite: the run diverged; its best stays"),
    ("Δ val@step", "val minus that of the baseline, at the last step where both were validated"),
    ("none", "on the right, in place of a step: there is none at which both were validated"),
    ("text, leak", "in its place too: the texts differ; one of the two was trained without the causal mask then"),
    ("baseline", "what the others are measured against, by b; `base` on the right"),
    ("dim Δ", f"less than {NOISE} nats: two seeds of the same run differ by as much, so it says nothing"),
    ("¶", "a note or a notebook stands beside the run; o and O open them"),
    ("#tag", "a tag; t changes them, and / finds the runs that have it"),
    ("R21 r120", "a switch was flipped at that step: a capital away from GPT-2, a small letter back to it"),
    ("Δ40", "on the right: the learning rate, clip, decay or dropout was changed at that step"),
    ("no mlp", "a switch that is not as in GPT-2 since the run began"),
    ("damaged", "it cannot be read; why stands below the table when it is pointed at"),
    ("same, noise", "on the chart of differences: none, and as much as two seeds of the same run differ by"),
)
"""What stands in the table and beside it, and what it means."""
_QUIET = ("status", "steps", "loss", "age", "text", "switches")


@dataclass(slots=True)
class RunTable:
    """The runs, the marks on them, and the order they stand in; `shown` are the lines."""

    runs: Sequence[RunSummary] = ()
    sieve: Sieve = field(default_factory=Sieve)
    by: str = "age"
    falls: bool = False
    marked: list[str] = field(default_factory=list)
    """Names, in the order they were marked: the place of each is its letter and its colour."""
    baseline: str = ""
    stories: dict[str, Story] = field(default_factory=dict)
    shown: list[RunSummary] = field(default_factory=list)
    _names: ShortNames = field(default_factory=ShortNames)
    _wanted: int = 0
    """Cells that the last column needs to say all it has to say of any run."""
    _measured: Sequence[RunSummary] = ()

    def arrange(self) -> None:
        """Make the lines anew after anything has changed; what is not known stands last, either way."""
        self._measure()
        column = next(column for column in _COLUMNS if column.key == self.by)
        orders = [(column.order(self._row(run)), run) for run in self.runs if self.sieve.takes(run)]
        known = [pair for pair in orders if not _is_unknown(pair[0])]
        known.sort(key=lambda pair: pair[0], reverse=self.falls)
        self.shown = [run for _, run in known] + [run for order, run in orders if _is_unknown(order)]

    def _measure(self) -> None:
        """See how long the names are, and what stands in the last column: of all runs, so that no filter moves it."""
        if self.runs is not self._measured:
            self._measured = self.runs
            self._names.take([run.name for run in self.runs])
            self._wanted = max((cell_len(_about(run, flips(run.flips))) for run in self.runs), default=0)

    def toggle(self, name: str) -> bool:
        """Mark a run, or take its mark away; False where all letters are taken."""
        if name in self.marked:
            self.marked.remove(name)
        elif len(self.marked) == len(LETTERS):
            return False
        else:
            self.marked.append(name)
        return True

    def sortable(self, width: int) -> list[str]:
        """Return the columns in sight that the list can be sorted by."""
        return [column.key for column, _ in self._fitting(width) if column.key != "mark"]

    def heads(self, width: int) -> list[Head]:
        """Return the titles of the columns that a width has room for."""
        return [Head(column.key, column.title, size, column.is_right) for column, size in self._fitting(width)]

    def draw(self, index: int, width: int) -> list[Cell]:
        """Return the cells of a line."""
        row = self._row(self.shown[index])
        return [
            Cell(self._text(column, row, size), size, self._tone(column.key, row), column.is_right)
            for column, size in self._fitting(width)
        ]

    @property
    def base(self) -> Story | None:
        """The run that the others are measured against, as far as it is read; None while it lies in the trash."""
        is_there = any(run.name == self.baseline for run in self.runs)
        return self.stories.get(self.baseline) if is_there else None

    def letters(self) -> Mapping[str, str]:
        """Return the letter of each marked run by its name."""
        return {name: LETTERS[place] for place, name in enumerate(self.marked)}

    def _text(self, column: _Column, row: _Row, size: int) -> str:
        """Return what a cell says; a name leaves room before the next column, a number room behind the last."""
        if column.key == "name":
            return self._names.short(row.run.name, size - 1)
        return f" {column.text(row)}" if column.is_right else column.text(row)

    def _fitting(self, width: int) -> list[tuple[_Column, int]]:
        """Return the columns that a width has room for; names are whole before the rest of a line is given away."""
        columns = [column for column in _COLUMNS if column.least <= width]
        rest = max(0, width - sum(column.width for column in columns))
        longer = max(0, self._names.widest + 1 - _NAME.width)
        name = min(longer, max(rest - max(_LEAST, self._wanted), max(0, rest - _LEAST) // 2))
        more = {"name": name, "switches": rest - name}
        return [(column, column.width + more.get(column.key, 0)) for column in columns]

    def _row(self, run: RunSummary) -> _Row:
        story, base = self.stories.get(run.name), self.stories.get(self.baseline)
        distance = delta(story, base) if story and base and run.name != self.baseline else None
        return _Row(
            run=run,
            mark=LETTERS[self.marked.index(run.name)] if run.name in self.marked else "",
            best=story.history.best.loss if story and story.history.best else math.nan,
            delta=distance[1] if distance else math.nan,
            delta_step=distance[0] if distance else 0,
            has_baseline=bool(self.baseline),
            is_baseline=run.name == self.baseline,
            loss=story.history.loss.smoothed.y if story else run.smoothed,
            flips=flips(flips_of(story.history) if story else run.flips),
        )

    def _tone(self, key: str, row: _Row) -> Tone:
        if key == "mark":
            return RUN_TONES[self.marked.index(row.run.name)] if row.mark else ""
        if key == "name":
            return "strong"
        if key == "delta":
            return "dim" if abs(row.delta) < NOISE or math.isnan(row.delta) else "bad" if row.delta > 0 else "good"
        if key == "status" and row.run.status in ("damaged", "diverged"):
            return "bad"
        if key == "status" and row.run.status == "running":
            return "accent"
        return "dim" if key in _QUIET else ""


def _is_unknown(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
