"""Texts of problems that have one right answer, so that a model can be right, and not only less surprised.

A line is a problem: `ab3d>ab3d`. One problem in ten is held back by a checksum of its question, whatever the seed: it
never stands in a text, and only such problems are asked (`examples`). What a line truly holds is known, so these
texts have a floor; above it, a model still has something to find out.
"""

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gpt2mini.grammar import Story, nats_per_character, splitmix64, told

__all__ = ["TASKS", "Problem", "Task"]

SYMBOLS = "0123abcdefgh"
SHORTEST, LONGEST = 4, 8
"""Of a row, in which no symbol stands twice: so each says where to look, and no position says where the row ends."""
PAIRS = 6
"""Of brackets, at most."""
KINDS = ("()", "[]", "{}")
MODULUS = 31

_HELD_BACK = 10
"""One question in so many never stands in a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A question and its only answer."""

    question: str
    """With the sign that ends it."""
    answer: str
    """Without the line break that ends it."""
    nats: float
    """-ln of the probability that this one is drawn; the answer adds nothing."""

    @property
    def is_held_back(self) -> bool:
        """Whether it is kept out of every text."""
        return zlib.crc32(self.question.encode()) % _HELD_BACK == 0


Draws = Iterator[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A kind of problem. The same seed gives the same problems on every machine."""

    name: str
    description: str
    chance: float
    """The share that is right when one guesses among all answers of the form."""
    draw: Callable[[Draws], Problem]

    def text(self, characters: int, seed: int = 0) -> str:
        """Return whole lines, as few as make at least so many characters."""
        return told(self._lines(seed), characters)

    def floor(self, start: int, end: int, seed: int = 0) -> float:
        """Return the nats per character that characters start to end of the text truly hold.

        That some questions are held back is counted as if it were exactly a tenth of them. Raises ValueError for an
        empty stretch.
        """
        return nats_per_character(self._lines(seed), start, end)

    def examples(self, seed: int = 0) -> Iterator[Problem]:
        """Yield problems that never stand in a text, without end."""
        return (one for one in self._problems(seed) if one.is_held_back)

    def _problems(self, seed: int) -> Iterator[Problem]:
        draws = splitmix64(seed)
        while True:
            yield self.draw(draws)

    def _lines(self, seed: int) -> Iterator[Story]:
        kept = math.log(1 - 1 / _HELD_BACK)
        for one in self._problems(seed):
            if not one.is_held_back:
                yield Story(text=f"{one.question}{one.answer}\n", nats=one.nats + kept)


def _below(limit: int, draws: Draws) -> int:
    return next(draws) * limit >> 64  # uniform to 1 in 2^58


def _row(draws: Draws) -> tuple[str, float]:
    """Return different symbols in random order, and what they cost."""
    size = SHORTEST + _below(LONGEST - SHORTEST + 1, draws)
    left, row = list(SYMBOLS), []
    nats = math.log(LONGEST - SHORTEST + 1)
    for _ in range(size):
        nats += math.log(len(left))
        row.append(left.pop(_below(len(left), draws)))
    return "".join(row), nats


def _copy(draws: Draws) -> Problem:
    row, nats = _row(draws)
    return Problem(question=f"{row}>", answer=row, nats=nats)


def _reverse(draws: Draws) -> Problem:
    row, nats = _row(draws)
    return Problem(question=f"{row}<", answer=row[::-1], nats=nats)


def _sum(draws: Draws) -> Problem:
    one, other = _below(MODULUS, draws), _below(MODULUS, draws)
    return Problem(question=f"{one:02}+{other:02}=", answer=f"{(one + other) % MODULUS:02}", nats=2 * math.log(MODULUS))


def _brackets(draws: Draws) -> Problem:
    """Return brackets that close in the right order; in half of the rows one closes as another kind than it opened."""
    pairs = 1 + _below(PAIRS, draws)
    row, closed, nats = _nested(pairs, draws)
    nats += math.log(PAIRS) + math.log(2)
    if _below(2, draws):
        return Problem(question=f"{''.join(row)}?", answer="yes", nats=nats)
    place = closed[_below(pairs, draws)]
    others = [kind[1] for kind in KINDS if kind[1] != row[place]]
    row[place] = others[_below(len(others), draws)]
    return Problem(question=f"{''.join(row)}?", answer="no", nats=nats + math.log(pairs) + math.log(len(others)))


def _nested(pairs: int, draws: Draws) -> tuple[list[str], list[int], float]:
    """Return so many pairs of brackets in each other and side by side, where they close, and what they cost."""
    row: list[str] = []
    open_kinds: list[str] = []
    closed: list[int] = []
    nats, left = 0.0, pairs
    while left or open_kinds:
        opens = bool(left)
        if left and open_kinds:
            nats += math.log(2)
            opens = _below(2, draws) == 0
        if opens:
            kind = KINDS[_below(len(KINDS), draws)]
            nats += math.log(len(KINDS))
            open_kinds.append(kind)
            row.append(kind[0])
            left -= 1
        else:
            closed.append(len(row))
            row.append(open_kinds.pop()[1])
    return row, closed, nats


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="copy", description="a row to repeat, ab3d>ab3d: what induction heads are for", chance=0.0, draw=_copy
        ),
        Task(name="reverse", description="a row to write backwards, ab3d<d3ba", chance=0.0, draw=_reverse),
        Task(name="brackets", description="do they close in the right order? ([]{})?yes", chance=0.5, draw=_brackets),
        Task(
            name="sums",
            description=f"sums modulo {MODULUS}, 12+25=06",
            chance=1 / MODULUS,
            draw=_sum,
        ),
    )
}
"""Every task by its name, which is also that of its text."""
