"""Which row the name of a curve or of a level stands in, beside the picture: none covers another, and none misleads."""

from collections import Counter
from collections.abc import Collection, Sequence

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

    Levels are dashed lines, the more important first: a name stands on its line, or next to it where another has its
    place, but never on the line of another. Names of curves have the rest, each as near to where its curve ends as the
    number of curves asks for: their colors tell them too.
    """
    lines, taken = set(levels), set[int]()
    of_levels = [_take(taken, row, 1, rows, avoid=lines) for row in levels]
    return of_levels, [_take(taken, row, max(1, len(ends) // 2), rows) for row in ends]


def _take(taken: set[int], wanted: int, reach: int, rows: int, *, avoid: Collection[int] = ()) -> int | None:
    """Return the free row nearest to the one wanted, and take it; a row to avoid is only taken if it is wanted."""
    for row in sorted(range(max(0, wanted - reach), min(rows, wanted + reach + 1)), key=lambda row: abs(row - wanted)):
        if row not in taken and (row == wanted or row not in avoid):
            taken.add(row)
            return row
    return None
