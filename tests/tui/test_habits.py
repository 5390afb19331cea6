"""The lab does what a person is used to: their keys, their theme, a title, a bell, help where they are, a jump."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.charts.viewpoint import Viewpoint
from gpt2mini_tui.personal.actions import action_names
from gpt2mini_tui.personal.habits import Habits, config_folder, keep, recall
from gpt2mini_tui.personal.preferences import only
from gpt2mini_tui.screens.bench import Bench
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.setup import SetupScreen
from gpt2mini_tui.screens.train import TrainPlace
from gpt2mini_tui.widgets.switch_panel import SwitchPanel
from story import Story, told
from tiny_lab import RHYME, Lab, new_run, train


def rhyme(folder: Path) -> Path:
    path = folder / "rhyme.txt"
    path.write_text(RHYME, encoding="utf-8")
    return path


@asynccontextmanager
async def opened(tmp_path: Path, folder: Path | None = None) -> AsyncIterator[tuple[LabApp, Lab]]:
    mine = () if folder is None else [folder / "config.toml"]
    chosen = next((only(path) for path in mine if path.is_file()), {})
    habits = Habits() if folder is None else recall(folder, chosen)
    app = LabApp(Home(tmp_path), refresh=0.02, habits=habits, folder=folder)
    async with app.run_test(size=(120, 40)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        yield app, lab


async def test_the_invitation_names_the_key_that_somebody_chose(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[keys]\n"train.start" = "f5"\n', encoding="utf-8")
    async with opened(tmp_path, tmp_path) as (_, lab):
        await lab.sees(" f5   A small GPT-2")


async def test_a_key_of_ones_own_does_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('theme = "lab-light"\n[keys]\n"flip.residual" = "z"\n"train.new" = "f5"\n')
    async with opened(tmp_path, tmp_path) as (app, lab):
        assert app.theme == "lab-light"
        app.simulate_key("z")
        await lab.until(lambda: not app.query_one(TrainPlace).plan.config.ablations.residual)
        app.simulate_key("R")
        app.simulate_key("f5")
        await lab.sees("^s Start", "command  gpt2mini-tui train")
        assert isinstance(app.screen, SetupScreen)
        assert not app.query_one(TrainPlace).plan.config.ablations.residual


async def test_a_theme_that_is_not_there_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[lab]\ntheme = "lab-pink"\n')
    async with opened(tmp_path, tmp_path) as (app, lab):
        await lab.until(lambda: "There is no theme lab-pink" in lab.toasts)
        assert app.theme == "lab-dark"


def test_every_action_that_help_names_can_be_given_a_key() -> None:
    names = action_names()
    assert {"train.start", "flip.residual", "view.large", "app.quit", "chat.stop", "xray.zoom", "ask.cancel"} <= set(
        names
    )
    assert names == sorted(set(names))


async def test_a_home_without_a_run_opens_where_the_first_one_is_started(tmp_path: Path) -> None:
    keep(tmp_path / "mine", Habits(theme="lab-light", place="checkpoints"))
    async with opened(tmp_path, tmp_path / "mine") as (app, lab):
        await lab.sees(" s   A small GPT-2")
        assert (app.place.id, app.theme) == ("train", "lab-light")


async def test_theme_place_and_layout_are_kept(tmp_path: Path) -> None:
    train(Home(tmp_path), new_run(rhyme(tmp_path), steps=1))
    async with opened(tmp_path, tmp_path / "new") as (app, lab):
        app.theme = "lab-light"
        app.session.history = told(Story().started())
        await lab.sees("tales-1")
        await lab.press("v", "right_square_bracket", "l", "o", "m", "h")
        app.session.history = told()
        await lab.press("3")
        await lab.until(lambda: app.place.id == "checkpoints")
        app.simulate_key("q")
        await lab.until(lambda: app.return_value is not None)
    async with opened(tmp_path, tmp_path / "new") as (app, lab):
        view = app.query_one(Bench).view
        assert (app.theme, view.curve, view.smoothing, view.log) == ("lab-light", "rate", 2, {"gradient", "loss"})
        assert (view.is_log_x, view.has_layers, view.large) == (True, True, "layers")
        await lab.until(lambda: app.place.id == "checkpoints")


async def test_the_order_and_the_curve_of_compare_are_kept(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path / "new") as (app, lab):
        await lab.press("2")
        await lab.until(lambda: app.place.id == "compare")
        await lab.press("s", "S", "v", "1", "l", "q")
        await lab.until(lambda: app.return_value is not None)
    async with opened(tmp_path, tmp_path / "new") as (app, lab):
        await lab.press("2")
        await lab.until(lambda: app.place.id == "compare")
        place = app.query_one(ComparePlace)
        assert (place._table.by, place._table.falls, place._curve) == ("switches", True, "val")


@pytest.mark.parametrize("kept", [{}, {"compare": 3}, {"compare": {"by": "x", "falls": True, "curve": "loss"}}])
def test_an_order_that_makes_no_sense_is_left(kept: dict[str, object]) -> None:
    place = ComparePlace()
    place.take_up(kept)
    assert (place._table.by, place._curve) == ("age", "loss")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "[]",
        "{",
        '{"theme": 3}',
        '{"theme": "x", "view": {"curve": 1}}',
        "\x00",
        pytest.param("[" * 100_000, id="bottomless"),
    ],
)
def test_a_memory_that_is_damaged_is_no_memory(words: str, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(words)
    habits = recall(tmp_path, {})
    assert Viewpoint.from_plain(habits.view) == Viewpoint()


def test_what_cannot_be_kept_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file", Habits(theme="x"))
    keep(tmp_path, Habits(theme="lab-light", view={"zoom": 1}))
    assert json.loads((tmp_path / "state.json").read_text())["theme"] == "lab-light"
    monkeypatch.setenv("GPT2MINI_CONFIG", str(tmp_path))
    assert recall(config_folder(), {}).theme == "lab-light"


async def test_the_terminal_is_told_how_far_it_is_and_rings_at_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, lab):
        written: list[str] = []
        rings: list[int] = []
        app._write, app.bell = written.append, lambda: rings.append(1)  # what goes to the terminal beside the picture
        story = Story(steps=200)
        app.session.history = told(story.started(), story.trained(50, begin=4, end=3))
        await lab.until(lambda: "\x1b]2;25 % tales-1 · gpt2mini\x07" in written)
        assert not rings
        for event in (*story.trained(150, begin=3, end=2), story.finished("done")):
            app.session.history.add(event)
        await lab.until(lambda: "\x1b]2;done: tales-1 · gpt2mini\x07" in written)
        await lab.until(lambda: rings == [1])


async def test_help_begins_with_what_is_in_focus(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, lab):
        app.query_one(SwitchPanel).focus()
        await lab.pilot.pause()
        app.simulate_key("question_mark")
        await lab.sees("The parts of the transformer", "train.start", "Train a new run.")


async def test_help_has_every_key_alone_though_the_footer_pairs_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, lab):
        app.simulate_key("5")
        await lab.until(lambda: app.place.id == "xray")
        app.simulate_key("question_mark")
        await lab.sees("→           A later step of the run.", "↓           The layer after this one.")


async def test_a_letter_jumps_to_any_part(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, lab):
        app.session.history = told(Story().started())
        await lab.sees("tales-1")
        app.simulate_key("ctrl+o")
        await lab.until(lambda: type(app.screen).__name__ == "JumpScreen")
        app.simulate_key("a")
        await lab.until(lambda: app.screen is app.screen_stack[0])
        first = app.focused
        app.simulate_key("ctrl+o")
        await lab.until(lambda: type(app.screen).__name__ == "JumpScreen")
        app.simulate_key("d")
        await lab.until(lambda: app.focused is not first)


async def test_a_picture_of_the_screen_is_saved(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, lab):
        app.simulate_key("f8")
        await lab.until(lambda: "screenshots" in lab.toasts.replace("\n", ""))
        assert "Train a GPT-2" in next((tmp_path / "screenshots").iterdir()).read_text().replace("&#160;", " ")
