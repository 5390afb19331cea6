"""Words that narrow a list of runs down: of a run, and with `is:` of the checkpoints in it.

Plain words are looked for in everything a list says of a run; `#word` is a whole tag; `is:pinned`, `is:best`,
`is:named` and `is:damaged` leave only checkpoints of that kind, and the runs they are in.
"""

from collections.abc import Sequence

from gpt2mini.entries import best
from gpt2mini_tui import words
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.switches import title

__all__ = ["KINDS", "Sieve", "said", "why_empty"]

KINDS = ("pinned", "best", "named", "damaged")
"""What a checkpoint can be asked for."""
_ASKED = "is:"
_STATUS = {"running": "training"}
_NO_RUNS = "No runs yet.\n\nPress 1, then start one: it is listed here from its first step on."
_NOTHING_LEFT = "Nothing is left of the filter.\n\nPress / to change it; Escape there takes it away."


class Sieve:
    """A filter, and what is known of each run in words, put together once: a key press must not cost ten thousand."""

    def __init__(self) -> None:
        self.kinds: tuple[str, ...] = ()
        """What checkpoints have to be; empty for a filter that is about runs alone."""
        self._words: tuple[str, ...] = ()
        self._text = ""
        self._about: dict[str, tuple[RunSummary, str]] = {}

    @property
    def text(self) -> str:
        """The filter as it was typed."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        found = text.casefold().split()
        asked = [word.removeprefix(_ASKED) for word in found if word.startswith(_ASKED)]
        self.kinds = tuple(kind for word in asked if word for kind in KINDS if kind.startswith(word))
        self._words = tuple(word for word in found if not word.startswith(_ASKED))

    def takes(self, run: RunSummary, label: str = "") -> bool:
        """Tell whether every plain word is somewhere in the name, text, status, switches, tags or note of a run.

        The `label` of a checkpoint in it counts as well.
        """
        if not self._words:
            return True
        known = self._about.get(run.name)
        if known is None or known[0] is not run:
            known = self._about[run.name] = (run, _about(run))
        about = f"{known[1]} {label.casefold()}" if label else known[1]
        return all(
            word in {f"#{tag.casefold()}" for tag in run.tags}
            if word.startswith("#") and len(word) > 1
            else word in about
            for word in self._words
        )

    def inside(self, run: RunSummary, entries: Sequence[CheckpointEntry]) -> tuple[CheckpointEntry, ...]:
        """Return the checkpoints of a run that are of the kinds asked for."""
        top = best(entries)
        return tuple(
            entry
            for entry in entries
            if all(_is(kind, entry, top) for kind in self.kinds) and self.takes(run, entry.label)
        )

    def is_damaged(self, run: RunSummary) -> bool:
        """Tell whether a run itself is what is asked for: one that cannot be read, among the damaged."""
        return self.kinds == ("damaged",) and bool(run.problem) and self.takes(run)


def said(status: str) -> str:
    """Return the status of a run as people say it."""
    return _STATUS.get(status, status)


def why_empty(runs: Sequence[RunSummary]) -> str:
    """Return what a list of runs says that shows none: that there are none, or that all are filtered out."""
    return _NOTHING_LEFT if runs else _NO_RUNS


def _about(run: RunSummary) -> str:
    parts = [
        run.name,
        run.corpus,
        said(run.status),
        words.switches(run.changed),
        *(title(name) for _, name, _ in run.flips),
        *run.tags,
        run.note,
        run.question,
        run.verdict,
    ]
    return " ".join(parts).casefold()


def _is(kind: str, entry: CheckpointEntry, top: CheckpointEntry | None) -> bool:
    match kind:
        case "pinned":
            return entry.pinned
        case "named":
            return bool(entry.label)
        case "damaged":
            return bool(entry.problem)
    return entry is top
