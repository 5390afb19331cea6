"""A stretch of a transcript: a note, or a text in tokens with a line about it underneath."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.flow import Flow, Place

__all__ = ["GIVEN", "NOTE", "Passage", "Piece"]

GIVEN, NOTE = -1, -2
"""Levels of what is no model's: the tokens of a person, and sentences that are neither's."""
_FOOT = -3  # instead of the number of a piece


class Piece(NamedTuple):
    """A token, and the step of its surprise."""

    text: str
    level: int


class Passage:
    """Pieces, flowing; only what is new costs anything while a stream comes in."""

    def __init__(self, width: int, pieces: Sequence[Piece] = (), *, is_text: bool = False) -> None:
        self.is_text = is_text
        self.flow = Flow(width)
        self.pieces: list[Piece] = []
        self.start = 0
        """Its first line in the transcript."""
        self._foot = ""
        self._width = width
        self.last_line = 0
        """The last line that belongs to the text, and not to what is said about it."""
        self.add(pieces)

    def __len__(self) -> int:
        """Return how many tokens it has."""
        return len(self.pieces)

    @property
    def text(self) -> str:
        """All of it, the line about it included."""
        body = "".join(_shown(piece) for piece in self.pieces)
        return f"{body}\n{self._foot}" if self._foot else body

    def add(self, pieces: Sequence[Piece]) -> None:
        """Append some pieces; a line about the text is taken away."""
        if self._foot:
            self.replace([*self.pieces, *pieces])
            return
        for piece in pieces:
            self.flow.add(_shown(piece), len(self.pieces))
            self.pieces.append(piece)
        self.last_line = len(self.flow) - 1

    def end(self, sentence: str) -> None:
        """Put a line about the text under it, in place of the one that was there."""
        if self._foot:
            self.replace(self.pieces)
        self._foot = safe(sentence)
        if self._foot:
            self.flow.add(f"\n{self._foot}", _FOOT)

    def replace(self, pieces: Sequence[Piece], foot: str = "") -> None:
        """Take other pieces instead."""
        kept = list(pieces)
        self.flow, self.pieces, self._foot = Flow(self._width), [], ""
        self.add(kept)
        self.end(foot)

    def fit(self, width: int) -> None:
        """Break all lines anew if the width is another one."""
        if width != self._width:
            self._width = width
            self.replace(self.pieces, self._foot)

    def visible(self, piece: int) -> int:
        """Return the piece that shows a piece: a later one, where it is only a part of a character."""
        while piece + 1 < len(self.pieces) and not self.pieces[piece].text:
            piece += 1
        return piece

    def place(self, piece: int) -> Place:
        """Return where a token stands; for the place behind the last, the end of the text."""
        found = self.flow.find(self.visible(piece))
        if found is not None:
            return found
        return Place(self.last_line, cell_len("".join(run.text for run in self.flow.line(self.last_line))))


def _shown(piece: Piece) -> str:
    return safe(piece.text, lines=piece.level != NOTE)
