"""How the places look when something is not as usual: a run of another process, one that broke, damaged files."""

import json
from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.screens.bench import Bench
from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.widgets.rows import Rows
from snapshot import SIZES, THEMES, check_snapshot
from story import Story, told
from tiny_lab import Lab, lab, touch_in_turn


def begun() -> tuple[Story, History]:
    """Return a run in its middle, with a spike that leaves the frame."""
    story = Story(steps=400)
    history = told(story.started(), story.measured(4.26), story.wrote("xq Zb k"))
    for begin, end in ((4.2, 3.0), (3.0, 2.4)):
        for event in (*story.trained(60, begin=begin, end=end), story.measured(end), story.probed(), story.saved()):
            history.add(event)
    history.add(story.stepped(96.0))
    for event in (*story.trained(30, begin=2.4, end=2.3), story.wrote("ねこ sat. The cat")):
        history.add(event)
    return story, history


def watched() -> History:
    _, history = begun()
    history.is_watched = True
    return history


def paused() -> History:
    _, history = begun()
    history.status = "paused"
    return history


def diverged() -> History:
    story, history = begun()
    for event in (*(story.skipped("blocks.1.mlp.c_fc.weight") for _ in range(10)), story.finished("diverged")):
        history.add(event)
    return history


def failed() -> History:
    _, history = begun()
    history.fail("not enough memory (out of memory): the batch does not fit. Take a smaller --batch-size.")
    return history


STATES = {
    "watched": (watched, "training elsewhere", "x Look away"),
    "paused": (paused, "‖ paused", "p Resume"),
    "diverged": (diverged, "Diverged at step 161", "s Start"),
    "failed": (failed, "Take a smaller", "s Start"),
}


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_in_every_state_looks_like_its_picture(size: tuple[int, int], tmp_path: Path) -> None:
    app = LabApp(Home(tmp_path), refresh=0.02)
    async with app.run_test(size=size) as pilot:
        it = Lab(app, pilot)
        await it.sees("q Quit")
        bench = app.query_one(Bench)
        for state, (make, words, key) in STATES.items():
            for theme in THEMES:
                history = app.session.history = make()
                app.theme = f"lab-{theme}"
                await it.until(lambda history=history: bench._drawn == (history, history.version))
                bench._show_rest()  # which else follows a moment later
                await it.until(lambda words=words: words in " ".join(it.screen.split()))
                await it.until(lambda key=key: key in it.screen.splitlines()[-1] and "q Quit" in it.screen)
                await it.settled()
                check_snapshot(app, f"train-{state}-{theme}-{size[0]}x{size[1]}", tmp_path)


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home with a run whose manifest is damaged, and one with a checkpoint that is; its paths are short."""
    monkeypatch.chdir(tmp_path)
    home = Home(Path("lab"))
    for name in ("scratched", "torn"):
        (home.checkpoints / name / "step-000100").mkdir(parents=True)
    (home.checkpoints / "scratched" / "run.json").write_text("{")
    sound = {"format": 1, "created": 0.0, "parent": "", "config": {}, "corpus": {}, "tokenizer": {}, "versions": {}}
    (home.checkpoints / "torn" / "run.json").write_text(json.dumps({**sound, "command": "gpt2mini-tui train"}))
    (home.checkpoints / "torn" / "step-000100" / "state.json").write_text('{"created": 0.0, "val_loss"')
    touch_in_turn(home.checkpoints / name for name in ("scratched", "torn"))
    return home


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_damage_in_the_browser_looks_like_its_picture(
    damaged: Home, size: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    async with lab(damaged, CheckpointsPlace, size=size) as (it, place):
        it.app.theme = f"lab-{theme}"
        await it.until(lambda: len(place._tree.runs) == 2)
        place.query_one(Rows).cursor = place._tree.place(("torn", "")) or 0
        await it.press("right")
        key = ("torn", "step-000100")
        await it.until(lambda: key in [node.key for node in place._tree.nodes])
        place.query_one(Rows).cursor = place._tree.place(key) or 0
        await it.sees("damaged", "It cannot be used")
        await it.settled()
        check_snapshot(it.app, f"checkpoints-damaged-{theme}-{size[0]}x{size[1]}", tmp_path)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_damage_in_the_table_looks_like_its_picture(
    damaged: Home, size: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    async with lab(damaged, ComparePlace, size=size) as (it, place):
        it.app.theme = f"lab-{theme}"
        await it.until(lambda: len(place._table.shown) == 2)
        await it.press("s")
        await it.sees("scratched", "damaged")
        await it.settled()
        check_snapshot(it.app, f"compare-damaged-{theme}-{size[0]}x{size[1]}", tmp_path)
