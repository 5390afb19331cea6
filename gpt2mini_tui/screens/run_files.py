"""Files that a list of runs writes, for other programs and for people: numbers, a model, a report.

Each is written by an iterator for an errand, so that nothing waits for the disk.
"""

import shlex
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from rich.cells import chop_cells

from gpt2mini.errors import reason
from gpt2mini.runs import CheckpointEntry, Run, RunSummary
from gpt2mini_tui.runs.shelf import Shelf
from gpt2mini_tui.safe import safe

__all__ = ["can_be_written", "free_path", "where_written", "write_model", "write_numbers", "write_pages"]

_NARROW = 32
"""Cells of a path in a line: a toast takes half of a window of 80 columns."""
_STEM = 120
"""Bytes of the names in the name of a file; a disk takes 255, and a person reads fewer."""


def write_numbers(runs: Sequence[RunSummary], path: Path) -> Iterator[bool | None]:
    """Write every step of the runs: a row each, or every event as a line where the file ends in .jsonl."""
    from gpt2mini_tui.runs.exports import export

    path.parent.mkdir(parents=True, exist_ok=True)
    form = "jsonl" if path.suffix == ".jsonl" else "csv"
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        for place, run in enumerate(runs):
            for number, line in enumerate(export(Run(run.path), form, header=place == 0)):
                file.write(line)
                if number % 500 == 0:
                    yield None
    yield True


def write_model(entry: CheckpointEntry, path: Path) -> Iterator[bool]:
    """Write the model of a checkpoint as one file; this imports torch."""
    from gpt2mini.checkpoint import load_checkpoint, save_portable

    path.parent.mkdir(parents=True, exist_ok=True)
    save_portable(path, load_checkpoint(entry.path))
    yield True


def write_pages(names: Sequence[str], path: Path, shelf: Shelf) -> Iterator[bool | None]:
    """Write the report of runs, as `runs report` does; raises NotFoundError, CheckpointError and CannotCreateError.

    `shelf` is for nobody else. All is read from the disk, also of a run that is training: its history grows meanwhile.
    """
    from gpt2mini_tui.reports.run_report import Chapter, write_report

    chapters = []
    for name in names:
        run = shelf.store.get(name)
        run.manifest()
        for story in shelf.story(name):
            if story is None:
                yield None
            else:
                chapters.append(Chapter(story=story, summary=run.summary()))
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = shlex.join(["gpt2mini-tui", "runs", "report", *names, "--out", str(path)])
    write_report(path, chapters, title=", ".join(names), asked=asked)
    yield True


def free_path(folder: Path, names: Sequence[str], ending: str) -> Path:
    """Return a path that no file has yet, named after some runs: of many, after the first ones and how many more."""
    stem = "+".join(names)
    kept = len(names)
    while len(stem.encode()) > _STEM and kept > 1:
        kept -= 1
        stem = "+".join([*names[:kept], f"{len(names) - kept}-more"])
    stem = stem.encode()[:_STEM].decode(errors="ignore")  # no character is cut in two
    tried = (f"{stem}{ending}" if number == 1 else f"{stem}-{number}{ending}" for number in count(1))
    return next(folder / name for name in tried if not (folder / name).exists())


def where_written(path: Path) -> str:
    """Return what was written and into which folder, in lines that a toast in a narrow window shows whole."""
    name, folder = (chop_cells(safe(text), _NARROW) for text in (path.name, str(path.absolute().parent)))
    return "\n".join(["Written:", *name, "into the folder", *folder])


def can_be_written(text: str) -> str:
    """Return why a file cannot be written under this name, as a sentence, or nothing."""
    if not text.strip():
        return "Name a file."
    try:
        is_there = Path(text).expanduser().exists()
    except (OSError, RuntimeError) as error:  # a name too long for the disk; a home of nobody
        why = reason(error) if isinstance(error, OSError) else str(error)
        return f"It cannot be written there: {why.rstrip('.')}."
    return "There is such a file already. Name another one." if is_there else ""
