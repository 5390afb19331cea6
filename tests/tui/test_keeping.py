"""A long log is read once: what it came to is kept, and given up whenever it might be about something else."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from gpt2mini.events import Answered, Event, to_json
from gpt2mini.runs import Store
from gpt2mini_tui.folds import keeping
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.keeping import Keeper
from gpt2mini_tui.runs.shelf import Shelf
from story import Story


def everything() -> list[Event]:
    """Return the events of a run in which all that a history knows of has happened."""
    story = Story()
    events = [story.started(), *story.trained(300, begin=4.0, end=2.0), story.measured(2.1), story.saved()]
    events += [
        story.flipped("residual", False),
        *story.trained(300, begin=3.0, end=2.5),
        story.skipped("lm_head.weight"),
    ]
    events += [story.adjusted("lr", 1e-4, 1e-3), *story.trained(300, begin=2.5, end=2.4), story.probed()]
    events += [
        story.wrote("the end"),
        Answered(step=901, exact=0.5, tokens=0.75, problems=8, chance=0.1),
    ]
    return [*events, *story.trained(300, begin=2.4, end=2.3), story.finished("done")]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a log that is worth keeping."""
    monkeypatch.setattr(keeping, "_WORTH", 1000)
    folder = tmp_path / "checkpoints" / "long"
    folder.mkdir(parents=True)
    path = folder / "events.jsonl"
    path.write_text("".join(f"{to_json(event)}\n" for event in everything()))
    return path


def read(log: Path, kept: Path) -> History:
    """Return the history of a log as a screen gets it."""
    shelf = Shelf(Store(log.parent.parent), kept=kept)
    return [story.history for story in shelf.story("long") if story is not None][-1]


def as_plain(history: History) -> str:
    return json.dumps(keeping._freeze(history))


def test_what_was_kept_is_the_same_and_no_log_was_read(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(log, tmp_path / "kept")
    monkeypatch.setattr("gpt2mini.runs.Run.events", lambda _: pytest.fail("the log was read"))
    again = read(log, tmp_path / "kept")
    assert as_plain(again) == as_plain(first)
    assert again.loss.points() == first.loss.points()
    assert again.loss.smooth() == first.loss.smooth()
    assert (again.status, again.config, again.best) == ("done", first.config, first.best)


def test_a_history_that_was_kept_can_go_on(log: Path, tmp_path: Path) -> None:
    read(log, tmp_path)
    found = Keeper(tmp_path).find(log)
    assert found is not None
    history = History.fold(everything())
    story = Story()
    more = [story.started(), *story.trained(2000, begin=2.0, end=1.0), story.measured(1.0)]
    for event in more:
        history.add(event)
        found[0].add(event)
    assert found[0].loss.points() == history.loss.points()
    assert as_plain(found[0]) == as_plain(history)


@pytest.mark.parametrize(
    "harm",
    [
        lambda kept: kept.write_bytes(kept.read_bytes()[:-20]),
        lambda kept: kept.write_bytes(kept.read_bytes().replace(b'"step"', b'"stop"')),
        lambda kept: kept.write_bytes(b"\x00" * 100),
        lambda kept: kept.unlink(),
    ],
    ids=["torn", "altered", "zeros", "gone"],
)
def test_a_damaged_one_is_as_good_as_none(log: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    first = read(log, tmp_path / "kept")
    harm(next((tmp_path / "kept").iterdir()))
    assert as_plain(read(log, tmp_path / "kept")) == as_plain(first)


def test_a_log_that_has_grown_is_read_again(log: Path, tmp_path: Path) -> None:
    assert read(log, tmp_path / "kept").status == "done"
    with log.open("a") as file:
        file.write(f"{to_json(Story().wrote('more'))}\n")
    assert read(log, tmp_path / "kept").samples[-1].text == "more"


def test_one_of_another_version_is_not_believed(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(log, tmp_path)
    monkeypatch.setattr(keeping, "_version", lambda: "of tomorrow")
    assert Keeper(tmp_path).find(log) is None


def test_a_short_log_is_not_kept_and_the_oldest_make_room(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_MOST", 2)
    kept = tmp_path / "kept"
    for name in "abc":
        (log.parent / name).write_bytes(log.read_bytes())
        Keeper(kept).keep(log.parent / name, Keeper.mark(log.parent / name), History(), {3: math.inf})
    assert len([*kept.iterdir()]) == 2
    assert Keeper(kept).find(log.parent / "c") is not None
    monkeypatch.setattr(keeping, "_WORTH", 2**40)
    Keeper(kept).keep(log, Keeper.mark(log), History(), {})
    assert Keeper(kept).find(log) is None
