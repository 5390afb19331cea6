"""The checkpoint browser: it lists what is there, says what is wrong, and never loses anything."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from gpt2mini.paths import Home
from gpt2mini.runs import Run, Store
from gpt2mini_tui.runs.shelf import Shelf
from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.screens.run_details import RunDetails
from gpt2mini_tui.screens.xray import XrayPlace
from gpt2mini_tui.widgets.rows import Rows
from pointing import go_to
from tiny_lab import copy_home, lab, new_run, tiny_home, train


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    """Return a home that a test may change."""
    return copy_home(made, tmp_path)


@pytest.fixture
def training(home: Home) -> Iterator[Run]:
    """Return a run that somebody writes."""
    run = Store(home.checkpoints).get("full")
    log = run.open_log()
    yield run
    log.close()


def details(place: CheckpointsPlace) -> str:
    return place.query_one(RunDetails).text


async def test_runs_are_listed_with_their_checkpoints_inside(made: Home) -> None:
    async with lab(made, CheckpointsPlace) as (it, place):
        await it.sees("3 runs, newest first", "▸ full", "▸ broken", "▸ neko", "done")
        await go_to(it, place, "full")
        await it.press("enter")
        await it.sees("▾ full", "├ step 30", "├ step 20", "└ step 10")
        await it.press("enter")
        await it.until(lambda: "step 20" not in it.screen)


async def test_a_checkpoint_is_described_whole(made: Home) -> None:
    async with lab(made, CheckpointsPlace, size=(120, 40)) as (it, place):
        await go_to(it, place, "broken", "step-000020")
        await it.until(lambda: "step 20" in details(place) and "parameters" in details(place))
        said = details(place)
        val = Run(made.checkpoints / "broken").checkpoints()[1].val_loss
        assert f"val loss: {val:.3f} nats/token" in said
        assert "switches: no residual" in said
        assert "model: 1 layer, 1 head, 16 wide, block 16" in said
        assert "tokenizer: char, " in said
        assert "kB" in said
        await it.sees("broken › step 20", "sample at step 20", "▼", "train", "gpt2mini-tui train")


async def test_the_best_checkpoint_of_a_run_is_marked(made: Home) -> None:
    async with lab(made, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000030")
        await it.until(lambda: len(re.findall(r"step \d+ +best", it.screen)) == 1)


async def test_a_damaged_checkpoint_says_what_is_wrong_and_can_be_deleted(home: Home) -> None:
    (home.checkpoints / "full" / "step-000020" / "state.json").write_text("{")
    (home.checkpoints / "full" / "step-000099").mkdir()
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000020")
        await it.sees("step 20      damaged", "step 99      damaged", "It cannot be used.")
        await it.until(lambda: "problem: cannot read the file" in details(place))
        await it.press("r", "c")
        await it.until(lambda: "cannot read the file" in it.toasts)
        await it.press("d")
        await it.until(lambda: not (home.checkpoints / "full" / "step-000020").exists())
        await it.until(lambda: "step 20 " not in it.screen)


async def test_a_damaged_run_is_listed_with_what_is_wrong(home: Home) -> None:
    (home.checkpoints / "full" / "run.json").write_text('{"format": 99}')
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full")
        await it.sees("damaged")
        await it.until(lambda: "problem: this run was made by a newer version" in details(place))
        await it.press("d")
        await it.until(lambda: not (home.checkpoints / "full").exists())


async def test_what_was_deleted_last_comes_back_first(home: Home) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000020")
        await it.press("d")
        await it.until(lambda: not (home.checkpoints / "full" / "step-000020").exists())
        await go_to(it, place, "broken")
        await it.press("d")
        await it.sees("2 runs")
        assert not (home.checkpoints / "broken").exists()
        it.app.notify("Not saved: no space left.", severity="error", markup=False)
        await it.press("z")
        await it.sees("3 runs")
        await it.until(lambda: "step-000020 is still in the trash. z brings it back." in it.toasts)
        assert "The run broken is in the trash" not in it.toasts
        assert "Not saved: no space left." in it.toasts
        await it.press("z")
        await it.until(lambda: "step-000020 is back." in it.toasts)
        assert (home.checkpoints / "full" / "step-000020").exists()
        assert "z brings it back" not in it.toasts
        await it.press("z")
        await it.until(lambda: "There is nothing to bring back." in it.toasts)


async def test_the_next_checkpoint_is_pointed_at_after_one_was_deleted_and_never_the_run(home: Home) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000020")
        for here, beside in (("step-000020", "step-000010"), ("step-000010", "step-000030")):
            assert place.current is not None
            assert place.current.key == ("full", here)
            await it.press("d")
            await it.until(lambda beside=beside: place.current and place.current.key == ("full", beside))
        await it.press("z")
        await it.until(lambda: place.current and place.current.key == ("full", "step-000010"))


async def test_what_is_deleted_in_quick_succession_all_comes_back(home: Home) -> None:
    paths = [home.checkpoints / "full" / name for name in ("step-000030", "step-000010")]
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", paths[0].name)
        names = [node.key for node in place._tree.nodes]
        for path in paths:  # the screen learns of neither before both were asked for
            place.query_one(Rows).cursor = names.index(("full", path.name))
            assert place.current is not None
            assert place.current.key == ("full", path.name)
            place.action_delete()
        await it.until(lambda: not any(path.exists() for path in paths) and len(place._trashed) == 2)
        place.action_undo()
        place.action_undo()
        await it.until(lambda: all(path.exists() for path in paths))


async def test_a_run_that_is_training_cannot_be_deleted(home: Home, training: Run) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full")
        await it.sees("training")
        await it.press("d")
        await it.until(lambda: "this run is training (full). Stop it first." in it.toasts)
        assert training.path.exists()
        await it.press("r")
        await it.until(lambda: "full is training already." in it.toasts)


async def test_going_back_to_an_earlier_step_is_asked_twice(home: Home) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000010")
        await it.press("r")
        await it.until(lambda: "forgets what came after it, up to step 30. Press r again" in it.toasts)
        assert not it.app.bridge.is_running
        await it.press("r")
        await it.until(lambda: it.app.history.run == "full")


async def test_a_run_that_is_done_says_how_to_go_on_and_is_not_begun_again(home: Home) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full")
        await it.press("r")
        await it.until(lambda: "full has taken all its 30 steps. f goes on from here as a new run" in it.toasts)
        assert it.app.place is place
        await go_to(it, place, "full", "step-000030")
        await it.press("r")
        await it.until(lambda: it.toasts.count("has taken all its") == 2)
        assert it.app.history.status == "idle"


async def test_a_run_that_broke_off_before_its_last_save_is_finished(home: Home) -> None:
    full = Store(home.checkpoints).get("full")
    shutil.rmtree(full.path / "step-000030")
    log = full.path / "events.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))
    assert (full.summary().status, full.summary().step) == ("interrupted", 30)
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full")
        await it.press("r")
        await it.until(lambda: it.app.history.run == "full" and it.app.history.status == "done")
        assert full.checkpoints()[-1].step == 30


async def test_c_opens_the_chat_with_this_model(made: Home) -> None:
    async with lab(made, CheckpointsPlace) as (it, place):
        await go_to(it, place, "broken", "step-000020")
        await it.press("c")
        await it.sees("broken · step 20")
        assert it.app.query_one(ChatPlace).display


async def test_x_looks_into_this_model(made: Home) -> None:
    async with lab(made, CheckpointsPlace) as (it, place):
        await go_to(it, place, "broken", "step-000020")
        await it.press("x")
        await it.sees("broken · step 20")
        assert it.app.query_one(XrayPlace).display


@pytest.mark.parametrize("key", ["r", "c", "x", "f"])
async def test_a_run_without_a_checkpoint_says_so_where_it_is_pointed_at(home: Home, key: str) -> None:
    for entry in Store(home.checkpoints).get("full").checkpoints():
        shutil.rmtree(entry.path)
    with (home.checkpoints / "full" / "events.jsonl").open("r+b") as log:
        log.truncate(log.read().rfind(b"\n", 0, -1) + 1)  # it was killed
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full")
        await it.press(key)
        await it.until(lambda: "no checkpoint yet" in it.toasts)
        assert "n begins a run like it." in it.toasts
        assert it.app.place is place


async def test_a_checkpoint_gets_a_name_of_its_own(home: Home) -> None:
    async with lab(home, CheckpointsPlace, size=(120, 40)) as (it, place):
        await go_to(it, place, "full", "step-000020")
        await it.press("R")
        await it.until(lambda: isinstance(it.app.focused, Input))
        await it.type("before the break")
        await it.press("enter")
        await it.until(lambda: "Step 20 is called before the break. p keeps it" in it.toasts)
        await it.until(lambda: "name: before the break" in details(place))
        assert (home.checkpoints / "full" / "step-000020").is_dir()
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000020")
        await it.sees("step 20 before t")  # at 80 columns it has the room that `best` does not take


async def test_what_has_not_changed_is_not_read_again(made: Home) -> None:
    shelf = Shelf(Store(made.checkpoints))
    before, after = (next(shelf.checkpoints("full")) for _ in range(2))
    assert len(before) == 3
    assert before is after


async def test_a_new_run_appears_by_itself_and_the_cursor_stays(home: Home, tmp_path: Path) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "broken")
        shutil.copytree(home.checkpoints / "full", home.checkpoints / "again")
        await it.sees("4 runs", "▸ again")
        assert place.current is not None
        assert place.current.run.name == "broken"


async def test_without_runs_it_says_what_to_press(tmp_path: Path) -> None:
    async with lab(Home(tmp_path), CheckpointsPlace) as (it, _):
        await it.sees("No runs yet.", "Press 1, then start one: it is listed here from its first step on.")
        await it.press("enter", "r", "c", "d", "right", "left", "down")
        await it.sees("No runs yet.")


async def test_a_name_cannot_control_the_terminal(home: Home) -> None:
    evil = "\x1b]0;x\x07[b]\u202e"
    (home.checkpoints / "full").rename(home.checkpoints / evil)
    async with lab(home, CheckpointsPlace, size=(120, 40)) as (it, place):
        await go_to(it, place, evil)
        await it.sees("␛]0;x␇[b]<U+202E>")
        await it.press("d")
        await it.until(lambda: "␛]0;x␇[b]<U+202E> is in the trash" in it.toasts)


async def test_nothing_believes_a_state_file(home: Home) -> None:
    path = home.checkpoints / "full" / "step-000030" / "state.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "ablations": {"residual": "[/x]"}, "loss": "low"}))
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full", "step-000030")
        await it.until(lambda: "switches: not readable" in details(place))
        assert "train loss: not measured" in details(place)


async def test_the_list_is_as_wide_as_its_names_where_there_is_the_room(home: Home) -> None:
    name = "shakespeare-with-a-really-long-name-for-a-run-number-one"
    (home.checkpoints / "full").rename(home.checkpoints / name)
    for width, is_whole in ((80, False), (120, False), (200, True)):
        async with lab(home, CheckpointsPlace, size=(width, 60)) as (it, place):
            await it.until(lambda place=place: len(place._tree.nodes) == 3)
            await it.until(lambda place=place: place.query_one(RunDetails).region.right == place.size.width)
            await it.settled()
            lines = [line[: place.query_one("#checkpoints-list").size.width] for line in it.screen.splitlines()]
            assert any(name in line for line in lines) is is_whole
            assert place.query_one(RunDetails).size.width >= width // 2 - 1


async def test_wide_characters_stay_aligned(made: Home, tmp_path: Path) -> None:
    home = copy_home(made, tmp_path)
    train(home, new_run(home.root / "wagahai.txt", name="吾輩は猫である"))
    async with lab(home, CheckpointsPlace) as (it, place):
        await go_to(it, place, "吾輩は猫である")
        await it.sees("▸ 吾輩は猫である", "▸ full")
        lines = it.screen.splitlines()[2:6]
        assert len({cell_len(line.split("│")[0]) for line in lines}) == 1
