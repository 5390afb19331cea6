"""The Train place: it asks, the trainer answers, and only the answer is shown."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widgets import Footer

from gpt2mini.ablations import SWITCHES, Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini.trainer import Trainer
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.live import bridge
from gpt2mini_tui.screens.train import TrainPlace
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import NewRun
from gpt2mini_tui.switches import LETTERS, next_value
from gpt2mini_tui.widgets.chart_view import ChartView
from gpt2mini_tui.widgets.switch_panel import SwitchPanel, SwitchRow
from snapshot import check_snapshot
from story import Story, told
from tiny_lab import RHYME, WAGAHAI, Lab, new_run, train

SOON = 0.02
"""Seconds between two looks at the trainer; a person gets four looks a second."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)


@asynccontextmanager
async def opened(
    home: Home, plan: NewRun | None = None, *, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[LabApp, Lab]]:
    """Open the app, whole."""
    app = LabApp(home, plan, refresh=SOON)
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        yield app, lab


@asynccontextmanager
async def training(home: Home, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[LabApp, Lab]]:
    """Open the app on a run that has taken some steps, and has a million before it."""
    async with opened(home, endless(home), size=size) as (app, lab):
        press(app, "s")
        await lab.until(lambda: app.history.step >= 3)
        yield app, lab


def endless(home: Home) -> NewRun:
    """Return the plan of a run whose steps take some milliseconds, as those of a real one do."""
    train = TrainConfig(steps=1_000_000, batch_size=32, eval_every=0, sample_every=0, save_every=0, device="cpu")
    model = ModelConfig(vocab_size=1, n_layer=2, n_head=2, n_embd=32, block_size=64)
    return NewRun(
        config=Config(model=model, data=DataConfig(data=str(home.root / "rhyme.txt")), train=train), threads=1
    )


def press(app: LabApp, *keys: str) -> None:
    """Press keys without waiting for the processor to rest, which it does not do while a model trains."""
    for key in keys:
        app.simulate_key(key)


def drawn(app: LabApp, chart: str) -> str:
    """Return the text of a chart as it was drawn."""
    view = app.query_one(chart, ChartView)
    return "\n".join(view.render_line(y).text for y in range(view.content_size.height))


def has_curve(app: LabApp, chart: str) -> bool:
    return any("\u2801" <= glyph <= "\u28ff" for glyph in drawn(app, chart))


def finished(app: LabApp) -> bool:
    return app.history.has_ended and not app.bridge.is_running


async def test_before_the_first_run_it_says_what_to_press(home: Home) -> None:
    async with opened(home) as (_, lab):
        tiny, small = (" t   A tiny GPT-2", "2 layers, 64 wide, 2,000 steps"), (" s   A small GPT-2", "1,000 steps")
        await lab.sees(*tiny, *small, "Another text than tales")


async def test_a_run_is_seen_from_loading_to_its_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    may_open = threading.Event()

    def open_later(*words: Any, **more: Any) -> Trainer:
        assert may_open.wait(60)  # or it might be over before anybody looks
        return open_trainer(*words, **more)

    monkeypatch.setattr(bridge, "open_trainer", open_later)
    async with opened(home, new_run(home.root / "rhyme.txt", steps=30), size=(120, 40)) as (app, lab):
        press(app, "s")
        await lab.until(lambda: app.history.status == "preparing")
        may_open.set()
        await lab.until(lambda: app.history.status == "done")
        await lab.sees("rhyme-1", "✓ done", "30 / 30 steps  100 %", "guessing", "nats per token", "samples · 4")
        await lab.sees("gradient norm", "step 30", "Val ", "s Start")
        assert "•" in drawn(app, "#loss-chart")
        assert has_curve(app, "#loss-chart")
        assert has_curve(app, "#grad-chart")


async def test_a_flip_is_confirmed_and_marked(home: Home) -> None:
    async with training(home, size=(120, 40)) as (app, lab):
        row = app.query_one(SwitchPanel).row("residual")
        press(app, "R")
        await lab.until(lambda: row.value is False and row.asked is None)
        assert [flip.mark for flip in app.history.flips] == ["R"]
        await lab.sees("OFF ○", "Add each sublayer's")
        await lab.until(lambda: "R" in drawn(app, "#loss-chart") and "R" in drawn(app, "#grad-chart"))


async def test_a_flip_that_nobody_confirms_is_only_asked_for() -> None:
    class Alone(App[None]):
        def compose(self) -> ComposeResult:
            yield SwitchPanel()

    async with Alone().run_test() as pilot:
        panel = pilot.app.query_one(SwitchPanel)
        panel.flip("residual")
        row = panel.row("residual")
        assert (row.value, row.asked) == (True, False)
        assert "on → off" in row.render().plain
        panel.flip("residual")
        assert (row.value, row.asked) == (True, None)


async def test_pause_single_step_and_resume(home: Home) -> None:
    async with training(home) as (app, lab):
        press(app, "p")
        await lab.until(lambda: app.history.status == "paused")
        at = app.history.step
        press(app, "full_stop")
        await lab.until(lambda: app.history.step == at + 1 and app.history.status == "paused")
        await lab.sees("‖ paused", "p Resume", ". One step")
        press(app, "space")
        await lab.until(lambda: app.history.step > at + 3)
        await lab.sees("● training", "p Pause")


async def test_a_choice_goes_round_and_a_paused_run_confirms_it(home: Home) -> None:
    async with training(home) as (app, lab):
        press(app, "p")
        await lab.until(lambda: app.history.status == "paused")
        for wanted in ("post", "none", "pre"):
            press(app, "L")
            await lab.until(lambda wanted=wanted: app.history.ablations.ln_style == wanted)
        assert [flip.mark for flip in app.history.flips] == ["L", "L", "l"]


async def test_save_and_sample_now(home: Home) -> None:
    async with training(home) as (app, lab):
        press(app, "p")
        await lab.until(lambda: app.history.status == "paused")
        at = app.history.step
        press(app, "w")
        await lab.until(lambda: f"Saved at step {at}." in lab.toasts)
        press(app, "g")
        await lab.until(lambda: app.history.samples)
        await lab.sees(f"step {at} (asked for)")
        assert [entry.step for entry in Store(home.checkpoints).get("rhyme-1").checkpoints()] == [at]


async def test_a_save_that_is_asked_for_while_it_trains_is_told_once_it_is_on_the_disk(home: Home) -> None:
    async with training(home) as (app, lab):
        press(app, "w")
        await lab.until(lambda: "Saved at step" in lab.toasts)
        assert app.history.status == "training"


async def test_a_run_that_was_stopped_is_resumed_where_it_was(home: Home) -> None:
    async with training(home) as (app, lab):
        press(app, "x")
        await lab.until(lambda: app.history.status == "stopped" and finished(app))
        at = app.history.step
        assert Store(home.checkpoints).get("rhyme-1").checkpoints()[-1].step == at
        press(app, "p")
        await lab.until(lambda: app.history.step > at)
        assert (app.history.run, len(app.history.loss)) == ("rhyme-1", app.history.step)


async def test_after_a_run_the_same_plan_can_be_run_again(home: Home) -> None:
    async with opened(home, new_run(home.root / "rhyme.txt", steps=2, name="mine")) as (app, lab):
        for key, name in (("s", "mine"), ("s", "mine-2"), ("s", "mine-3")):
            press(app, key)
            await lab.until(lambda name=name: app.history.run == name and finished(app))


async def test_switches_that_are_flipped_before_a_run_are_those_it_starts_with(home: Home) -> None:
    plan = new_run(home.root / "rhyme.txt", steps=2)
    async with opened(home, plan, size=(120, 40)) as (app, lab):
        panel = app.query_one(SwitchPanel)
        press(app, "A")
        await lab.until(lambda: panel.has_focus and panel.chosen == "attention")
        press(app, "down", "enter")
        await lab.sees("It will differ from GPT-2: no attention, no mlp.", "OFF ○")
        press(app, "s")
        await lab.until(lambda: finished(app))
        assert app.history.config is not None
        assert app.history.config.ablations.changed() == {"attention": False, "mlp": False}


async def test_every_switch_has_its_key(home: Home) -> None:
    async with opened(home) as (app, lab):
        for name, spec in SWITCHES.items():
            before = app.query_one(TrainPlace).plan.config.ablations
            press(app, LETTERS[name])
            wanted = before.with_switch(name, next_value(spec, spec.default))
            await lab.until(lambda wanted=wanted: app.query_one(TrainPlace).plan.config.ablations == wanted)
            assert app.query_one(SwitchPanel).chosen == name


async def test_the_mouse_flips_a_switch(home: Home) -> None:
    async with opened(home) as (app, lab):
        await lab.pilot.click("#switch-causal-mask")
        await lab.until(lambda: not app.query_one(TrainPlace).plan.config.ablations.causal_mask)
        press(app, "escape")
        await lab.until(lambda: app.focused is app.query_one(TrainPlace))


async def test_a_text_that_is_not_there_is_said_and_can_be_left(home: Home) -> None:
    async with opened(home, new_run(home.root / "missing.txt")) as (app, lab):
        press(app, "s")
        await lab.until(lambda: app.history.status == "failed")
        await lab.sees("! failed", "missing.txt", "s Start")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_wide_characters_stay_in_line(home: Home, size: tuple[int, int]) -> None:
    (home.root / "neko.txt").write_text(WAGAHAI, encoding="utf-8")
    async with opened(home, new_run(home.root / "neko.txt", steps=10), size=size) as (app, lab):
        press(app, "s")
        await lab.until(lambda: finished(app))
        await lab.sees("samples · 2", app.history.samples[-1].text[:5].replace("\n", "⏎"))
        assert {cell_len(line) for line in lab.screen.splitlines()} == {size[0]}


async def test_no_byte_of_a_text_is_obeyed(home: Home) -> None:
    (home.root / "evil.txt").write_text("\x1b[2J\x07[/x][@click=app.quit]\u202ea\n" * 60, encoding="utf-8")
    async with opened(home, new_run(home.root / "evil.txt", steps=10), size=(120, 40)) as (app, lab):
        press(app, "s")
        await lab.until(lambda: finished(app))
        await lab.sees("samples · 2", "␛")
        assert not set(lab.screen) & set("\x1b\x07\u202e")


# How it looks


async def show_a_broken_run(app: LabApp, lab: Lab) -> None:
    """Show a run that learned, and then lost its residuals."""
    story = Story(steps=400)
    parts = [[story.started(), story.measured(4.26), story.wrote("xq Zb k")]]
    for val, begin in ((3.2, 4.2), (2.6, 3.2), (2.3, 2.6)):
        parts.append([*story.trained(50, begin=begin, end=val), story.measured(val), story.wrote("The cat sat. ねこ")])
        parts.append([story.probed(grad=(val / 10, val / 20)), story.saved()])
    parts.append([story.flipped("residual", False)])
    parts.append([*story.trained(25, begin=4.6, end=3.4), story.probed(grad=(4e-6, 2e-3), cosine=(0.9, 1.0))])
    parts.append([*story.trained(25, begin=3.4, end=3.2), story.measured(3.17), story.wrote("e e\x1b[2J te")])
    parts.append([story.probed(grad=(5.8e-9, 2.7e-4), cosine=(0.98, 1.0))])
    app.session.history = told(*parts)
    await lab.sees("200 / 400 steps  50 %", "x Stop")
    await lab.until(lambda: "R" in drawn(app, "#loss-chart"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
async def test_what_a_run_looks_like(size: tuple[int, int], theme: str, tmp_path: Path) -> None:
    async with opened(Home(tmp_path), size=size) as (app, lab):
        app.theme = theme
        await show_a_broken_run(app, lab)
        await lab.until(lambda: has_curve(app, "#grad-chart"))
        await lab.settled()
        check_snapshot(app, f"train-{theme}-{size[0]}x{size[1]}", tmp_path)


async def test_what_the_first_screen_looks_like(tmp_path: Path) -> None:
    async with opened(Home(tmp_path)) as (app, lab):
        await lab.sees("A small GPT-2", "q Quit", "params")
        await lab.settled()
        check_snapshot(app, "welcome-80x24", tmp_path)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_every_part_is_on_the_screen(size: tuple[int, int], tmp_path: Path) -> None:
    async with opened(Home(tmp_path), size=size) as (app, lab):
        await show_a_broken_run(app, lab)
        await lab.sees("Since residual is off")
        parts = ["#status", "#loss-chart", "#verdict", *(["#switches", "#grad-chart", "#samples"] * (size[1] >= 24))]
        for part in parts:
            region = app.query_one(part).region
            assert region.height >= 2, part
            assert app.screen.region.contains_region(region), part


async def test_the_keys_fit_into_80_columns_in_every_state(home: Home) -> None:
    async with training(home) as (app, lab):
        for keys, state, word in (("p", "paused", "One step"), ("f", "paused", "Flip"), ("p", "training", "Pause")):
            press(app, keys)
            await lab.until(lambda state=state: app.history.status == state)
            await lab.sees(word, "q Quit", "? Help", "^p palette")
            *keys_shown, palette = (key.region for key in app.query_one(Footer).children)
            assert keys_shown[-1].right <= palette.x


async def test_in_a_low_window_the_switches_scroll(home: Home) -> None:
    async with opened(home, size=(60, 16)) as (app, lab):
        press(app, "T")
        await lab.sees("T activation", "RELU ○")
        press(app, "R")
        await lab.sees("R residual", "OFF ○")


async def test_a_window_that_is_too_small_says_so_and_training_goes_on(home: Home) -> None:
    async with training(home) as (app, lab):
        await lab.pilot.resize_terminal(50, 12)
        await lab.sees("too small", "60 columns and 16 lines are enough", "Training goes on")
        at = app.history.step
        await lab.until(lambda: app.history.step > at)
        await lab.pilot.resize_terminal(80, 24)
        await lab.sees("R residual", "loss ")


async def test_a_window_that_is_too_small_says_nothing_of_a_run_that_is_not_there(home: Home) -> None:
    async with opened(home) as (_, lab):
        await lab.pilot.resize_terminal(50, 12)
        await lab.sees("too small")
        assert "goes on" not in lab.screen


async def test_a_run_starts_with_a_switch_that_was_flipped_in_the_moment_before(home: Home) -> None:
    async with opened(home, new_run(home.root / "rhyme.txt", steps=3)) as (app, lab):
        place = app.query_one(TrainPlace)
        place.action_flip("ln_style")  # the wish is still on its way when the run is started
        place.action_start()
        await lab.until(lambda: finished(app))
        assert app.history.ablations.ln_style == "post"


async def test_what_is_shown_after_a_run_is_what_the_next_one_starts_with(home: Home) -> None:
    text = home.root / "rhyme.txt"
    wide = new_run(text, name="wide", ablations=Ablations(residual=False), steps=2)
    train(home, replace(wide, config=replace(wide.config, model=replace(wide.config.model, n_embd=32))))
    async with opened(home, new_run(text, name="mine", ablations=Ablations(causal_mask=False)), size=(120, 40)) as (
        app,
        lab,
    ):
        await app.show_run("wide")
        await lab.until(lambda: app.history.run == "wide" and app.history.has_ended)
        await lab.sees("switches of the next run", "settings of the next run")
        shown = {row.spec.name: row.value for row in app.query(SwitchRow)}
        width = next(line for line in lab.screen.splitlines() if "width" in line).split("width")[1].split()[0]
        press(app, "s")
        await lab.until(lambda: app.history.run == "mine" and app.history.config is not None)
        started = app.history.config
        assert started is not None
        assert str(started.model.n_embd) == width == "16"
        assert {name: getattr(started.ablations, name) for name in shown} == shown
        assert not shown["causal_mask"]
