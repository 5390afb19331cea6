"""Runs and their checkpoints as one list of lines: what is open, what the filter leaves, and what each line says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rich.cells import cell_len

from gpt2mini.entries import best
from gpt2mini_tui import words
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.runs.short_names import ShortNames
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.sieve import Sieve, said
from gpt2mini_tui.widgets.rows import Cell, Tone

__all__ = ["LEGEND", "Key", "Node", "RunTree"]

Key = tuple[str, str]
"""The name of a run, and that of a checkpoint or nothing."""

LEGEND = (
    ("›", "the line that is pointed at; between a name and a step: a checkpoint of that run"),
    ("▸ ▾", "a run that is closed, or open: Enter, or right and left"),
    ("├ └", "a checkpoint of the run above, the newest first"),
    ("…", "here something is left out, of a name or of what was flipped; the title on the right has the whole name"),
    ("◆", "behind a step: pinned, it stays when newer ones come; p pins it, and lets it go"),
    ("✓", "verified: every number was read and is sound; v does so"),
    ("damaged", "it cannot be used; what is wrong stands on the right"),
    ("best", "the lowest validation loss among the checkpoints of its run"),
    ("a word", "behind a step: the name that somebody gave this checkpoint; R changes it"),
    ("–", "nothing was measured"),
    ("▼", "on the chart: this checkpoint"),
    ("R21 r120", "a switch was flipped at that step: a capital away from GPT-2, a small letter back to it"),
    ("#tag", "a tag of the run; t changes them, and / finds the runs that have it"),
)
"""What stands in the list and beside it, and what it means."""
_BESIDE = 2 + 12 + 7
"""Cells of a line that are not for the name of a run: whether it is open, its status, its loss."""
_TONES: dict[str, Tone] = {"training": "accent", "diverged": "bad", "damaged": "bad"}


class Node(NamedTuple):
    """A line of the tree: a run, one of its checkpoints, or a word about them."""

    run: RunSummary
    entry: CheckpointEntry | None = None
    word: str = ""
    is_last: bool = False
    """Whether no other line of the same run follows."""

    @property
    def key(self) -> Key:
        """What this line is about, whatever its place."""
        return self.run.name, self.entry.name if self.entry else self.word


@dataclass(slots=True)
class RunTree:
    """What there is and what of it is shown; `nodes` are the lines."""

    runs: Sequence[RunSummary] = ()
    sieve: Sieve = field(default_factory=Sieve)
    opened: dict[str, tuple[CheckpointEntry, ...] | None] = field(default_factory=dict)
    """The checkpoints of the runs that are open; None while they are being read."""
    found: Mapping[str, tuple[CheckpointEntry, ...]] = field(default_factory=dict)
    """All checkpoints by run, as far as a filter for checkpoints has had them read."""
    nodes: list[Node] = field(default_factory=list)
    verified: dict[Path, str] = field(default_factory=dict)
    """What reading every number of a checkpoint has shown: nothing where it is sound, else what is wrong."""
    _names: ShortNames = field(default_factory=ShortNames)

    def arrange(self) -> None:
        """Make the lines anew after anything has changed."""
        self.nodes = []
        self._names.take([run.name for run in self.runs])
        for run in self.runs:
            if self.sieve.kinds:
                self.nodes += self._sifted(run)
            elif self.sieve.takes(run):
                self.nodes.append(Node(run))
                if run.name in self.opened:
                    self.nodes += self._inside(run)

    def place(self, key: Key) -> int | None:
        """Return the line of something; where it is gone, that of the checkpoint beside it, else that of its run.

        None where nothing of the run is there.
        """
        places = {node.key: place for place, node in enumerate(self.nodes)}
        if key in places:
            return places[key]
        beside = [node.entry.name for node in self.nodes if node.entry is not None and node.run.name == key[0]]
        older = (name for name in beside if name < key[1])
        return places.get((key[0], next(older, beside[-1] if beside and key[1] else "")))

    def draw(self, index: int, width: int) -> list[Cell]:
        """Return the cells of a line."""
        node = self.nodes[index]
        if node.entry is not None:
            is_best = self._is_best(node.run.name, node.entry)
            return _draw_checkpoint(node, node.entry, width, is_best=is_best, verdict=self.verdict(node))
        if node.word:
            return [Cell("  └ ", 4, "dim"), Cell(node.word, width - 4, "dim")]
        status, room = said(node.run.status), max(4, width - _BESIDE)
        return [
            Cell("▾ " if self.sieve.kinds or node.run.name in self.opened else "▸ ", 2, "dim"),
            Cell(self._names.short(node.run.name, room), room, "strong"),
            Cell(f" {status}", 12, _TONES.get(status, "dim")),
            Cell(words.loss(node.run.val_loss, is_measured=node.run.is_validated), 7, is_right=True),
        ]

    @property
    def wanted(self) -> int:
        """Cells of a line in which every name is whole."""
        return self._names.widest + _BESIDE

    def verdict(self, node: Node) -> str | None:
        """Return what verifying a checkpoint has shown: nothing for a sound one; None where nobody has verified it."""
        return None if node.entry is None else self.verified.get(node.entry.path)

    def _inside(self, run: RunSummary) -> list[Node]:
        entries = self.opened[run.name]
        if not entries:
            return [Node(run, word="reading" if entries is None else "no checkpoint yet")]
        return [Node(run, entry, is_last=entry is entries[-1]) for entry in entries]

    def _sifted(self, run: RunSummary) -> list[Node]:
        """Return the lines of a run where a filter for checkpoints leaves some of it: those checkpoints, all open."""
        entries = self.sieve.inside(run, self.found.get(run.name, ()))
        if not entries and not self.sieve.is_damaged(run):
            return []
        return [Node(run), *(Node(run, entry, is_last=entry is entries[-1]) for entry in entries)]

    def _is_best(self, run: str, entry: CheckpointEntry) -> bool:
        entries = self.found.get(run, ()) if self.sieve.kinds else self.opened.get(run) or ()
        top = best(entries)
        return len(entries) > 1 and top is not None and entry.name == top.name


def _draw_checkpoint(
    node: Node, entry: CheckpointEntry, width: int, *, is_best: bool, verdict: str | None
) -> list[Cell]:
    stem = Cell("  └ " if node.is_last else "  ├ ", 4, "dim")
    name = f"step {entry.step:,}{' ◆' if entry.pinned else ''}{' ✓' if verdict == '' else ''}"
    if entry.problem or verdict:
        return [stem, Cell(name, 13), Cell("damaged", max(0, width - 17), "bad")]
    most = " best" if is_best or not entry.label else ""
    room = max(4, width - 4 - len(most) - 7 - 7)
    short, aligned = len(name) + 1, max(13, len(name) + 1)
    has_room = aligned + cell_len(safe(entry.label)) <= room
    taken = min(room, aligned if has_room else short) if entry.label else room
    return [
        stem,
        Cell(name, taken),
        *([Cell(entry.label, room - taken, "accent")] if entry.label else []),
        Cell(most if is_best else "", len(most), "good"),
        Cell(words.age(entry.created), 7, "dim", is_right=True),
        Cell(words.loss(entry.val_loss), 7, "good" if is_best else "", is_right=True),
    ]
