"""The Train place: it asks, the trainer answers, and only the answer is shown."""

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Footer

from gpt2mini.ablations import SWITCHES
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.plan import NewRun
from gpt2mini_tui.screens.train import TrainPlace
from gpt2mini_tui.switches import LETTERS, next_value
from gpt2mini_tui.widgets.chart_view import ChartView
from gpt2mini_tui.widgets.switch_panel import SwitchPanel
from snapshot import check_snapshot
from story import Story, told
from tiny_lab import RHYME, WAGAHAI, Lab, new_run

ENDLESS = 1_000_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)


@pytest.fixture
def endless(home: Home) -> NewRun:
    return new_run(home.root / "rhyme.txt", steps=ENDLESS)


async def training(app: LabApp, lab: Lab, *, steps: int = 3) -> None:
    """Start the run, and wait until it has taken some steps."""
    await lab.until(lambda: app.query(SwitchPanel))
    await lab.press("s")
    await lab.until(lambda: app.history.step >= steps)


async def test_before_the_first_run_it_says_what_to_press(home: Home) -> None:
    app = LabApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("Press  s  to train GPT-2 (0.83M parameters", "tales", "1,000", "gpt2mini-tui train", "s Start")


async def test_a_run_is_seen_from_loading_to_its_end(home: Home) -> None:
    app = LabApp(home, new_run(home.root / "rhyme.txt", steps=30))
    async with app.run_test(size=(120, 40)) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: app.query(SwitchPanel))
        await lab.press("s")
        await lab.until(lambda: app.history.status == "preparing")
        await lab.until(lambda: app.history.status == "done")
        await lab.sees("rhyme-1", "✓ done", "30 / 30 steps  100 %", "guessing", "val", "nats per token", "samples · 4")
        await lab.sees("gradient norm", "step 30", "Val ", "s Start")
        chart = app.query_one("#loss-chart", ChartView)
        drawn = "".join(chart.render_line(y).text for y in range(chart.content_size.height))
        assert "•" in drawn
        assert any("\u2801" <= glyph <= "\u28ff" for glyph in drawn)


async def test_a_flip_is_asked_for_confirmed_and_marked(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        row = app.query_one(SwitchPanel).row("residual")
        await lab.press("R")
        assert row.asked is False
        assert row.value is True  # nobody has confirmed it yet
        await lab.until(lambda: row.value is False and row.asked is None)
        assert not app.history.ablations.residual
        assert [flip.mark for flip in app.history.flips] == ["R"]
        await lab.sees("OFF ○", "R residual  Add each sublayer's input")
        for name in ("#loss-chart", "#grad-chart"):
            chart = app.query_one(name, ChartView)
            await lab.until(lambda chart=chart: "R" in chart.render_line(0).text)


async def test_pause_single_step_and_resume(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        await lab.press("p")
        await lab.until(lambda: app.history.status == "paused")
        at = app.history.step
        await lab.press("full_stop")
        await lab.until(lambda: app.history.step == at + 1 and app.history.status == "paused")
        await lab.sees("‖ paused", "p Resume", ". One step")
        await lab.press("space")
        await lab.until(lambda: app.history.step > at + 3)
        await lab.sees("● training", "p Pause")


async def test_a_choice_goes_round_and_a_paused_run_confirms_it(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        await lab.press("p")
        await lab.until(lambda: app.history.status == "paused")
        for wanted in ("post", "none", "pre"):
            await lab.press("L")
            await lab.until(lambda wanted=wanted: app.history.ablations.ln_style == wanted)
        assert [flip.mark for flip in app.history.flips] == ["L", "L", "l"]


async def test_save_and_sample_now(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        await lab.press("p")
        await lab.until(lambda: app.history.status == "paused")
        await lab.press("w", "g")
        await lab.until(lambda: app.history.samples[-1].asked and app.history.saved is not None)
        await lab.sees(f"step {app.history.step} (asked for)", f"Saved at step {app.history.step}.")
        checkpoints = Store(home.checkpoints).get("rhyme-1").checkpoints()
        assert app.history.step in [entry.step for entry in checkpoints]


async def test_a_run_that_was_stopped_is_resumed_where_it_was(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        await lab.press("x")
        await lab.until(lambda: app.history.status == "stopped" and not app.bridge.is_running)
        at = app.history.step
        assert Store(home.checkpoints).get("rhyme-1").checkpoints()[-1].step == at
        await lab.press("p")
        await lab.until(lambda: app.history.step > at)
        assert (app.history.run, len(app.history.loss)) == ("rhyme-1", app.history.step)


async def test_after_a_run_the_same_plan_can_be_run_again(home: Home) -> None:
    app = LabApp(home, new_run(home.root / "rhyme.txt", steps=2, name="mine"))
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab, steps=2)
        await lab.until(lambda: app.history.has_ended and not app.bridge.is_running)
        for name in ("mine-2", "mine-3"):
            await lab.press("n")
            await lab.until(lambda name=name: app.history.run == name and app.history.has_ended)
            await lab.until(lambda: not app.bridge.is_running)


async def test_switches_that_are_flipped_before_a_run_are_those_it_starts_with(home: Home) -> None:
    app = LabApp(home, new_run(home.root / "rhyme.txt", steps=2))
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: app.query(SwitchPanel))
        await lab.press("A", "f", "down", "enter")  # the cursor stands on attention, below it is the MLP
        await lab.sees("It will differ from GPT-2: no attention, no mlp.", "OFF ○")
        await training(app, lab, steps=2)
        assert app.history.config is not None
        assert app.history.config.ablations.changed() == {"attention": False, "mlp": False}


@pytest.mark.parametrize("name", SWITCHES)
async def test_every_switch_has_its_key(home: Home, name: str) -> None:
    app = LabApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: app.query(SwitchPanel))
        await lab.press(LETTERS[name])
        wanted = next_value(SWITCHES[name], SWITCHES[name].default)
        await lab.until(lambda: app.query_one(TrainPlace).plan.config.ablations.changed() == {name: wanted})
        assert app.query_one(SwitchPanel).chosen == name


async def test_the_mouse_flips_a_switch(home: Home) -> None:
    app = LabApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: app.query(SwitchPanel))
        await pilot.click("#switch-causal-mask")
        await lab.until(lambda: not app.query_one(TrainPlace).plan.config.ablations.causal_mask)
        await lab.press("escape")
        assert app.focused is app.query_one(TrainPlace)


async def test_a_text_that_is_not_there_is_said_and_can_be_left(home: Home) -> None:
    app = LabApp(home, new_run(home.root / "missing.txt"))
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: app.query(SwitchPanel))
        await lab.press("s")
        await lab.until(lambda: app.history.status == "failed")
        await lab.sees("! failed", "missing.txt", "s Start")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_wide_characters_stay_in_line(home: Home, size: tuple[int, int]) -> None:
    (home.root / "neko.txt").write_text(WAGAHAI, encoding="utf-8")
    app = LabApp(home, new_run(home.root / "neko.txt", steps=20))
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab, steps=20)
        await lab.sees("samples · 3", "猫" if "猫" in app.history.samples[-1].text else "。")
        assert {cell_len(line) for line in lab.screen.splitlines()} == {size[0]}


async def test_no_byte_of_a_text_is_obeyed(home: Home) -> None:
    (home.root / "evil.txt").write_text("\x1b[2J\x07[/x][@click=app.quit]\u202ea\n" * 60, encoding="utf-8")
    app = LabApp(home, new_run(home.root / "evil.txt", steps=20))
    async with app.run_test(size=(120, 40)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab, steps=20)
        await lab.until(lambda: "samples · 3" in lab.screen)
        assert not set(lab.screen) & set("\x1b\x07\u202e")
        assert set(lab.screen) & set("␛␇")


# How it looks


def broken_run() -> tuple[Story, LabApp]:
    """Return a run that learned, lost its residuals, and got them back."""
    return Story(steps=400), LabApp(Home(Path("nowhere")))


async def look(app: LabApp, lab: Lab, story: Story) -> None:
    parts = [[story.started(), story.measured(4.26), story.wrote("xq Zb k")]]
    for val, begin in ((3.2, 4.2), (2.6, 3.2), (2.3, 2.6)):
        parts.append([*story.trained(50, begin=begin, end=val), story.measured(val), story.wrote("The cat sat. ねこ")])
    parts.append([story.flipped("residual", False)])
    parts.append([*story.trained(50, begin=4.6, end=3.2), story.measured(3.17), story.wrote("e e\x1b[2J te")])
    await lab.until(lambda: app.query(SwitchPanel))
    app.session.history = told(*parts)
    await lab.sees("200 / 400 steps  50 %")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
async def test_what_a_run_looks_like(size: tuple[int, int], theme: str, tmp_path: Path) -> None:
    story, app = broken_run()
    app.theme = theme
    async with app.run_test(size=size) as pilot:
        await look(app, Lab(app, pilot), story)
        check_snapshot(app, f"train-{theme}-{size[0]}x{size[1]}", tmp_path)


async def test_what_the_first_screen_looks_like(tmp_path: Path) -> None:
    app = LabApp(Home(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await Lab(app, pilot).sees("Press  s ", "q Quit", "params")
        check_snapshot(app, "welcome-80x24", tmp_path)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_every_part_is_on_the_screen(size: tuple[int, int]) -> None:
    story, app = broken_run()
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot)
        await look(app, lab, story)
        for part in ("#switches", "#loss-chart", "#grad-chart", "#verdict", "#samples", "#status"):
            region = app.query_one(part).region
            assert region.height >= 2, part
            assert app.screen.region.contains_region(region), part
        await lab.sees("T activation", "Since residual is off")


async def test_the_keys_fit_into_80_columns_in_every_state(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        for keys, state in (("p", "paused"), ("f", "paused"), ("p", "training")):
            await lab.press(keys)
            await lab.until(lambda state=state: app.history.status == state)
            await lab.sees("q Quit", "? Help", "^p palette")
            shown = [key.region for key in app.query_one(Footer).children]
            assert all(one.right <= other.x for one, other in zip(shown, shown[1:-1], strict=False))
            assert shown[-2].right <= shown[-1].x


async def test_a_window_that_is_too_small_says_so_and_training_goes_on(home: Home, endless: NewRun) -> None:
    app = LabApp(home, endless)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await training(app, lab)
        await pilot.resize_terminal(50, 12)
        await lab.sees("too small", "Training goes on")
        at = app.history.step
        await lab.until(lambda: app.history.step > at)
        await pilot.resize_terminal(80, 24)
        await lab.sees("R residual", "loss ")
