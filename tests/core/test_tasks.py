"""A problem has one right answer, is never asked and taught both, and costs what it says."""

import math
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from gpt2mini.corpus import prepare, reopen
from gpt2mini.paths import Home
from gpt2mini.tasks import MODULUS, PAIRS, TASKS, Problem, Task

HEAD = 4000


def lines(task: Task, characters: int = HEAD) -> list[str]:
    return task.text(characters).splitlines()


def right(name: str, question: str) -> str:
    """Answer a question in another way than the text was made."""
    body = question[:-1]
    match name:
        case "copy":
            return body
        case "reverse":
            return "".join(reversed(body))
        case "sums":
            one, other = body.split("+")
            return f"{(int(one) + int(other)) % MODULUS:02}"
        case _:
            while body != (body := body.replace("()", "").replace("[]", "").replace("{}", "")):
                pass
            return "no" if body else "yes"


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_every_line_is_a_question_with_its_right_answer(task: Task) -> None:
    for line in lines(task):
        end = next(place for place, sign in enumerate(line) if sign in "><?=")
        assert line[end + 1 :] == right(task.name, line[: end + 1])
    for one in islice(task.examples(), 50):
        assert one.answer == right(task.name, one.question)


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_what_is_asked_stands_nowhere_in_the_text(task: Task) -> None:
    taught = set(lines(task, 40_000))
    asked = {one.question + one.answer for one in islice(task.examples(seed=0), 200)}
    assert not taught & asked
    assert all(one.is_held_back for one in islice(task.examples(seed=7), 20))


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_the_same_seed_gives_the_same_text_and_another_does_not(task: Task) -> None:
    assert task.text(HEAD, seed=3) == task.text(HEAD, seed=3) != task.text(HEAD, seed=4)
    assert HEAD <= len(task.text(HEAD)) < HEAD + 60


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_a_text_costs_what_its_problems_cost(task: Task) -> None:
    text = task.text(HEAD)
    floor = task.floor(0, len(text))
    whole = floor * len(text)
    assert 0 < floor < math.log(len(set(text)))
    assert whole == pytest.approx(task.floor(0, 1000) * 1000 + task.floor(1000, len(text)) * (len(text) - 1000))


def test_half_of_the_brackets_close_in_the_right_order() -> None:
    answers = Counter(line.split("?")[1] for line in lines(TASKS["brackets"], 60_000))
    assert answers["yes"] / answers.total() == pytest.approx(0.5, abs=0.03)


def drawn(task: Task, count: int) -> list[Problem]:
    problems = task._problems(seed=5)
    return list(islice(problems, count))


def test_the_price_of_brackets_is_the_share_they_turn_up_with() -> None:
    count = 8000
    found = Counter((one.question, one.nats) for one in drawn(TASKS["brackets"], count))
    for (_, nats), times in found.items():
        share = math.exp(-nats)
        assert times / count == pytest.approx(share, abs=7 * math.sqrt(share / count) + 2 / count)
    for pairs in (1, 2):
        every = [math.exp(-nats) for question, nats in found if len(question) == 2 * pairs + 1]
        assert sum(every) == pytest.approx(1 / PAIRS)


def test_the_price_of_a_row_is_that_of_its_length_and_its_symbols() -> None:
    row = drawn(TASKS["copy"], 1)[0]
    ways = math.perm(len(tasks_symbols()), len(row.answer))
    lengths = {len(one.answer) for one in drawn(TASKS["copy"], 500)}
    assert row.nats == pytest.approx(math.log(ways * len(lengths)))
    assert all(len(set(one.answer)) == len(one.answer) for one in drawn(TASKS["reverse"], 100))


def tasks_symbols() -> set[str]:
    return {sign for one in drawn(TASKS["copy"], 500) for sign in one.answer}


def test_a_task_is_a_text_like_any_other_and_known_as_a_task_when_it_is_opened_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    corpus = prepare("sums", home)
    assert corpus.task is TASKS["sums"]
    assert reopen(corpus.fingerprint, home).task is TASKS["sums"]
    assert corpus.references["floor"] < corpus.references["4-gram"] < corpus.references["1-gram"]
