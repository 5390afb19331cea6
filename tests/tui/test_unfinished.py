"""A run that was broken off is named when the lab opens, and one key goes on with it."""

import os
import shutil
from pathlib import Path

import pytest

from gpt2mini.events import Finished, from_json
from gpt2mini.paths import Home
from gpt2mini.runs import Run, Store
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.personal.habits import Habits
from gpt2mini_tui.runs.latest import latest, unfinished
from tiny_lab import Lab, copy_home, tiny_home


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Home:
    """Return a home with the one run `full`, whose log ends after step 24, as a kill leaves it."""
    home = copy_home(tiny_home(tmp_path_factory), tmp_path)
    for other in ("broken", "neko"):
        shutil.rmtree(home.checkpoints / other)
    break_off(Run(home.checkpoints / "full"), 24)
    return home


def break_off(run: Run, step: int) -> None:
    log = run.path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(line for line in lines if from_json(line).step <= step))
    shutil.rmtree(run.path / "step-000030")


def test_a_run_without_an_ending_is_unfinished_and_goes_on_from_its_newest_checkpoint(home: Home) -> None:
    found = latest(Store(home.checkpoints).runs())
    assert found is not None
    assert (found.name, found.status, found.step, found.steps, found.saved) == ("full", "interrupted", 24, 30, 20)
    assert found.is_broken_off
    assert found.sentence == "full was interrupted at step 24 of 30."


def test_a_run_that_is_whole_or_gone_is_not(tmp_path_factory: pytest.TempPathFactory, home: Home) -> None:
    whole = Run(tiny_home(tmp_path_factory).checkpoints / "full")
    assert any(isinstance(event, Finished) for event in whole.events())
    assert unfinished(whole) is None
    assert unfinished(Run(home.checkpoints / "gone")) is None
    assert latest([]) is None


def test_only_the_newest_run_counts_and_none_of_a_card(tmp_path_factory: pytest.TempPathFactory, home: Home) -> None:
    full, whole = Run(home.checkpoints / "full"), Run(tiny_home(tmp_path_factory).checkpoints / "neko")
    assert latest([full, whole]) is None
    of_card = Run(home.checkpoints / "tales-no-mlp-s0-25019cfe")
    found = latest([full, of_card])
    assert found is not None
    assert found.name == "full"


def test_nothing_can_be_gone_on_with_where_nothing_was_saved(home: Home) -> None:
    run = Run(home.checkpoints / "full")
    for entry in run.checkpoints():
        shutil.rmtree(entry.path)
    found = unfinished(run)
    assert found is not None
    assert found.saved is None
    assert not found.is_broken_off


async def test_the_empty_state_names_it_and_one_key_goes_on(home: Home) -> None:
    app = LabApp(home, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees("full was interrupted at step 24 of 30.", "from step 20", "p Resume", "s Start")
        await it.press("p")
        await it.until(lambda: app.history.status == "done")
        assert app.history.run == "full"
        assert app.history.step == 30


async def test_it_is_no_longer_offered_once_it_is_deleted(home: Home) -> None:
    app = LabApp(home, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees("full was interrupted", "p Resume")
        await it.press("2")
        os.rename(home.checkpoints / "full", home.root / "elsewhere")
        await it.press("1")
        await it.until(lambda: "p Resume" not in it.screen and "s Start" in it.screen)
        assert "full was interrupted" not in it.screen


async def test_whoever_left_at_another_place_is_told_there(home: Home) -> None:
    app = LabApp(home, refresh=0.02, habits=Habits(place="compare"))
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.until(lambda: "full was interrupted at step 24 of 30. 1, then p goes on." in it.toasts)
