"""The form of a new run, and the queue: set up, start, and what waits its turn."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Paste

from gpt2mini.paths import Home
from gpt2mini.presets import read_measured
from gpt2mini.runs import Store
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.screens.queue import QueueScreen
from gpt2mini_tui.screens.setup import SetupScreen
from gpt2mini_tui.screens.train import TrainPlace
from gpt2mini_tui.setup.plan import ForkRun, NewRun
from gpt2mini_tui.widgets.form_view import FormView
from snapshot import SIZES, THEMES, check_snapshot
from tiny_lab import RHYME, Lab, new_run, write_bench


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)


@asynccontextmanager
async def started(home: Home, plan: NewRun, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Lab]:
    app = LabApp(home, plan, refresh=0.02)
    async with app.run_test(size=size) as pilot:
        it = Lab(app, pilot)
        await it.until(lambda: app.query_one(TrainPlace)._bench)
        yield it
        app.bridge.close()


def tiny(home: Home, name: str = "", steps: int = 3) -> NewRun:
    return new_run(home.root / "rhyme.txt", name=name, steps=steps, every=0)


async def write(it: Lab, key: str, text: str) -> None:
    """Put a text into a field of the form, in place of what stands there."""
    await it.until(lambda: it.app.screen.query(FormView))
    view = it.app.screen.query_one(FormView)
    view.go_to(key)
    it.strike("ctrl+u")
    it.app.post_message(Paste(text))
    await it.until(lambda: view._texts.get(key) == text)


async def test_a_run_is_set_up_and_started(home: Home) -> None:
    async with started(home, tiny(home)) as it:
        await it.press("n")
        await it.sees("new run", "preset", "own", "rhyme", "loss of", "unknown until a first run or")
        await write(it, "name", "mine")
        await write(it, "train.steps", "2")
        await it.press("ctrl+s")
        await it.until(lambda: it.app.history.status == "done")
        manifest = Store(home.checkpoints).get("mine").manifest()
        assert manifest.config.train.steps == 2
        assert manifest.config.model.n_embd == 16
        await it.press("n")
        await it.sees("by the pace of", "command  gpt2mini-tui train")


async def test_what_is_wrong_is_said_while_it_is_typed_and_nothing_starts(home: Home) -> None:
    async with started(home, tiny(home)) as it:
        await it.press("n")
        await write(it, "model.n_layer", "0")
        await it.sees("--n-layer 0 is out of range", "!layers")
        await it.press("ctrl+s")
        await it.until(lambda: "out of range" in it.toasts)
        assert isinstance(it.app.screen, SetupScreen)
        await write(it, "model.n_layer", "2")
        await it.until(lambda: "out of range" not in it.screen.split("Start")[0].split("problem")[-1][:200])
        await it.press("escape")
        assert not it.app.bridge.is_running


async def test_a_text_that_is_not_there_is_said(home: Home) -> None:
    async with started(home, tiny(home)) as it:
        await it.press("n")
        await write(it, "data.data", "nowhere.txt")
        await it.sees("there is no such file")
        await write(it, "data.data", str(home.root))
        await it.sees("a folder; Enter reads it")
        await it.press("enter")
        await it.sees("characters", "47")


async def test_a_preset_fills_the_fields_and_a_change_makes_it_ones_own(home: Home) -> None:
    async with started(home, tiny(home)) as it:
        await it.press("n", "up", "up", "right")
        await it.sees("‹ default ›", "GPT-2 in small")
        await it.press("right")
        await it.sees("‹ tiny ›", "layers           2")
        await write(it, "train.steps", "10")
        await it.until(lambda: it.app.screen.query_one(FormView)._texts["preset"] == "own")


async def test_keys_that_come_at_once_are_taken_in_their_order(home: Home) -> None:
    async with started(home, tiny(home)) as it:
        await it.press("n")
        await it.until(lambda: it.app.screen.query(FormView))
        view = it.app.screen.query_one(FormView)
        await it.until(lambda: view._texts)
        view.go_to("train.steps")
        it.strike(*"12", "down", "ctrl+u", *"700", "backspace", *"1", "up", "end", *"3", "left", "backspace", "ctrl+s")
        await it.until(lambda: it.app.history.config)
        assert it.app.history.config is not None
        train = it.app.history.config.train
        assert (train.steps, train.batch_size) == (13, 701)


async def test_texts_are_chosen_from_those_that_are_here(home: Home) -> None:
    async with started(home, tiny(home), size=(120, 40)) as it:
        await it.press("n", "f3")
        await it.sees("Train on", "tales", "pydoc", "names")
        await it.press("down", "down", "down", "enter")
        await it.sees("239 characters, 94 different", "names")


async def test_runs_wait_for_one_another_and_are_trained_in_order(home: Home) -> None:
    async with started(home, tiny(home, "first", steps=100_000)) as it:
        await it.press("s")
        await it.until(lambda: it.app.history.step > 0)
        for waiting, name in enumerate(("second", "third"), 1):
            it.strike("n")
            await write(it, "name", name)
            await write(it, "train.steps", "2")
            it.strike("ctrl+s")
            await it.sees(f"{waiting} queued")
        it.strike("Q")
        await it.sees("queue", "second", "third", "train --data")
        it.strike("J")
        await it.until(lambda: [plan.name for plan in it.app.session.queue] == ["third", "second"])
        it.strike("escape")
        await it.until(lambda: not isinstance(it.app.screen, QueueScreen))
        it.strike("x")
        await it.sees("2 queued, held")
        assert it.app.history.run == "first"
        await it.press("Q", "s")
        await it.until(lambda: (it.app.history.run, it.app.history.status) == ("second", "done"))
        runs = {run.name: run.summary() for run in Store(home.checkpoints).runs()}
        assert [runs[name].status for name in ("first", "second", "third")] == ["stopped", "done", "done"]
        assert runs["third"].created < runs["second"].created


async def test_what_waits_outlives_the_lab_and_starts_when_somebody_says_so(home: Home) -> None:
    plans = [
        tiny(home, "a"),
        ForkRun(parent="a", changes={"train": {"lr": 1e-3, "steps": 6}, "ablations": {"mlp": False}}),
    ]
    async with started(home, tiny(home)) as it:
        it.app.session.is_held = True
        it.app.session.queue += plans
        await it.until(lambda: it.app.session.is_kept)
        async with started(home, tiny(home)) as other:  # a second lab does not take the same runs
            assert other.app.session.queue == []
        await it.press("q")
        await it.until(lambda: it.app.return_value is not None)
    async with started(home, tiny(home)) as it:
        await it.until(lambda: "2 runs left in the queue the last time" in it.toasts)
        assert it.app.session.queue == plans
        assert not it.app.bridge.is_running
        await it.press("Q", "s")
        await it.until(lambda: Store(home.checkpoints).runs() and not it.app.session.queue)
        await it.until(lambda: [run.summary().status for run in Store(home.checkpoints).runs()] == ["done", "done"])


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"plans": 3}',
        '{"plans": [{"kind": "new"}, {"kind": "x"}, 3, {"kind": "fork", "parent": 3, "changes": {}}]}',
        '{"plans": [{"kind": "fork", "parent": "a", "changes": {"train": {"x": 1}}}, {"kind": "resume", "name": []}]}',
    ],
)
async def test_a_queue_that_makes_no_sense_is_no_queue(text: str, home: Home) -> None:
    home.checkpoints.mkdir()
    (home.checkpoints / ".queue.json").write_text(text)
    async with started(home, tiny(home)) as it:
        assert it.app.session.queue == []


async def test_the_first_run_has_its_time_from_what_bench_measured(home: Home) -> None:
    write_bench(home, step=0.01)
    async with started(home, tiny(home), size=(120, 40)) as it:
        await it.press("n", "up", "up", "right")
        await it.sees("‹ default ›", "what bench measured of the default model")
        await it.press("right")
        await it.sees("‹ tiny ›", "what bench measured of tiny (102k tok/s)")


async def test_a_machine_that_cannot_be_measured_trains_all_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(home.root / "no-python"))
    app = LabApp(home, tiny(home), refresh=0.02, measures=True)
    async with app.run_test(size=(120, 40)) as pilot:
        it = Lab(app, pilot)
        await it.until(lambda: app.query_one(TrainPlace)._bench)
        await it.press("n")
        await it.until(lambda: "no-python" in it.toasts)
        await it.press("ctrl+s")
        await it.until(lambda: app.history.status == "done")
        app.bridge.close()


@pytest.mark.slow
async def test_a_machine_that_nothing_is_known_of_is_measured_while_the_form_is_open(home: Home) -> None:
    app = LabApp(home, tiny(home), refresh=0.02, measures=True)
    async with app.run_test(size=(120, 40)) as pilot:
        it = Lab(app, pilot)
        await it.until(lambda: app.query_one(TrainPlace)._bench)
        await it.press("n")
        await it.sees("measuring this machine")
        await it.until(lambda: "what bench measured" in it.screen, seconds=120)
        assert read_measured(home) is not None


async def test_a_plan_is_taken_out_of_the_queue_and_put_back(home: Home) -> None:
    async with started(home, tiny(home)) as it:
        it.app.session.is_held = True
        it.app.session.queue += [tiny(home, "a"), tiny(home, "b")]
        await it.press("Q", "d")
        await it.until(lambda: [plan.name for plan in it.app.session.queue] == ["b"])
        assert "z puts it back" in it.toasts
        await it.press("z")
        assert [plan.name for plan in it.app.session.queue] == ["a", "b"]
        assert "z puts it back" not in it.toasts
        assert isinstance(it.app.screen, QueueScreen)
        it.app.notify("Not saved: no space left.", severity="error", markup=False)
        await it.press("d", "d", "d")
        await it.sees("Nothing waits.")
        await it.press("z")
        await it.until(lambda: "a is still out. z puts it back." in it.toasts)
        assert "Taken out" not in it.toasts
        assert "Not saved: no space left." in it.toasts
        await it.press("d")
        await it.until(lambda: not any(key in it.screen for key in ("s Start", "d Remove", "K Earlier")))
        await it.sees("z Undo", "esc Close")
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, QueueScreen) and "z puts it back" not in it.toasts)
        assert "Not saved: no space left." in it.toasts


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["sound", "wrong"])
async def test_the_form_looks_like_its_picture(
    home: Home, tmp_path: Path, theme: str, size: tuple[int, int], state: str
) -> None:
    async with started(home, tiny(home), size=size) as it:
        it.app.theme = f"lab-{theme}"
        await it.press("n")
        await write(it, "data.data", "names")
        await it.sees("239 characters")
        await write(it, "model.n_embd", "48" if state == "sound" else "-4")
        await it.sees("34k parameters" if state == "sound" else "out of range")
        await it.settled()
        check_snapshot(it.app, f"setup-{state}-{theme}-{size[0]}x{size[1]}", tmp_path)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_the_queue_looks_like_its_picture(home: Home, tmp_path: Path, theme: str, size: tuple[int, int]) -> None:
    async with started(home, new_run(Path("rhyme.txt")), size=size) as it:  # what lies behind names no folder of here
        it.app.theme = f"lab-{theme}"
        it.app.session.is_held = True
        it.app.session.queue += [new_run(Path("rhyme.txt"), name="吾輩は猫である"), new_run(Path("b.txt"), name="[b]x")]
        await it.press("Q")
        await it.sees("held:", "吾輩は猫である", "[b]x")
        await it.settled()
        check_snapshot(it.app, f"queue-{theme}-{size[0]}x{size[1]}", tmp_path)
