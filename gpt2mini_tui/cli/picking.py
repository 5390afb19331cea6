"""What several commands need to find runs and to read how they went."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini.errors import UsageError
from gpt2mini.paths import Home

if TYPE_CHECKING:
    from gpt2mini.runs import Run
    from gpt2mini_tui.runs.shelf import Story

__all__ = ["find_runs", "free_file", "read_stories"]


def find_runs(names: Sequence[str], home: Home) -> "list[Run]":
    """Return the runs of these names, each once; raises NotFoundError."""
    from gpt2mini.runs import Store

    store = Store(home.checkpoints)
    return [store.get(name) for name in dict.fromkeys(names)]


def read_stories(names: Sequence[str], home: Home) -> "list[Story]":
    """Return how runs went; raises NotFoundError, and CheckpointError for one that cannot be read."""
    from gpt2mini.runs import Store
    from gpt2mini_tui.runs.shelf import Shelf

    shelf = Shelf(Store(home.checkpoints))
    runs = find_runs(names, home)
    for run in runs:
        run.manifest()
    return [story for run in runs for story in shelf.story(run.name) if story is not None]


def free_file(path: Path, *, force: bool) -> None:
    """Raise UsageError if a file would be overwritten that nobody said may be."""
    if path.exists() and not force:
        raise UsageError("there is such a file already", where=path, do="Name another one, or give --force.")
