"""Which row the name of a curve or of a level stands in, beside the picture: none covers another, and none misleads."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

__all__ = ["beside", "on_rows"]


def on_rows(levels: Sequence[tuple[int, str]], room: int) -> list[tuple[int, str]]:
    """Return the names of levels by their rows, with those that several levels have only where they are not wrong.

    Such a name, as of the two edges of a band, never makes way: a row of its own has it, or it stands behind the name
    that has its row, where there are so many cells and no other row tells it.
    """
    several = {name for name, times in Counter(name for _, name in levels).items() if times > 1}
    alone = [(row, name) for row, name in levels if name not in several]
    taken = {row for row, _ in alone}
    shared = list(dict.fromkeys(level for level in levels if level[1] in several))
    own = [level for level in shared if level[0] not in taken]
    untold = {row: name for row, name in shared if row in taken and name not in {name for _, name in own}}
    joined = [(row, f"{name}, {untold.pop(row)}" if row in untold else name) for row, name in alone]
    fitting = [both if cell_len(both[1]) <= room else one for both, one in zip(joined, alone, strict=True)]
    return sorted([*fitting, *own], key=lambda level: level[0])


def beside(levels: Sequence[int], ends: Sequence[int], rows: int) -> tuple[list[int | None], list[int | None]]:
    """Return a row for the name of each level, and of each curve, of `rows`; None where it would say what is not so.

    Levels are dashed lines, from the highest to the lowest: a name stands on its line, or next to it where another has
    its place, but never on the line of another, and never above the name of a higher one. Names of curves have the
    rest, each as near to where its curve ends as the number of curves asks for: their colors tell them too.
    """
    of_levels = _in_order(levels, rows)
    taken = {row for row in of_levels if row is not None}
    return of_levels, [_take(taken, row, max(1, len(ends) // 2), rows) for row in ends]


class _Way(NamedTuple):
    """A way to place some names; the greatest is the best."""

    named: int
    moves: int
    """Rows that names stand beside their lines, all together, below zero."""
    each: tuple[int, ...]
    """The same for each name, so that of two ways as good the higher name stands on its line."""
    rows: tuple[int | None, ...]


def _in_order(levels: Sequence[int], rows: int) -> list[int | None]:
    """Return rows of which each is below the one before, for as many names as possible."""
    lines = set(levels)
    best = {-1: _Way(0, 0, (), ())}  # by the row that was taken last
    for level in levels:
        found: dict[int, _Way] = {}
        for last, way in best.items():
            places = {row for row in (level - 1, level, level + 1) if row == level or row not in lines}
            ways = {row: _with(way, row, abs(row - level)) for row in places if last < row < rows and row >= 0}
            for row, longer in [(last, _with(way, None, 2)), *ways.items()]:
                found[row] = max(longer, found.get(row, longer), key=lambda one: one[:3])
        best = found
    return list(max(best.values(), key=lambda one: one[:3]).rows)


def _with(way: _Way, row: int | None, move: int) -> _Way:
    named, moves = (0, 0) if row is None else (1, -move)
    return _Way(way.named + named, way.moves + moves, (*way.each, -move), (*way.rows, row))


def _take(taken: set[int], wanted: int, reach: int, rows: int) -> int | None:
    """Return the free row nearest to the one wanted, and take it."""
    for row in sorted(range(max(0, wanted - reach), min(rows, wanted + reach + 1)), key=lambda row: abs(row - wanted)):
        if row not in taken:
            taken.add(row)
            return row
    return None
