"""Looks into models in a thread of its own: checkpoints, frames, and snapshots of the run that is training.

Only the latest wish counts. The model is a copy and is asked at one intra-op thread, so nothing here can slow down or
change a training run. Importing this imports no torch; the first look does, in the thread.
"""

import shlex
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini.errors import LabError
from gpt2mini.paths import Home
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.talk.handing import handed_over
from gpt2mini_tui.talk.heard import Source
from gpt2mini_tui.xray.seen import Seen

if TYPE_CHECKING:
    from concurrent.futures import Future

    from gpt2mini.checkpoint import Checkpoint

__all__ = ["Answer", "Examiner", "Wish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see."""

    source: Source
    view: str
    layer: int = -1
    """Whose attention; below 0 counted from the last."""
    text: str | None = None
    """None for some text of the run's own."""

    def command(self, load: str, *, head: int) -> str:
        """Return the command line that shows the same of the model that `--load` names."""
        line = ["gpt2mini-tui", "xray", self.text or "", "--load", load, "--view", self.view]
        if self.view == "attention":
            line += ["--layer", str(self.layer), "--head", str(head)]
        return shlex.join(line)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What there is to see, and the whole text it is of."""

    wish: Wish
    seen: Seen
    text: str


class Examiner:
    """Answers come back through `answered` and `failed`, when the screen calls `drain`."""

    def __init__(
        self,
        answered: Callable[[Answer], None],
        failed: Callable[[LabError], None],
        *,
        snapshot: "Callable[[], Future[Checkpoint]]",
        home: Home,
    ) -> None:
        """`snapshot` asks the running trainer for a copy of its model; `home` has the texts of the runs."""
        self._answered, self._failed, self._snapshot, self._home = answered, failed, snapshot, home
        self._errands = Errands("examiner")
        self._opened: tuple[Path, Checkpoint] | None = None
        self.drain = self._errands.drain

    def look(self, wish: Wish) -> None:
        """Ask for a view; of the run that is training, as it is between two steps."""
        self._errands.run("look", lambda: self._look(wish), self._answered, self._failed)

    @property
    def is_busy(self) -> bool:
        """Whether a look is under way or waits to be drained."""
        return not self._errands.is_idle

    def close(self) -> None:
        """Stop, and let the thread end."""
        self._errands.close()

    # In the thread

    def _look(self, wish: Wish) -> Iterator[Answer | None]:
        yield None  # a later wish may have come already
        checkpoint = yield from self._read(wish.source)
        yield None
        from gpt2mini_tui.xray.looking import held_back, look_into

        text = held_back(checkpoint, self._home) if wish.text is None else wish.text
        is_live = wish.source.path is None
        seen = look_into(checkpoint, text, wish.view, layer=wish.layer, is_live=is_live)
        yield Answer(wish=wish, seen=replace(seen, run=wish.source.run or seen.run), text=text)

    def _read(self, source: Source) -> "Generator[None, None, Checkpoint]":
        import torch

        torch.set_num_threads(1)
        if source.path is None:
            return (yield from handed_over(self._snapshot))
        if self._opened is None or self._opened[0] != source.path:
            from gpt2mini.checkpoint import load_checkpoint

            self._opened = None  # not two at once
            self._opened = source.path, load_checkpoint(source.path)
        return self._opened[1]
