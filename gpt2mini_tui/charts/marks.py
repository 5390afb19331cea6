"""Where the names of events go in the one line above a chart, so that all of them can be read.

What matters most is placed first, each as near above its upright as there is room. Then whoever has blanks to its
right may write its words out.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

__all__ = ["Mark", "Placed", "place"]

_SHIFT = 3  # cells that a letter may stand right of its upright
_MORE = "+"  # stands behind a mark that hides others


class Mark(NamedTuple):
    """Something to name above a column."""

    column: int
    label: str
    words: str
    rank: int
    """0 is placed first."""


class Placed(NamedTuple):
    """A text in the line, and the place of its mark in the sequence that was given."""

    column: int
    text: str
    of: int


def place(marks: Sequence[Mark], left: int, right: int) -> list[Placed]:
    """Return where the marks go between two columns; `right` is the first that is not to be written in."""
    owner: dict[int, int] = {}
    found: dict[int, Placed] = {}
    for index in sorted(range(len(marks)), key=lambda one: (marks[one].rank, marks[one].column)):
        column = _room(marks[index], owner, left, right)
        if column is None:
            _hint_at(marks[index].column, owner, found, right)
            continue
        found[index] = Placed(column, marks[index].label, index)
        owner |= dict.fromkeys(range(column, column + cell_len(marks[index].label)), index)
    return [_spelled(placed, marks[placed.of], owner, right) for placed in found.values()]


def _room(mark: Mark, owner: dict[int, int], left: int, right: int) -> int | None:
    size = cell_len(mark.label)
    for column in range(mark.column, mark.column + _SHIFT + 1):
        cells = range(column, column + size)
        if left <= column and column + size <= right and size and not any(cell in owner for cell in cells):
            return column
    return None


def _hint_at(column: int, owner: dict[int, int], found: dict[int, Placed], right: int) -> None:
    """Let a mark that stands in the way say that there is more."""
    for candidate in range(column + _SHIFT, column - 1, -1):
        of = owner.get(candidate)
        if of is None or found[of].text.endswith(_MORE):
            continue
        placed = found[of]
        end = placed.column + cell_len(placed.text)
        if end < right and end not in owner:
            found[of] = placed._replace(text=placed.text + _MORE)
            owner[end] = of
            return


def _spelled(placed: Placed, mark: Mark, owner: dict[int, int], right: int) -> Placed:
    """Write out the words of a mark if there is room up to the next."""
    if not mark.words:
        return placed
    longer = f"{placed.text} {mark.words}"
    begin, end = placed.column + cell_len(placed.text), placed.column + cell_len(longer)
    if end + 1 > right or any(cell in owner for cell in range(begin, end + 1)):
        return placed
    owner |= dict.fromkeys(range(begin, end), placed.of)
    return placed._replace(text=longer)
