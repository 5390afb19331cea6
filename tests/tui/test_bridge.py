"""The bridge carries everything, loses nothing, and never keeps anybody waiting who wants to leave."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gpt2mini.commands import Set, Stop
from gpt2mini.errors import NotFoundError
from gpt2mini.events import Event, Finished, Started, StepDone, Switched
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini.trainer import Trainer
from gpt2mini_tui.live import bridge as threads
from gpt2mini_tui.live.bridge import Bridge
from gpt2mini_tui.live.notes import Ended, Failed, Item, Preparing, Recalled
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import NewRun, ResumeRun
from tiny_lab import RHYME, new_run

T = TypeVar("T", bound=Item)
ENDLESS = 1_000_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    assert bridge.close(30)


def plan_of(home: Home, *, steps: int = 12, name: str = "") -> NewRun:
    return new_run(home.root / "rhyme.txt", steps=steps, name=name)


def until(bridge: Bridge, kind: type[T], *, limit: int = 1000) -> list[Item]:
    """Return everything that comes, up to the first of a kind."""
    items: list[Item] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for item in bridge.drain(limit):
            items.append(item)
            if isinstance(item, kind):
                return items
        time.sleep(0.01)
    raise AssertionError(f"no {kind.__name__} among {items[-5:]}")


def only(kind: type[T], items: list[Item]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def test_a_run_arrives_whole_from_preparing_to_its_end(bridge: Bridge, home: Home) -> None:
    bridge.start(plan_of(home, name="whole"), home)
    items = until(bridge, Ended)
    assert isinstance(items[0], Preparing)
    assert items[0].doing == "loading torch"
    assert only(Preparing, items)[-1].share == 1.0
    assert only(Event, items) == list(Store(home.checkpoints).get("whole").events())
    assert isinstance(items[-2], Finished)
    assert not bridge.drain()


def test_a_full_queue_makes_the_trainer_wait_and_loses_nothing(home: Home) -> None:
    bridge = Bridge(size=2)
    bridge.start(plan_of(home, name="slow"), home)
    items: list[Item] = []
    while not only(Ended, items):
        items += bridge.drain(1)
        time.sleep(0.001)
    assert only(Event, items) == list(Store(home.checkpoints).get("slow").events())


def test_leaving_saves_even_if_nobody_drains(home: Home) -> None:
    bridge = Bridge(size=3)
    bridge.start(plan_of(home, steps=ENDLESS, name="left"), home)
    until(bridge, StepDone)
    assert bridge.close(30)
    run = Store(home.checkpoints).get("left")
    last = list(run.events())[-1]
    assert isinstance(last, Finished)
    assert last.reason == "stopped"
    assert run.checkpoints()[-1].step == last.step


@pytest.fixture
def may_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let no trainer be opened before this is set: a test has the time it needs before there is one."""
    may_open = threading.Event()

    def open_later(*words: Any, **more: Any) -> Trainer:
        assert may_open.wait(60)
        return open_trainer(*words, **more)

    monkeypatch.setattr(threads, "open_trainer", open_later)
    yield may_open
    may_open.set()


def test_closing_is_bounded_and_may_be_repeated(bridge: Bridge, home: Home, may_open: threading.Event) -> None:
    assert bridge.close(0)
    bridge.start(plan_of(home, steps=ENDLESS), home)
    assert not bridge.close(0)  # it does not wait for what cannot end yet
    may_open.set()
    assert bridge.close(30)


def test_a_command_that_comes_before_the_trainer_is_kept_for_it(
    bridge: Bridge, home: Home, may_open: threading.Event
) -> None:
    bridge.start(plan_of(home), home)
    bridge.send(Set(name="residual", value=False))
    may_open.set()
    switched = only(Switched, until(bridge, Ended))
    assert [(event.step, event.name, event.value) for event in switched] == [(0, "residual", False)]


def test_a_run_that_is_stopped_while_it_is_prepared_is_given_up(
    bridge: Bridge, home: Home, may_open: threading.Event
) -> None:
    bridge.start(plan_of(home), home)
    bridge.stop()
    may_open.set()
    items = until(bridge, Ended)
    assert not only(Event, items)
    assert not only(Failed, items)
    assert not home.checkpoints.exists()


def test_what_a_person_can_mend_comes_as_a_sentence(bridge: Bridge, home: Home) -> None:
    bridge.start(new_run(home.root / "missing.txt"), home)
    failed = only(Failed, until(bridge, Ended))
    assert len(failed) == 1
    assert failed[0].code == 66
    assert "missing.txt" in failed[0].sentence
    assert not failed[0].details
    bridge.start(plan_of(home), home)
    assert only(Finished, until(bridge, Ended))


def test_a_fault_of_the_program_comes_with_its_traceback(bridge: Bridge, home: Home) -> None:
    bridge.start("not a plan", home)  # type: ignore[arg-type]  # the fault
    failed = only(Failed, until(bridge, Ended))
    assert failed[0].code == 1
    assert "AttributeError" in failed[0].details


def test_one_run_at_a_time(bridge: Bridge, home: Home) -> None:
    bridge.start(plan_of(home, steps=ENDLESS), home)
    with pytest.raises(RuntimeError, match="already"):
        bridge.start(plan_of(home), home)


def test_a_snapshot_can_be_asked_for_at_any_time(bridge: Bridge, home: Home) -> None:
    with pytest.raises(NotFoundError, match="no run is training"):
        bridge.snapshot().result(1)
    bridge.start(plan_of(home, steps=ENDLESS, name="live"), home)
    early = bridge.snapshot()
    until(bridge, StepDone)
    assert early.result(30).run == "live"
    bridge.send(Stop())
    finished = only(Finished, until(bridge, Ended))[0]
    assert bridge.snapshot().result(1).step == finished.step


def test_a_snapshot_of_a_run_that_never_began_fails(bridge: Bridge, home: Home) -> None:
    bridge.start(new_run(home.root / "missing.txt"), home)
    early = bridge.snapshot()
    with pytest.raises(NotFoundError):
        early.result(30)
    with pytest.raises(NotFoundError):
        bridge.snapshot().result(1)


def test_a_run_that_is_resumed_brings_its_past(bridge: Bridge, home: Home) -> None:
    bridge.start(plan_of(home, name="again"), home)
    until(bridge, Ended)
    bridge.start(ResumeRun(name="again", steps=15), home)
    items = until(bridge, Ended)
    past = only(Recalled, items)[0].history
    assert (past.step, len(past.loss), past.status) == (12, 12, "interrupted")
    assert [event.step for event in only(Started, items)] == [12]
    assert [event.step for event in only(StepDone, items)] == [13, 14, 15]
