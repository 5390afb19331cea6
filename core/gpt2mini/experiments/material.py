"""The text that a card is played on: the one that was chosen, or a piece made of it where the effect needs one.

A piece is a file of its own in the home, so that a run on it can be opened, resumed and repeated like any other. The
same text gives the same piece on every machine.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zlib import crc32

from gpt2mini.errors import CannotCreateError, DataError
from gpt2mini.grammar import splitmix64
from gpt2mini.paths import Home
from gpt2mini.sources import open_text
from gpt2mini.storage import write_file

__all__ = ["Piece", "made_of", "text_for"]

_LETTERS = 12
"""Different characters of a text of repeats at most."""
_LOOKED_AT = 20_000
"""Characters at the beginning of a text among which those of a text of repeats are chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is made of the text that was chosen."""

    kind: Literal["beginning", "repeats"]
    """`beginning`: its first characters. `repeats`: strings of its characters, each drawn anew and written again and
    again."""
    characters: int
    """How many, in all."""
    shortest: int = 0
    longest: int = 0
    """Characters of a string of repeats. The span of lengths keeps the distance from telling what comes next."""
    stretch: int = 0
    """Characters that the repeats of one string fill."""

    @property
    def words(self) -> str:
        """What it is, as part of a sentence."""
        if self.kind == "beginning":
            return f"the first {self.characters:,} characters of the text"
        return (
            f"random strings of {self.shortest} to {self.longest} characters of the text, "
            f"each written again and again for about {self.stretch} characters"
        )


def made_of(text: str, piece: Piece) -> str:
    """Return the piece of a text, of which as much as it needs must be given; raises DataError if that is too little.

    No character stands in a string of repeats twice, so what followed it before always follows it again.
    """
    if piece.kind == "beginning":
        return text[: piece.characters]
    count = Counter(one for one in text[:_LOOKED_AT] if not one.isspace())
    letters = sorted(sorted(count, key=lambda one: (-count[one], one))[:_LETTERS])
    if len(letters) < piece.longest:
        raise DataError("the text has too few different characters to make strings of", why=f"{len(letters)}")
    return "".join(_repeats(letters, piece))


def text_for(piece: Piece | None, source: str, home: Home, *, encoding: str = "utf-8") -> str:
    """Return what to prepare for a card: the source itself, or the path of the file with the piece made of it.

    Reads no more of the source than the piece needs. Raises what preparing it would: NotFoundError, DataError, and
    CannotCreateError where the home cannot be written to.
    """
    if piece is None:
        return source
    with open_text(source, encoding=encoding) as text:
        name, enough = text.name, piece.characters if piece.kind == "beginning" else _LOOKED_AT
        head = ""
        for chunk, _ in text.chunks():
            head += chunk
            if len(head) >= enough:
                break
    data = made_of(head, piece).encode()
    path = home.learn / "texts" / hashlib.sha256(data).hexdigest()[:8] / f"{name}-{piece.kind}.txt"
    if not path.is_file() or path.read_bytes() != data:
        _write(path, data)
    return str(path)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CannotCreateError("the text of this card cannot be written", where=path, why=why) from error


def _repeats(letters: list[str], piece: Piece) -> Iterator[str]:
    drawn, size = splitmix64(crc32("".join(letters).encode())), 0
    while size < piece.characters:
        left = list(letters)
        length = piece.shortest + next(drawn) % (piece.longest - piece.shortest + 1)
        string = "".join(left.pop(next(drawn) % len(left)) for _ in range(length))
        yield string * round(piece.stretch / length)
        size += length * round(piece.stretch / length)
