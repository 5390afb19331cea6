"""The app around the places: it opens at once, wires them together, and never leaves a run behind."""

import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.events import Key
from textual.widgets import ContentSwitcher

from gpt2mini import saver
from gpt2mini.checkpoint import Resumable, save_checkpoint
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.events import Finished
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.messages import ResumeAsked, StartRun
from gpt2mini_tui.places import PLACES
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.train import TrainPlace
from gpt2mini_tui.setup.plan import NewRun
from gpt2mini_tui.widgets.prompt_line import PromptLine
from tiny_lab import RHYME, Lab, new_run

FIRST_FRAME = """
import asyncio, pathlib, sys
from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.screens.bench import Bench

async def main():
    app = LabApp(Home(pathlib.Path("nowhere")))
    async with app.run_test() as pilot:
        while not app.query(Bench):
            await pilot.pause(0.01)
        await pilot.pause(0.5)

asyncio.run(main())
print(*sys.modules)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)


@asynccontextmanager
async def opened(home: Home, plan: NewRun | None = None) -> AsyncIterator[tuple[LabApp, Lab]]:
    app = LabApp(home, plan, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        yield app, lab


@asynccontextmanager
async def training(home: Home) -> AsyncIterator[tuple[LabApp, Lab]]:
    """Open the app on a run `live` that has taken a step, and has a million before it."""
    train = TrainConfig(steps=1_000_000, batch_size=32, eval_every=0, sample_every=0, save_every=0, device="cpu")
    model = ModelConfig(vocab_size=1, n_layer=2, n_head=2, n_embd=32, block_size=64)
    config = Config(model=model, data=DataConfig(data=str(home.root / "rhyme.txt")), train=train)
    async with opened(home, NewRun(config=config, name="live", threads=1)) as (app, lab):
        app.simulate_key("s")
        await lab.until(lambda: app.history.step > 0)
        yield app, lab


def last_of(home: Home) -> Finished:
    """Return how the run `live` ended, after checking that a checkpoint is of its last step."""
    run = Store(home.checkpoints).get("live")
    last = list(run.events())[-1]
    assert isinstance(last, Finished)
    assert run.checkpoints()[-1].step == last.step
    return last


def test_neither_the_first_frame_nor_what_follows_imports_anything_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_FRAME], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "gpt2mini_tui.screens.bench" in loaded
    assert not loaded & {"torch", "numpy", "plotext"}
    assert not loaded & {"gpt2mini_tui.screens.chat", "gpt2mini_tui.screens.compare"}


async def test_the_number_keys_go_to_the_places(home: Home) -> None:
    async with opened(home) as (app, lab):
        switcher = app.query_one("#place", ContentSwitcher)
        for key, place in [*enumerate(PLACES, 1), (1, "train")]:
            app.screen.set_focus(None)  # whatever has the focus may take a key for itself
            app.simulate_key(str(key))
            await lab.until(lambda place=place: switcher.current == place)
            assert switcher.visible_content is app.query_one(f"#{place}")
            await lab.until(lambda: app.focused and switcher.visible_content in app.focused.ancestors_with_self)


@pytest.mark.parametrize("pause", [False, True])
async def test_a_key_right_after_that_of_a_place_is_for_the_new_place(home: Home, pause: bool) -> None:
    async with opened(home) as (app, lab):
        app.post_message(Key("2", "2"))
        if pause:
            await lab.until(lambda: app.place.id == "compare")
        app.post_message(Key("s", "s"))  # sorts there, and starts a run in the place before
        await lab.until(lambda: app.place.id == "compare" and app.query_one(ComparePlace)._table.by != "age")
        assert not app.bridge.is_running
        assert app.history.status == "idle"


async def test_what_is_typed_right_after_the_key_of_the_chat_is_a_prompt(home: Home) -> None:
    async with opened(home) as (app, lab):
        await lab.press("4", "h", "i")
        await lab.until(lambda: app.place.id == "chat" and app.query_one(PromptLine).value == "hi")


async def test_the_mouse_goes_to_the_places(home: Home) -> None:
    async with opened(home) as (app, lab):
        for word, place in (("Checkpoints", "checkpoints"), ("Train", "train")):
            await lab.pilot.click("#places", offset=(lab.screen.index(word), 0))
            await lab.until(lambda place=place: app.query_one("#place", ContentSwitcher).current == place)


async def test_elsewhere_the_run_is_seen_in_the_bar(home: Home) -> None:
    async with training(home) as (app, lab):
        await app.action_place("checkpoints")
        await lab.until(lambda: "● training" in lab.screen.splitlines()[0])
        await lab.until(lambda: "loss" in lab.screen.splitlines()[0])


async def test_quitting_saves_and_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    may_save = threading.Event()

    def slow(path: Path, resumable: Resumable) -> None:
        assert may_save.wait(60)  # or it might be over before anybody looks
        save_checkpoint(path, resumable)

    monkeypatch.setattr(saver, "save_checkpoint", slow)
    async with training(home) as (app, lab):
        app.simulate_key("q")
        await lab.sees("saving…")
        may_save.set()
        await lab.until(lambda: app.return_value is not None)
    assert app.return_value == 0
    assert last_of(home).reason == "stopped"


async def test_ctrl_c_saves_however_often_it_is_pressed(home: Home) -> None:
    async with training(home) as (app, lab):
        for _ in range(5):
            app.simulate_key("ctrl+c")
        await lab.until(lambda: app.return_value is not None)
    assert app.return_value == 0
    assert last_of(home).reason == "stopped"


async def test_quitting_before_anything_began_leaves_nothing(home: Home) -> None:
    async with opened(home) as (app, lab):
        app.simulate_key("q")
        await lab.until(lambda: app.return_value is not None)
    assert app.return_value == 0
    assert not home.checkpoints.exists()


async def test_a_fault_of_the_app_does_not_cost_the_run(home: Home) -> None:
    def fault() -> None:
        raise ZeroDivisionError("the app has a fault")

    async def fall_over() -> None:
        async with training(home) as (app, lab):
            app.call_later(fault)
            await lab.until(lambda: not app.is_running)

    with pytest.raises(ZeroDivisionError):
        await fall_over()
    assert last_of(home).reason == "stopped"


async def test_a_fault_of_the_trainer_does_not_cost_the_app(home: Home) -> None:
    async with opened(home) as (app, lab):
        app.post_message(StartRun("not a plan"))  # type: ignore[arg-type]  # the fault
        await lab.until(lambda: app.history.status == "failed")
        await lab.sees("! failed", "AttributeError")
        assert "Traceback" in (home.root / "fault.log").read_text()
        app.post_message(StartRun(new_run(home.root / "rhyme.txt", steps=2)))
        await lab.until(lambda: app.history.status == "done")


async def test_one_run_at_a_time_and_the_next_waits(home: Home) -> None:
    async with training(home) as (app, lab):
        app.post_message(ResumeAsked("another"))
        await lab.until(lambda: "This one waits for it" in lab.toasts)
        assert app.history.run == "live"
        assert [plan.name for plan in app.session.queue] == ["another"]


async def test_a_run_of_the_store_is_resumed(home: Home) -> None:
    async with opened(home, new_run(home.root / "rhyme.txt", steps=5, name="live")) as (app, lab):
        app.simulate_key("s")
        await lab.until(lambda: app.history.status == "done" and not app.bridge.is_running)
        app.post_message(ResumeAsked("live"))
        await lab.until(lambda: app.history.status == "failed")  # all its steps are taken
        await lab.sees("already")


async def test_help_lists_every_key_and_explains_the_charts(home: Home) -> None:
    async with opened(home) as (app, lab):
        app.simulate_key("question_mark")
        await lab.sees("Train a new run.", "Flip residual")
        app.simulate_key("end")
        await lab.sees("the true entropy of the text", "Your own keys")
        app.simulate_key("escape")
        await lab.sees("A small GPT-2")


async def test_the_palette_offers_what_the_keys_do(home: Home) -> None:
    async with training(home) as (app, lab):
        offered = {command.title: command for command in app.get_system_commands(app.screen)}
        wanted = {"Pause", "Stop", "Save", "Sample", "Flip residual", "Flip activation", "Compare", "Quit", "Theme"}
        assert set(offered) >= wanted
        assert "Start" not in offered
        await offered["Pause"].callback()
        await lab.until(lambda: app.history.status == "paused")


def test_every_binding_has_a_name_of_its_own_and_says_what_it_does() -> None:
    bindings = [binding for node in (LabApp, TrainPlace) for binding in node.BINDINGS if isinstance(binding, Binding)]
    assert [binding.action for binding in bindings if not binding.id or not binding.tooltip] == []
    names = [binding.id for binding in bindings]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("theme", ["lab-dark", "lab-light", "ansi-dark", "ansi-light", "nord"])
async def test_any_theme_can_be_worn(home: Home, theme: str) -> None:
    async with opened(home) as (app, lab):
        app.theme = theme
        for place in PLACES:
            await app.action_place(place)
        await lab.sees("4 Chat")


async def test_without_colours_nothing_is_coloured(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(home) as (app, lab):
        await lab.sees("residual              on ●")
        inks = {segment.style for strip in app.screen._compositor.render_strips(app.size) for segment in strip}
        painted = [app._filters[-1].apply([(" ", ink, None)], app.screen.background_colors[1]) for ink in inks if ink]
        colors = [segment[0].style.color.triplet for segment in painted if segment[0].style.color]
        assert all(color is None or color.red == color.green == color.blue for color in colors)
