"""A task put to a model: problems it has never seen, in rows as long as its block, and how many it gets right.

Taking the likeliest token each time gives the right answer exactly if the likeliest token is right at each place of
the answer, given the right ones before it. So one forward pass grades a whole exam. Without the causal mask that pass
would see the answers; there each token is asked for alone, with nothing behind it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.tasks import Task
from gpt2mini.tokenizer import Tokenizer

__all__ = ["Grade", "Hits", "take_exam"]

SEED = 1
"""Of the problems, for every run the same; texts are made with 0."""
PROBLEMS = 256
"""In an exam, at most; a share of them is known to about 3 %."""
ONE_BY_ONE = 24
"""Problems, at most, where every token of an answer takes a pass of its own."""
ASIDE = -1
"""A target that is not asked for."""

Hits = Callable[[Tensor, Tensor], Tensor]
"""Says for inputs and targets (N, T) where the likeliest token is the target: (N, T), false where it is ASIDE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How an exam went."""

    exact: float
    """Share of the problems without a mistake."""
    tokens: float
    """Share of the tokens of the answers that were right."""
    problems: int


def take_exam(task: Task, tokenizer: Tokenizer, hits: Hits, *, block_size: int, limit: int, on: Ablations) -> Grade:
    """Let a model answer, over rows of about `limit` tokens in all; none of the problems is in the text of the task.

    It has no problems where none fits into the block.
    """
    problems = islice(_lines(task, tokenizer, block_size), PROBLEMS if on.causal_mask else ONE_BY_ONE)
    if not on.causal_mask:
        return _counted([_alone(line, hits) for line in problems])
    x, y, asked = _rows(list(problems), block_size=block_size, limit=limit)
    if not asked:
        return _counted([])
    right = hits(x, y)
    return _counted([right[row, start:end] for row, start, end in asked])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A problem as tokens, a line break before it and behind it."""

    ids: tuple[int, ...]
    question: int
    """How many tokens come before the answer."""


def _rows(lines: Sequence[Line], *, block_size: int, limit: int) -> tuple[Tensor, Tensor, list[tuple[int, int, int]]]:
    """Return inputs and targets (N, T), and for each problem its row and where its answer begins and ends there.

    Every row begins with a line break, and holds as many problems as fit one behind the other.
    """
    rows: list[list[int]] = []
    asked: list[tuple[int, int, int]] = []
    for line in lines:
        if not rows or len(rows[-1]) + len(line.ids) - 1 > block_size + 1:
            if (len(rows) + 1) * block_size > max(limit, block_size):
                break
            rows.append([line.ids[0]])
        start = len(rows[-1]) - 1 + line.question - 1  # in targets, which are one token ahead
        rows[-1] += line.ids[1:]
        asked.append((len(rows) - 1, start, len(rows[-1]) - 1))
    whole = torch.tensor([row + row[:1] * (block_size + 1 - len(row)) for row in rows], dtype=torch.int64)
    whole = whole.reshape(len(rows), block_size + 1)
    targets = torch.full((len(rows), block_size), ASIDE, dtype=torch.int64)
    for row, start, end in asked:
        targets[row, start:end] = whole[row, start + 1 : end + 1]
    return whole[:, :-1].contiguous(), targets, asked


def _lines(task: Task, tokenizer: Tokenizer, block_size: int) -> Iterator[Line]:
    """Yield problems that fit into a block; after so many that do not, none will."""
    begin = _ids(tokenizer, "\n")
    for problem in islice(task.examples(SEED), 2 * PROBLEMS):
        question = begin + _ids(tokenizer, problem.question)
        ids = question + _ids(tokenizer, f"{problem.answer}\n")
        if len(ids) <= block_size + 1:
            yield Line(ids=ids, question=len(question))


def _ids(tokenizer: Tokenizer, text: str) -> tuple[int, ...]:
    return tuple(map(int, tokenizer.encode(text)))


def _alone(line: Line, hits: Hits) -> Tensor:
    """Return which tokens of an answer are right, each asked for with nothing behind it."""
    found = []
    for place in range(line.question, len(line.ids)):
        x = torch.tensor([line.ids[:place]])
        y = torch.full_like(x, ASIDE)
        y[0, -1] = line.ids[place]
        found.append(hits(x, y)[0, -1])
    return torch.stack(found)


def _counted(answers: Sequence[Tensor]) -> Grade:
    if not answers:
        return Grade(exact=0.0, tokens=0.0, problems=0)
    exact = sum(bool(right.all()) for right in answers)
    tokens = sum(int(right.sum()) for right in answers)
    return Grade(
        exact=exact / len(answers), tokens=tokens / sum(len(right) for right in answers), problems=len(answers)
    )
