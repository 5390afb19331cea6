"""The text that a card is played on: the one that was chosen, a piece of it where the effect needs little, or its own.

A piece is a file of its own in the home, so that a run on it can be opened, resumed and repeated like any other. The
same text gives the same piece on every machine.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.errors import CannotCreateError, reason
from gpt2mini.paths import Home
from gpt2mini.sources import open_text
from gpt2mini.storage import write_file

__all__ = ["Piece", "text_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What of which text a card is played on, where that is not the whole of the text that was chosen."""

    characters: int = 0
    """How many of its beginning, or all there are if the text is shorter; 0 for all of it."""
    text: str = ""
    """Of this text, whatever was chosen: a question that only a task can answer. Empty for the one that was chosen."""

    @property
    def words(self) -> str:
        """What it is, as part of a sentence."""
        what = f"the text {self.text}" if self.text else "the text"
        if self.characters:
            return f"the first {self.characters:,} characters of {what}"
        return f"{what}, whatever is chosen" if self.text else what


def text_for(piece: Piece | None, source: str, home: Home, *, encoding: str = "utf-8") -> str:
    """Return what to prepare for a card: the source itself, its own text, or the path of the file with the piece of it.

    Reads no more of the source than the piece needs. Raises what preparing it would: NotFoundError, DataError, and
    CannotCreateError where the home cannot be written to.
    """
    if piece is None:
        return source
    source = piece.text or source
    if not piece.characters:
        return source
    return _beginning(source, piece.characters, home, encoding)


def _beginning(source: str, characters: int, home: Home, encoding: str) -> str:
    with open_text(source, encoding=encoding) as text:
        name, head = text.name, ""
        for chunk, _ in text.chunks():
            head += chunk
            if len(head) >= characters:
                break
    data = head[:characters].encode()
    path = home.learn / "texts" / hashlib.sha256(data).hexdigest()[:8] / f"{name}-beginning.txt"
    if not path.is_file() or path.read_bytes() != data:
        _write(path, data)
    return str(path)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
    except OSError as error:
        raise CannotCreateError("the text of this card cannot be written", where=path, why=reason(error)) from error
