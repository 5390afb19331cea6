"""Which row the name of a curve or of a level stands in, beside the picture, so that none covers another."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Wish", "spread"]


class Wish(NamedTuple):
    """Where a name would stand if it were alone."""

    row: int
    weight: int = 1
    """How much a row away from there counts: the name of a dashed line is only understood beside it."""


def spread(wishes: Sequence[Wish], rows: int) -> list[int]:
    """Return a row of its own for each name, as near to the wished ones as may be, and in their order.

    The wishes rise and lie between 0 and `rows`. Neighbours that want the same row share out the rows around it: the
    least squares of the distances, by merging what overlaps (pool adjacent violators). Without a row for each, the
    last names get none.
    """
    groups: list[_Group] = []
    for wish in wishes[:rows]:
        groups.append(_Group(wish, rows))
        while len(groups) > 1 and groups[-2].start + groups[-2].count > groups[-1].start:
            last = groups.pop()
            groups[-1].join(last)
    return [group.start + place for group in groups for place in range(group.count)]


class _Group:
    """Names in rows that follow one another."""

    def __init__(self, wish: Wish, rows: int) -> None:
        self.count, self._rows = 1, rows
        self._sum, self._weight = wish.row * wish.weight, wish.weight  # of where each would have the group begin

    @property
    def start(self) -> int:
        """The row of the first."""
        return min(max(0, (2 * self._sum + self._weight) // (2 * self._weight)), self._rows - self.count)

    def join(self, below: "_Group") -> None:
        """Take in the group that follows."""
        self._sum += below._sum - self.count * below._weight
        self._weight += below._weight
        self.count += below.count
