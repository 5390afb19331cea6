"""What can be done with a run from a list: fork, begin one like it, label, rename, export, pin, verify, delete."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from textual.widgets import Input

from gpt2mini.labels import Labels
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.cli import main
from gpt2mini_tui.runs.shelf import Shelf
from gpt2mini_tui.screens.asking import AskScreen
from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.run_details import RunDetails
from gpt2mini_tui.screens.run_files import write_pages
from gpt2mini_tui.screens.setup import SetupScreen
from gpt2mini_tui.widgets.form_view import FormView
from gpt2mini_tui.widgets.rows import Rows
from pointing import checkpoint, run
from snapshot import SIZES, THEMES, check_snapshot
from tiny_lab import Lab, copy_home, lab, tiny_home, touch_in_turn


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    return copy_home(made, tmp_path)


def aged(home: Home) -> Home:
    """Return the same runs, three days old and made by commands without a folder of this machine."""
    then = time.time() - 3 * 86400 - 100
    for made in Store(home.checkpoints).runs():
        labels = Labels(tags=("授業",), note="for the talk") if made.name == "neko" else Labels()
        made.label(labels)
        made.rewrite(replace(made.manifest(), created=then, command=f"gpt2mini-tui train --name {made.name}"))
        for entry in made.checkpoints():
            (entry.path / "state.json").write_text(json.dumps({**entry.state, "created": then}))
    touch_in_turn(home.checkpoints / name for name in ("broken", "full", "neko"))
    return home


async def answer(it: Lab, text: str) -> None:
    """Type a line into the question, and press Enter."""
    await it.until(lambda: isinstance(it.app.focused, Input) and it.app.focused.is_mounted)
    it.app.screen.query_one(Input).value = text
    await it.pilot.pause()
    await it.press("enter")


async def test_a_checkpoint_is_forked_with_another_switch(home: Home) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await checkpoint(it, place, "full", 10)
        await it.press("f")
        await it.sees("fork of full at step 10", "full/step-000010")
        view = it.app.screen.query_one(FormView)
        assert "data.data" not in view._texts
        view.go_to("ablations.residual")
        await it.press("right")
        view.go_to("name")
        await it.pilot.pause()
        await it.press(*"child")
        await it.press("ctrl+s")
        await it.until(lambda: it.app.history.status == "done" and it.app.history.run == "child")
        manifest = Store(home.checkpoints).get("child").manifest()
        assert manifest.parent == "full/step-000010"
        assert manifest.config.ablations.changed() == {"residual": False}


async def test_a_fork_of_a_finished_run_has_steps_left(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "full")
        await it.press("f")
        await it.sees("fork of full at step 30", "--steps 60", "30 more steps")
        view = it.app.screen.query_one(FormView)
        view.go_to("train.steps")
        await it.pilot.pause()
        await it.press("3", "0")
        await it.sees("the fork begins at step 30")


async def test_a_run_like_another_begins_with_its_settings(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "broken")
        await it.press("n")
        await it.sees("new run, like broken")
        assert isinstance(it.app.screen, SetupScreen)
        assert it.app.screen.query_one(FormView)._texts["ablations.residual"] == "off"


async def test_tags_and_notes_are_written_and_found_again(home: Home) -> None:
    async with lab(home, ComparePlace, size=(120, 40)) as (it, place):
        await run(it, place, "neko")
        await it.press("t")
        await answer(it, "cats 授業")
        await it.until(lambda: "neko is tagged #cats #授業." in "".join(one.message for one in it.app._notifications))
        await it.press("o")
        await answer(it, "the one [b]for\x1b the talk")
        await it.sees("the one [b]for␛ the talk")
        await it.press("slash")
        await it.type("#cats")
        await it.until(lambda: [one.name for one in place._table.shown] == ["neko"])
        labels = Store(home.checkpoints).get("neko").labels()
        assert (labels.tags, labels.note) == (("cats", "授業"), "the one [b]for\x1b the talk")


async def test_what_is_written_beside_a_run_keeps_what_the_list_has_not_read_yet(home: Home) -> None:
    async with lab(home, ComparePlace, size=(120, 40)) as (it, place):
        await run(it, place, "neko")
        await it.press("o")
        Store(home.checkpoints).get("neko").label(Labels(tags=("cats",), verdict="it did"))
        await answer(it, "mine")
        await it.until(lambda: "Written beside neko." in it.toasts)
        assert Store(home.checkpoints).get("neko").labels() == Labels(tags=("cats",), verdict="it did", note="mine")


async def test_the_notebook_of_a_run_is_written_where_its_note_is(home: Home) -> None:
    mine = Labels(tags=("cats",), prediction="it [b]will\x1b", note="kept")
    Store(home.checkpoints).get("neko").label(mine)
    async with lab(home, ComparePlace, size=(120, 40)) as (it, place):
        await run(it, place, "neko")
        await it.press("O")
        await it.sees("notebook of neko", "question", "prediction", "verdict", "kept")
        assert "\x1b" not in it.screen
        await it.type("is it 日本語?")
        await it.press("down", "down")
        await it.type("x" * 2001)
        await it.sees("the verdict is too long")
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, AskScreen))
        await it.press("ctrl+u")
        await it.type("it does")
        await it.press("enter")
        await it.sees("question: is it 日本語?", "verdict: it does", "kept")
        told = replace(mine, question="is it 日本語?", verdict="it does")
        assert Store(home.checkpoints).get("neko").labels() == told


async def test_what_cannot_be_a_tag_or_a_name_is_said(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "neko")
        await it.press("R")
        await answer(it, "full")
        await it.sees("There is a run of that name already.")
        await answer(it, "猫")
        await it.until(lambda: "猫" in [one.name for one in place._table.shown])
        await it.press("t")
        await answer(it, "a,b")
        await it.sees("A tag is one word")


async def test_runs_are_exported_as_a_table_and_a_checkpoint_as_a_file(home: Home, tmp_path: Path) -> None:
    async with lab(home, ComparePlace) as (it, place):
        for name in ("full", "broken"):
            await run(it, place, name)
            await it.press("space")
        await it.press("e")
        await it.sees("write full, broken to", "full+broken.csv", "Enter writes it")
        await answer(it, str(tmp_path / "new" / "both.csv"))
        await it.until((tmp_path / "new" / "both.csv").exists)
        await it.until(lambda: "Written:\nboth.csv\n" in it.toasts)
        assert str(tmp_path / "new") in it.toasts.replace("\n", "")
        assert all(len(line) <= 34 for line in it.toasts.splitlines())
        lines = (tmp_path / "new" / "both.csv").read_text().splitlines()
        assert len(lines) == 1 + 2 * 31
    async with lab(home, CheckpointsPlace) as (it, browser):
        await checkpoint(it, browser, "full", 10)
        await it.press("e")
        await answer(it, str(tmp_path / "model.safetensors"))
        await it.until((tmp_path / "model.safetensors").exists)
    from gpt2mini.checkpoint import load_checkpoint

    assert load_checkpoint(tmp_path / "model.safetensors").step == 10


async def test_a_report_on_the_marked_runs_begins_with_the_baseline_and_says_where_it_lies(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        for name in ("full", "broken"):
            await run(it, place, name)
            await it.press("space")
        await it.press("b")  # broken
        await it.sees("baseline")
        await it.press("E")
        await it.sees("write a report on broken, full to", "broken+full.html")
        await it.press("enter")
        page = home.root / "exports" / "broken+full.html"
        await it.until(lambda: "Written:\nbroken+full.html\n" in it.toasts)
        assert str(page.parent) in it.toasts.replace("\n", "")
        text = page.read_text(encoding="utf-8")
        assert "<title>broken, full</title>" in text
        assert f"gpt2mini-tui runs report broken full --out {page}" in text
        assert "<svg" in text
        await it.press("E")
        await it.sees("broken+full-2.html")
        await answer(it, str(page))
        await it.sees("There is such a file already.")
        await answer(it, str(page.with_suffix(".md")))
        await it.until(lambda: "\nbroken+full.md\n" in it.toasts)
        assert page.with_suffix(".md").read_text(encoding="utf-8").startswith("# broken, full\n")


async def test_a_report_that_cannot_be_written_says_where_it_failed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    async with lab(home, CheckpointsPlace, size=(120, 40)) as (it, place):
        await checkpoint(it, place, "full", 10)
        await it.press("E")
        await it.sees("write a report on full to")
        await answer(it, str(tmp_path / "file" / "page.html"))
        await it.until(lambda: str(tmp_path / "file") in it.toasts)
        assert "Written" not in it.toasts


def test_what_the_app_writes_is_what_the_command_writes(home: Home, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.html", tmp_path / "other.html"
    assert list(write_pages(["full", "broken"], mine, Shelf(Store(home.checkpoints))))[-1] is True
    words = ["runs", "report", "full", "broken", "--out", str(other), "--home", str(home.root)]
    assert CliRunner().invoke(main, words).exit_code == 0
    asked = re.compile("<h2>This page again</h2>\n<pre>.*?</pre>")
    assert asked.sub("", mine.read_text("utf-8")) == asked.sub("", other.read_text("utf-8"))


async def test_runs_with_long_names_get_a_file_name_that_a_disk_takes(home: Home) -> None:
    names = [f"{letter * 60}" for letter in "abcde"]
    for name in names:
        copytree(home.checkpoints / "full", home.checkpoints / name)
    async with lab(home, ComparePlace) as (it, place):
        for name in names:
            await run(it, place, name)
            await it.press("space")
        await it.press("e")
        await answer(it, str(home.root / ("x" * 300)))
        await it.sees("It cannot be written there")
        await it.press("escape")
        await it.press("E")
        await it.sees("write a report on")
        await it.press("enter")
        await it.until((home.root / "exports" / f"{names[0]}+4-more.html").exists)


async def test_one_run_with_a_name_that_only_a_disk_takes_is_exported(home: Home) -> None:
    (home.checkpoints / "full").rename(home.checkpoints / ("猫" * 84))  # 252 bytes
    (home.root / "exports").mkdir()
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "猫" * 84)
        await it.press("e")
        await answer(it, str(home.root / "exports" / "cat.csv"))
        await it.until((home.root / "exports" / "cat.csv").exists)


async def test_a_run_deleted_in_compare_comes_back(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "broken")
        await it.press("d")
        await it.until(lambda: "broken" not in [one.name for one in place._table.shown])
        await it.press("z")
        await it.until(lambda: "broken" in [one.name for one in place._table.shown])
        await it.until(lambda: place.current is not None and place.current.name == "broken")


async def test_a_mark_outlives_being_deleted_and_brought_back(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        for name in ("broken", "full"):
            await run(it, place, name)
            await it.press("space")
        await run(it, place, "broken")
        await it.press("d")
        await it.until(lambda: "broken" not in [one.name for one in place._table.shown])
        await it.until(lambda: [story.name for story in place._compared()] == ["full"])
        assert place._table.letters()["full"] == "b", "nobody else takes a letter that may come back"
        await it.press("z")
        await it.until(lambda: [story.name for story in place._compared()] == ["broken", "full"])


async def test_a_checkpoint_is_pinned_and_let_go(home: Home) -> None:
    async with lab(home, CheckpointsPlace) as (it, place):
        await checkpoint(it, place, "full", 10)
        await it.press("p")
        await it.sees("step 10 ◆", "pinned")
        assert Store(home.checkpoints).get("full").checkpoints()[0].pinned
        await it.press("p")
        await it.until(lambda: "step 10 ◆" not in it.screen)


async def test_verifying_finds_the_wrong_bit_and_says_what_is_sound(home: Home) -> None:
    bad = home.checkpoints / "full" / "step-000020" / "model.safetensors"
    data = bytearray(bad.read_bytes())
    data[-1] ^= 1
    bad.write_bytes(data)
    async with lab(home, CheckpointsPlace) as (it, place):
        await checkpoint(it, place, "full", 20)
        place.query_one(Rows).cursor = place._tree.place(("full", "")) or 0
        await it.press("v")
        await it.sees("step 30 ✓", "step 20      damaged", "step 10 ✓")
        await checkpoint(it, place, "full", 20)
        await it.until(lambda: "its checksum is wrong" in place.query_one(RunDetails).text)


async def test_the_curves_follow_one_another(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        for name in ("full", "broken"):
            await run(it, place, name)
            await it.press("space")
        await it.until(lambda: len(place._compared()) == 2)
        await it.sees("training loss, smoothed")
        for words in ("validation loss", "training loss − full", "gradient norm", "training loss, smoothed"):
            await it.press("v")
            await it.sees(words)


async def test_another_runs_story_is_shown_in_the_train_place(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "broken")
        await it.press("w")
        await it.until(lambda: it.app.history.run == "broken" and it.app.history.status == "done")
        await it.sees("broken", "30 / 30 steps")


@pytest.mark.parametrize("place_type", [ComparePlace, CheckpointsPlace])
@pytest.mark.parametrize("size", SIZES)
async def test_undo_is_in_the_footer_while_there_is_something_to_bring_back(
    home: Home, place_type: type[ComparePlace | CheckpointsPlace], size: tuple[int, int]
) -> None:
    async with lab(home, place_type, size=size) as (it, place):
        await it.until(lambda: place.pointed()[0] is not None)
        await it.sees("q Quit")

        def footer() -> str:
            return it.screen.splitlines()[-1]

        assert "z Undo" not in footer()
        await it.press("d")
        await it.until(lambda: "z Undo" in footer() and "z brings it back" in it.toasts)
        assert "? Help q Quit" in footer(), "nothing is pushed out"
        await it.press("z")
        await it.until(lambda: "z Undo" not in footer())
        await it.until(lambda: "is back" in it.toasts)
        assert "z brings it back" not in it.toasts
        await it.press("z")
        await it.until(lambda: "There is nothing to bring back." in it.toasts)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["list", "difference", "empty"])
async def test_compare_looks_like_its_picture(
    home: Home, tmp_path: Path, theme: str, size: tuple[int, int], state: str
) -> None:
    shown = Home(tmp_path / "none") if state == "empty" else aged(home)
    async with lab(shown, ComparePlace, size=size) as (it, place):
        it.app.theme = f"lab-{theme}"
        if state == "empty":
            await it.sees("No runs yet.")
        else:
            await it.until(lambda: len(place._table.stories) == 3)
        if state == "difference":
            for name in ("full", "broken"):
                await run(it, place, name)
                await it.press("space")
            await it.press("b", "v", "v")
            await it.sees("training loss − broken")
        await it.settled()
        check_snapshot(it.app, f"compare-{state}-{theme}-{size[0]}x{size[1]}", tmp_path)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["checkpoint", "run", "empty"])
async def test_checkpoints_look_like_their_picture(
    home: Home, tmp_path: Path, theme: str, size: tuple[int, int], state: str
) -> None:
    shown = Home(tmp_path / "none") if state == "empty" else aged(home)
    async with lab(shown, CheckpointsPlace, size=size) as (it, place):
        it.app.theme = f"lab-{theme}"
        if state == "checkpoint":
            await checkpoint(it, place, "neko", 20)
            await it.until(lambda: "parameters" in place.query_one(RunDetails).text)
        elif state == "run":
            await it.until(lambda: "parameters" in place.query_one(RunDetails).text)
        else:
            await it.sees("No runs yet.")
        await it.settled()
        check_snapshot(it.app, f"checkpoints-{state}-{theme}-{size[0]}x{size[1]}", tmp_path)
