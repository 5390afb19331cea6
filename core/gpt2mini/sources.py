"""What a person may name as a text: something built in, a file, a folder, or `-` for standard input.

Built-in names come first, so that they mean the same in every folder; a file called `tales` is written `./tales`.
"""

import hashlib
import inspect
import io
import os
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from gpt2mini import grammar, tales, tasks
from gpt2mini.errors import CannotCreateError, DataError, DiskError, NotFoundError, UsageError, reason
from gpt2mini.paths import corpora_folder
from gpt2mini.tasks import TASKS, Task
from gpt2mini.texts import CHUNK, Part, Text, check_encoding, is_text, open_file

__all__ = ["built_in", "open_text"]

HEAD = 8192
"""Bytes at the beginning of a file that decide whether it is text, when a whole folder is read."""
STDLIB_LIMIT = 8_000_000
"""Bytes of the standard library at most, in whole files."""

RECIPES = {"tales": (grammar, tales)} | dict.fromkeys(TASKS, (grammar, tasks))
"""The modules that make a text: as long as they are the same, so is the text."""
STORIES, PROBLEMS = 1_000_000, 500_000
"""Characters, at least, of a text that is generated."""


def built_in() -> dict[str, str]:
    """Return the names that need no file, and what each is in a few words."""
    described = {
        "tales": "stories from a grammar of ours; the true entropy is known",
        "pydoc": "the language reference that comes with this Python",
        "stdlib": "the source of this Python's standard library",
        "names": "239 characters, 94 different ones: a text to be learnt by heart",
    }
    described |= {task.name: task.description for task in TASKS.values()}
    return described | {
        path.stem: "a text that comes with the lab" for path in _shipped() if path.stem not in described
    }


@contextmanager
def open_text(source: str, *, encoding: str = "utf-8", check: Callable[[], None] | None = None) -> Iterator[Text]:
    """Find what `source` names and give it as a text, for as long as the block lasts.

    `check` is called before each chunk is read, and may raise to end the reading. Raises NotFoundError if there is
    nothing of that name, DataError if it cannot be read as text, and UsageError for an unknown encoding.
    """
    check_encoding(encoding)
    check = check or (lambda: None)
    if source == "-":
        with _spool() as spool:
            yield _standard_input(spool, encoding, check)
    elif source in built_in():
        yield _built_in(source, check)
    else:
        yield _on_disk(source, encoding, check)


def _built_in(name: str, check: Callable[[], None]) -> Text:
    if name in RECIPES:
        return _made(name, check)
    if name == "pydoc":
        data = _pydoc()
        part = Part(label=name, open=partial(io.BytesIO, data))
        return Text(name=name, source=name, parts=(part,), size=len(data), check=check)
    paths = _stdlib() if name == "stdlib" else [path for path in _shipped() if path.stem == name]
    return Text(name=name, source=name, parts=_parts(paths), size=_size(paths), check=check)


def _made(name: str, check: Callable[[], None]) -> Text:
    """Return a text that a program of ours writes: with its true entropy."""
    task = TASKS.get(name)
    recipe = hashlib.sha256("".join([name, *map(inspect.getsource, RECIPES[name])]).encode()).hexdigest()
    part = Part(label=name, open=lambda: io.BytesIO(_written(task)))
    floor = tales.floor if task is None else task.floor
    return Text(
        name=name,
        source=name,
        parts=(part,),
        size=STORIES if task is None else PROBLEMS,
        check=check,
        recipe=recipe,
        floor=floor,
    )


@lru_cache(maxsize=1)
def _written(task: Task | None) -> bytes:
    return (tales.tales(STORIES) if task is None else task.text(PROBLEMS)).encode()


def _pydoc() -> bytes:
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise NotFoundError("this Python came without its language reference", where="pydoc_data") from error
    return "\n\n".join(topics[name] for name in sorted(topics)).encode()


def _stdlib() -> list[Path]:
    """Return the public modules that are one file each, in order of their names, up to the limit."""
    folder = Path(sysconfig.get_path("stdlib"))
    chosen, size = [], 0
    for path in sorted(folder.glob("[!_]*.py")):
        size += path.stat().st_size
        if size > STDLIB_LIMIT:
            break
        chosen.append(path)
    if not chosen:
        raise NotFoundError("the source of the standard library is not here", where=folder)
    return chosen


def _shipped() -> list[Path]:
    return sorted(corpora_folder().glob("*.txt"))


def _on_disk(source: str, encoding: str, check: Callable[[], None]) -> Text:
    if not source.strip():
        raise UsageError("--data names nothing", do=f"Name a file, a folder, - or one of {', '.join(built_in())}.")
    path = Path(os.path.abspath(os.path.expanduser(source)))
    if os.path.isdir(path):
        return _folder(path, encoding, check)
    try:
        open_file(path).close()
    except NotFoundError as error:
        do = f"The built-in texts are {', '.join(built_in())}."
        raise NotFoundError("there is no such file or folder", where=source, do=do) from error
    return Text(
        name=path.stem, source=str(path), parts=_parts([path]), size=_size([path]), encoding=encoding, check=check
    )


def _folder(folder: Path, encoding: str, check: Callable[[], None]) -> Text:
    """Return all text files below a folder, in order of their relative paths, hidden ones left out."""
    paths = sorted(_visible(folder), key=lambda path: path.relative_to(folder).as_posix())
    chosen = []
    for path in paths:
        check()
        if _begins_as_text(path, encoding):
            chosen.append(path)
    if not chosen:
        why = f"none of its {len(paths):,} files is {encoding} text" if paths else "it has no files"
        raise DataError("there is no text in this folder", where=folder, why=why)
    left_out = [path for path in paths if path not in set(chosen)]
    return Text(
        name=folder.name or "root",
        source=str(folder),
        parts=_parts(chosen),
        size=_size(chosen),
        encoding=encoding,
        check=check,
        notices=_left_out(left_out, folder, len(paths)),
    )


def _visible(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise DataError("the folder cannot be read", where=error.filename, why=reason(error)) from error

    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and _is_regular(path):
                yield path


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:  # a link to nowhere
        return False


def _begins_as_text(path: Path, encoding: str) -> bool:
    with open_file(path) as file:
        return is_text(file.read(HEAD), encoding)


def _left_out(paths: list[Path], folder: Path, total: int) -> tuple[str, ...]:
    if not paths:
        return ()
    first = paths[0].relative_to(folder).as_posix()
    return (f"{len(paths):,} of {total:,} files are not text and were left out, {first} among them.",)


def _parts(paths: list[Path]) -> tuple[Part, ...]:
    return tuple(Part(label=str(path), open=partial(open_file, path)) for path in paths)


def _size(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def _spool() -> BinaryIO:
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        raise CannotCreateError(
            "standard input cannot be copied aside", where=tempfile.gettempdir(), why=reason(error)
        ) from error


def _standard_input(spool: BinaryIO, encoding: str, check: Callable[[], None]) -> Text:
    """Copy standard input aside, because it has to be read twice and may not fit into memory."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("there is nothing on standard input", do="Pipe a text into it, or name a file.")
    size = 0
    try:
        while data := sys.stdin.buffer.read(CHUNK):
            check()
            size += spool.write(data)
        spool.flush()
    except OSError as error:
        raise DiskError("copying standard input aside failed", why=reason(error)) from error
    part = Part(label="standard input", open=partial(_again, spool))
    return Text(name="stdin", source="-", parts=(part,), size=size, encoding=encoding, check=check)


def _again(spool: BinaryIO) -> BinaryIO:
    """Return another handle at the beginning of the same file, which may be closed on its own."""
    spool.seek(0)
    return os.fdopen(os.dup(spool.fileno()), "rb")
