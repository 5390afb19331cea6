"""Which row the name of a curve or of a level stands in, beside the picture: none covers another, and none misleads."""

from collections.abc import Collection, Sequence

__all__ = ["beside"]


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
