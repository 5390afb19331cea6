"""Text that arrives piece by piece, broken into lines of terminal cells.

What has become a line never changes again, so a stream costs the same at its first token and at its last. Every
character keeps the number of the piece it came with, for colours and for a cursor.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

__all__ = ["Flow", "Place", "Run"]


class Run(NamedTuple):
    """Neighbouring characters of one piece."""

    text: str
    piece: int


class Place(NamedTuple):
    """Where a piece begins: a line, and a cell of it."""

    line: int
    cell: int


class Flow:
    """Lines of at most `width` cells, broken at spaces where there are any, and at line breaks always.

    Spaces that do not fit into a line any more are not drawn: the break stands for them.
    """

    def __init__(self, width: int) -> None:
        self.width = max(2, width)  # a wide character needs two
        self._lines: list[list[tuple[str, int]]] = [[]]
        self._unseen: list[list[int]] = [[]]  # of each line: the pieces of line breaks and of spaces that did not fit
        self._filled = 0
        self._is_full = False  # a space did not fit: the next character begins a line

    def add(self, text: str, piece: int) -> None:
        """Append some text."""
        for character in text:
            if character == "\n":
                self._unseen[-1].append(piece)
                self._open([])
            else:
                self._append(character, piece)

    def __len__(self) -> int:
        """Return how many lines there are; an empty text has one."""
        return len(self._lines)

    def line(self, index: int) -> Iterator[Run]:
        """Yield the runs of a line."""
        for piece, same in groupby(self._lines[index], key=lambda pair: pair[1]):
            yield Run("".join(character for character, _ in same), piece)

    def unseen(self, index: int) -> list[int]:
        """Return the pieces at the end of a line that no cell shows: a line break, or spaces that did not fit."""
        return self._unseen[index]

    def find(self, piece: int) -> Place | None:
        """Return where a piece begins, the end of its line for one that no cell shows; None if there is none."""
        for index, line in enumerate(self._lines):
            cell = 0
            for character, number in line:
                if number == piece:
                    return Place(index, cell)
                cell += cell_len(character)
            if piece in self._unseen[index]:
                return Place(index, cell)
        return None

    def at(self, index: int, cell: int) -> int | None:
        """Return the piece at a cell of a line, or the nearest to it there; None for a line that has none."""
        line, reached = self._lines[index], 0
        for character, number in line:
            reached += cell_len(character)
            if reached > cell:
                return number
        rest = self._unseen[index] or [number for _, number in line[-1:]]
        return rest[0] if rest else None

    def _append(self, character: str, piece: int) -> None:
        size = cell_len(character)
        if self._filled + size > self.width and character == " ":
            self._is_full = True
            self._unseen[-1].append(piece)
            return
        if self._is_full:
            self._open([])
        elif self._filled + size > self.width:
            self._break(size)
        self._lines[-1].append((character, piece))
        self._filled += size

    def _break(self, size: int) -> None:
        """Begin a new line, taking along the word that does not fit whole; wide characters are words of their own."""
        line = self._lines[-1]
        start = len(line)
        while size < 2 and start and line[start - 1][0] != " " and cell_len(line[start - 1][0]) < 2:
            start -= 1
        if not start:  # one word fills the line
            start = len(line)
        self._lines[-1], rest = line[:start], line[start:]
        self._open(rest)

    def _open(self, begun: list[tuple[str, int]]) -> None:
        self._lines.append(begun)
        self._unseen.append([])
        self._filled = sum(cell_len(character) for character, _ in begun)
        self._is_full = False
