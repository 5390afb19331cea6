"""A run of another process is followed as it grows, and nothing of it is touched."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gpt2mini.commands import Pause
from gpt2mini.eventlog import EventLog
from gpt2mini.events import Evaluated, Event, Finished
from gpt2mini.paths import Home
from gpt2mini.runs import Run, Store
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.live import bridge
from gpt2mini_tui.messages import Tell
from gpt2mini_tui.runs.following import Rewound, follow
from gpt2mini_tui.widgets.switch_panel import SwitchPanel
from story import Story
from tiny_lab import Lab, copy_home, tiny_home


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Home:
    return copy_home(tiny_home(tmp_path_factory), tmp_path)


@pytest.fixture
def run(home: Home) -> Run:
    """Return a run whose log is empty again."""
    run = Store(home.checkpoints).get("full")
    (run.path / "events.jsonl").write_text("")
    return run


@pytest.fixture
def log(run: Run) -> Iterator[EventLog]:
    """Write the run like another process would."""
    log = run.open_log()
    yield log
    with suppress(ValueError):  # a test may have ended it
        log.close()


def write(log: EventLog, *events: Event) -> None:
    for event in events:
        log.append(event)


def test_what_is_there_comes_first_and_then_what_is_added(run: Run, log: EventLog) -> None:
    story = Story(steps=10)
    write(log, story.started(), story.stepped(3.0))
    heard = follow(run, stop=lambda: False)
    assert [type(next(heard)).__name__ for _ in range(3)] == ["Started", "StepDone", "NoneType"]
    write(log, story.stepped(2.0))
    assert next(heard) == story_event(story, 2.0)
    assert next(heard) is None
    write(log, story.finished("done"))
    log.close()
    assert isinstance(next(heard), Finished)
    assert list(heard) == []


def story_event(story: Story, loss: float) -> Event:
    story.step -= 1
    return story.stepped(loss)


def test_half_a_line_is_left_for_later(run: Run, log: EventLog) -> None:
    heard = follow(run, stop=lambda: False)
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b'{"event": "Evaluated", "step": 1, "val_loss"')
        file.flush()
        assert next(heard) is None
        file.write(b': 2.0, "tokens": 3}\n')
    assert next(heard) == Evaluated(step=1, val_loss=2.0, tokens=3)


def test_a_log_that_is_cut_back_is_told_anew(run: Run, log: EventLog) -> None:
    story = Story(steps=10)
    write(log, story.started(), *story.trained(3, begin=3.0, end=2.0))
    heard = follow(run, stop=lambda: False)
    while next(heard) is not None:
        pass
    path = run.path / "events.jsonl"
    first = path.read_bytes().splitlines(keepends=True)[0]
    with open(path, "r+b") as file:
        file.truncate(len(first))
    assert isinstance(next(heard), Rewound)
    assert type(next(heard)).__name__ == "Started"


async def test_the_lab_shows_a_run_that_somebody_else_trains(
    home: Home, run: Run, log: EventLog, tmp_path: Path
) -> None:
    story = Story(steps=100)
    write(log, story.started(), *story.trained(20, begin=4.0, end=3.0))
    app = LabApp(home, watch="full", refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees("training elsewhere", "20 / 100 steps")
        before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
        write(log, *story.trained(5, begin=3.0, end=2.5))
        await it.sees("25 / 100 steps")
        app.post_message(Tell(Pause()))
        await it.until(lambda: "can only be watched" in it.toasts)
        assert not app.bridge.is_running
        changed = {path.name for path, data in before.items() if path.read_bytes() != data}
        assert changed == {"events.jsonl"}
        write(log, story.finished("done"))
        log.close()
        await it.until(lambda: app.history.status == "done")
        await it.sees("done")


async def test_a_run_of_another_process_is_offered_and_can_be_left_again(home: Home, run: Run, log: EventLog) -> None:
    story = Story(steps=100)
    write(log, story.started(), *story.trained(20, begin=4.0, end=3.0))
    for other in ("broken", "neko"):
        shutil.rmtree(home.checkpoints / other)
    app = LabApp(home, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees("full is training in another process at", "w Look on", "s Start")
        await it.press("w")
        await it.sees("training elsewhere", "x Look away", "read-only")
        assert "s Start" not in it.screen
        await it.press("M")
        await it.until(lambda: "can only be watched" in it.toasts)
        assert not app.query_one(SwitchPanel).pending
        await it.press("x")
        await it.sees("no run open", "w Look on", "s Start")
    assert run.is_locked()


async def test_a_log_that_cannot_even_be_misread_ends_the_look_at_it_and_not_the_app(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misread(run: Run, **_: object) -> Iterator[Event]:
        raise ValueError(f"{run.name} is not what it seems")
        yield

    monkeypatch.setattr(bridge, "follow", misread)
    app = LabApp(home, refresh=0.02, watch="full")
    async with app.run_test(size=(120, 40)) as pilot:
        it = Lab(app, pilot)
        await it.until(lambda: app.history.status == "failed")
        await it.sees("Reading the log ended with a fault of the program")
        assert "not what it seems" in (home.root / "fault.log").read_text()
        await it.press("2")
        await it.sees("neko")
