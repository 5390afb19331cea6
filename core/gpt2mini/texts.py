r"""Bytes to characters: a chunk at a time, as often as needed, never waiting for a pipe.

Line ends become `\\n`, a byte order mark goes away, and what is not text is refused with the place where it stops being
text. So everything behind this module sees the same characters, whatever machine the file was written on.
"""

import codecs
import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gpt2mini.errors import DataError, DiskError, NotFoundError, UsageError, reason

__all__ = ["Part", "Text", "check_encoding", "is_text", "open_file", "text_of"]

CHUNK = 1 << 20
"""Bytes that are read at once."""

_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def _go_on() -> None:
    """Check nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Bytes that can be opened again and again: a file, or something in memory."""

    label: str
    """What an error calls it."""
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that can be read as often as needed."""

    name: str
    """Short, for lists and for the names of runs."""
    source: str
    """What gives the same text again: a built-in name, an absolute path, or `-`."""
    parts: tuple[Part, ...]
    size: int
    """Bytes in all, as far as known; it only feeds progress."""
    encoding: str = "utf-8"
    check: Callable[[], None] = _go_on
    """Called before each chunk; what it raises ends the reading."""
    recipe: str = ""
    """For a text that a program makes: the checksum of the program. Empty for others."""
    floor: Callable[[int, int], float] | None = None
    """Nats per character that a stretch truly holds, where that is known."""
    notices: tuple[str, ...] = ()

    def chunks(self) -> Iterator[tuple[str, int]]:
        """Yield the text from its beginning, each chunk with the bytes read so far; parts stand a blank line apart.

        Raises DataError for bytes that are not text in this encoding, and DiskError if reading fails.
        """
        done, last = 0, ""
        for part in self.parts:
            begun = False
            for text, size in _decoded(part, self.encoding, self.check):
                done += size
                if text and last and not begun:
                    yield "\n" if last == "\n" else "\n\n", done
                begun, last = begun or bool(text), text[-1:] or last
                yield text, done


def text_of(text: str, *, name: str = "text") -> Text:
    """Return a text that is in memory already."""
    data = text.encode("utf-8", "surrogatepass")
    return Text(name=name, source="", parts=(Part(label=name, open=partial(io.BytesIO, data)),), size=len(data))


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading, and nothing else: a pipe would wait for ever, a device would never end.

    Raises NotFoundError if there is nothing, and DataError for anything else that cannot be read.
    """
    try:
        _refuse_special(os.stat(path).st_mode, path)  # before opening: that alone can have effects on a device
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError("there is no such file", where=path) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DataError("the text cannot be read", where=path, why=reason(error)) from error
    file = os.fdopen(handle, "rb")
    try:
        _refuse_special(os.fstat(handle).st_mode, path)
    except DataError:
        file.close()
        raise
    return file


def check_encoding(encoding: str) -> None:
    """Raise UsageError unless Python knows this encoding of text."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding).close()  # refuses what is no encoding of text, such as hex
    except (LookupError, ValueError) as error:
        raise UsageError(f"there is no encoding {encoding!r}", do="Common ones are utf-8, utf-16 and gbk.") from error


def is_text(head: bytes, encoding: str) -> bool:
    """Tell whether the beginning of a file is text: no NUL, as git decides it, and valid as far as it goes."""
    if b"\0" in head and not _is_wide(encoding):
        return False
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError:
        return False
    return True


def _decoded(part: Part, encoding: str, check: Callable[[], None]) -> Iterator[tuple[str, int]]:
    """Yield the characters of a part, each chunk with the number of bytes it was read from."""
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    offset, begun = 0, False
    with part.open() as file:
        while True:
            check()
            data = _read(file, part.label)
            if offset == 0 and codecs.lookup(encoding).name.startswith("utf-8"):
                _refuse_wide(data, part.label)
            text = _decode(decoder, data, part.label, offset)
            if text and not begun:
                text, begun = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), True
            offset += len(data)
            yield newlines.decode(text, final=not data), len(data)
            if not data:
                return


def _read(file: BinaryIO, label: str) -> bytes:
    try:
        return file.read(CHUNK)
    except OSError as error:
        raise DiskError("reading the text failed half-way", where=label, why=reason(error)) from error


def _decode(decoder: codecs.IncrementalDecoder, data: bytes, label: str, offset: int) -> str:
    waiting = len(decoder.getstate()[0])
    try:
        return decoder.decode(data, final=not data)
    except UnicodeDecodeError as error:
        at, byte = offset - waiting + error.start, error.object[error.start]
        raise DataError(
            f"this is not {error.encoding} text",
            where=label,
            why=f"byte 0x{byte:02X} at offset {at:,} ({error.reason})",
            do=_advice(error.object),
        ) from error
    except UnicodeError as error:
        raise DataError(
            "this is not text", where=label, why=str(error), do="Name its encoding with --encoding."
        ) from error


def _advice(data: bytes) -> str:
    """Return what to do about bytes that are not text in the encoding that was asked for."""
    if b"\0" in data:
        return "It holds NUL bytes, as programs, pictures and archives do: choose another file."
    return f"Name its encoding{', for example --encoding gbk' if is_text(data, 'gbk') else ' with --encoding'}."


def _refuse_wide(head: bytes, label: str) -> None:
    """Refuse UTF-16 and UTF-32, which would otherwise fail in words nobody understands, or train on NULs."""
    for mark, name in _WIDE.items():
        if head.startswith(mark):
            why = f"it begins, at offset 0, with the byte order mark of {name.upper()}"
            raise DataError("this is not UTF-8 text", where=label, why=why, do=f"Add --encoding {name}.")
    head = head[:64]
    for name, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if len(head) >= 4 and not any(zeros) and all(others):
            why = f"from offset 0 every other byte is NUL, as in {name.upper()}"
            raise DataError("this is not UTF-8 text", where=label, why=why, do=f"Add --encoding {name}.")


def _refuse_special(mode: int, path: Path) -> None:
    if stat.S_ISREG(mode):
        return
    is_what = {stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket", stat.S_ISDIR: "a folder"}
    what = next((words for is_it, words in is_what.items() if is_it(mode)), "a device")
    do = "" if what == "a folder" else "Use - to read standard input."
    raise DataError("the text cannot be read", where=path, why=f"it is {what}, not a file", do=do)


def _is_wide(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
