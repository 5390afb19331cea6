"""Which model is looked into, and the moments of its run beside it, of which one is chosen."""

from pathlib import Path

from gpt2mini_tui import words
from gpt2mini_tui.widgets.choice_line import Choice, ChoiceLine
from gpt2mini_tui.xray.moments import Moment
from gpt2mini_tui.xray.seen import Seen

__all__ = ["MomentLine"]

_NOW = "now"


class MomentLine(ChoiceLine):
    """Keeps the moments, and knows which of them is looked at."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.moments: tuple[Moment, ...] = ()
        self._path: Path | None = None
        self._seen: Seen | None = None

    def look_at(self, path: Path | None) -> None:
        """Know what is looked at: a checkpoint, a frame, a run, a file, or None for the run that is training."""
        self._path, self._seen = path, None

    def tell(self, seen: Seen | None, *, hint: str, live_step: int, is_training: bool, is_playing: bool) -> None:
        """Show whose picture it is; while there is none, the hint."""
        self._seen = seen
        if seen is None:
            self.show((), current="", left=f" {hint}")
            return
        step = f"step {seen.step:,}" + (f" of {live_step:,}, training" if seen.is_live and is_training else "")
        parts = (seen.run or "a model", step, f"val {words.loss(seen.val_loss)}", words.switches(seen.changed))
        place = self.place
        is_listed = 0 <= place < len(self.moments)
        count = f"{place + 1} of {len(self.moments)} " if is_listed else ""
        self.show(
            [Choice(_key(moment), _NOW if moment.path is None else f"{moment.step:,}") for moment in self.moments],
            current=_key(self.moments[place]) if is_listed else "",
            left=" " + " · ".join(part for part in parts if part) + "  ",
            right=f"{'▶ ' if is_playing else ''}{count}",
        )

    @property
    def place(self) -> int:
        """Which of the moments is looked at; -1 for none of them, and past the last for a run as training left it."""
        found = next((place for place, moment in enumerate(self.moments) if moment.path == self._path), -1)
        if found < 0 and self._path is None:
            return len(self.moments)
        if found < 0 and self._seen is not None:  # a run was named, and stands for its newest checkpoint
            steps = [moment.step for moment in self.moments]
            return steps.index(self._seen.step) if self._seen.step in steps else -1
        return found

    def beside(self, moments: int) -> Moment | None:
        """Return the moment so many after the one that is looked at."""
        place = self.place + moments
        return self.moments[place] if 0 <= place < len(self.moments) else None

    def named(self, key: str) -> Moment:
        """Return the moment that was chosen."""
        return next(moment for moment in self.moments if _key(moment) == key)


def _key(moment: Moment) -> str:
    return _NOW if moment.path is None else str(moment.path)
