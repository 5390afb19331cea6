"""What leaves the program: data on standard output, the rest on standard error, all of it harmless to a terminal."""

import dataclasses
import io
import json
import math
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from textwrap import wrap
from typing import IO, Any

import click

from gpt2mini_tui.safe import safe

__all__ = [
    "SCHEMA",
    "Lines",
    "forgive_encodings",
    "has_screen",
    "is_terminal",
    "note",
    "plain",
    "say",
    "say_json",
    "say_sentence",
    "width",
    "write",
]

SCHEMA = 1
"""The version of what `--json` prints. Keys are added, never renamed."""


def say(text: object = "") -> None:
    """Write a line of data; what is not ours in it becomes harmless, line breaks included."""
    click.echo(safe(text))


def say_sentence(text: str) -> None:
    """Write a sentence: in lines broken between words on a terminal, in one line into a pipe."""
    for line in wrap(text, width()) if is_terminal(sys.stdout) else [text]:
        say(line)


def note(text: object) -> None:
    """Write a line that is not data."""
    click.echo(safe(text), err=True)


def say_json(value: Mapping[str, Any]) -> None:
    """Write one object on one line of ASCII: any terminal and any encoding can take it."""
    click.echo(json.dumps(plain({"schema": SCHEMA, **value}), allow_nan=False))


def write(text: str) -> None:
    """Write text that a model or a person wrote: as it is into a pipe, made harmless for a terminal."""
    if is_terminal(sys.stdout):
        click.echo(safe(text, lines=True), nl=False)
    else:
        click.echo(text.encode("utf-8", "replace"), nl=False)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: a number that is not finite becomes null, a path its text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def is_terminal(stream: IO[str] | None) -> bool:
    """Tell whether a person is looking at this stream, as far as one can know."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it was closed
        return False


def has_screen() -> bool:
    """Tell whether the app can be shown: on a terminal, or in the browser that `serve` speaks to through pipes."""
    is_served = os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")
    return is_served or all(is_terminal(stream) for stream in (sys.stdin, sys.stdout, sys.stderr))


def width() -> int:
    """Return the columns of the terminal, or 80."""
    return shutil.get_terminal_size().columns


def forgive_encodings() -> None:
    """Let a stream that cannot show a character show its number instead of failing, and read any byte at all."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        with suppress(io.UnsupportedOperation):  # some of it has been read already
            sys.stdin.reconfigure(errors="replace")


class Lines:
    """Standard output for a long story: where nobody listens any more, it falls silent instead of ending the story."""

    def __init__(self) -> None:
        self.error: OSError | None = None
        """Why nobody listens: a closed pipe, a full disk."""

    def say(self, text: str) -> None:
        """Write a line that is harmless already."""
        if self.error is not None:
            return
        try:
            click.echo(text)
        except OSError as error:
            self.error = error
