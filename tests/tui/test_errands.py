"""Work beside the screen: taken in turns, stopped between two values, never silent about an error."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from gpt2mini.errors import LabError, NotFoundError
from gpt2mini_tui.errands import Errands


@pytest.fixture
def errands() -> Iterator[Errands]:
    made = Errands("test")
    yield made
    made.close()


def collect(errands: Errands, until: Callable[[], bool]) -> None:
    """Do what the screen does, until a state is reached."""

    def is_reached() -> bool:
        errands.drain()
        return until()

    wait(is_reached)


def wait(until: Callable[[], object]) -> None:
    for _ in range(12_000):  # a minute: a busy machine is slow, not wrong
        if until():
            return
        time.sleep(0.005)
    raise AssertionError("it never happened")


def fail(error: LabError) -> None:
    raise AssertionError(error)


def test_values_come_in_order_and_only_when_asked_for(errands: Errands) -> None:
    seen: list[int] = []
    errands.run("a", lambda: range(100), seen.append, fail)
    wait(lambda: len(errands._results) == 101)  # the values and the end of them
    assert seen == []
    collect(errands, lambda: errands.is_idle)
    assert seen == list(range(100))


def test_a_short_errand_does_not_wait_for_a_long_one(errands: Errands) -> None:
    short: list[int] = []
    errands.run("long", lambda: (None for _ in count()), fail, fail)
    errands.run("short", lambda: [1], short.append, fail)
    collect(errands, lambda: short == [1])
    assert errands.is_running("long")


def test_nothing_of_a_stopped_errand_is_shown_not_even_what_waits_already(errands: Errands) -> None:
    seen: list[int] = []
    errands.run("a", count, seen.append, fail)
    collect(errands, lambda: len(seen) > 3)
    wait(lambda: errands._results)
    errands.stop("a")
    before = len(seen)
    collect(errands, lambda: errands.is_idle)
    assert len(seen) == before


def test_an_errand_of_the_same_key_replaces_the_one_before(errands: Errands) -> None:
    seen: list[str] = []
    errands.run("a", lambda: ("old" for _ in count()), seen.append, fail)
    errands.run("a", lambda: ["new"], seen.append, fail)
    collect(errands, lambda: errands.is_idle)
    assert seen == ["new"]


def test_the_thread_rests_when_it_is_far_ahead_of_the_screen(errands: Errands, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    rests, wait_for_change = threading.Event(), errands._changed.wait

    def rest() -> bool:
        rests.set()
        return wait_for_change()

    monkeypatch.setattr(errands._changed, "wait", rest)

    def work() -> Iterator[int]:
        for value in range(2_000):
            made.append(value)
            yield value

    errands.run("a", work, lambda value: None, fail)
    wait(rests.is_set)
    assert len(made) == 512
    errands.drain()
    wait(lambda: len(made) >= 1024)  # it goes on once the screen has taken what is there


def test_a_mistake_of_the_user_is_a_sentence_and_the_thread_goes_on(errands: Errands) -> None:
    def work() -> Iterator[int]:
        yield 1
        raise NotFoundError("there is nothing of that name here")

    seen: list[object] = []
    errands.run("a", work, seen.append, seen.append)
    collect(errands, lambda: errands.is_idle)
    assert [str(value) for value in seen] == ["1", "there is nothing of that name here"]
    errands.run("a", lambda: [2], seen.append, fail)
    collect(errands, lambda: seen[-1] == 2)


def test_a_disk_that_fails_is_a_sentence_too(errands: Errands) -> None:
    seen: list[str] = []
    errands.run("a", Path("/nowhere/at/all").iterdir, fail, lambda error: seen.append(str(error)))
    collect(errands, lambda: errands.is_idle)
    assert seen == ["the disk did not answer (/nowhere/at/all): no such file or directory"]


def test_a_fault_of_ours_is_raised_where_it_can_be_seen(errands: Errands) -> None:
    errands.run("a", lambda: [1 // 0], fail, fail)
    with pytest.raises(ZeroDivisionError):
        collect(errands, lambda: errands.is_idle)


def test_closing_ends_the_thread_at_once_whatever_it_does() -> None:
    errands = Errands("closing")
    errands.run("a", lambda: (None for _ in count()), fail, fail)
    errands.close()
    assert "closing" not in {thread.name for thread in threading.enumerate()}
    errands.run("a", lambda: [1], fail, fail)
    assert errands.is_idle
