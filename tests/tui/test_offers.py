"""The first screen names the quick way first and how long it takes here; one key takes it."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from gpt2mini.config import Config, DataConfig, ModelConfig
from gpt2mini.errors import UsageError
from gpt2mini.paths import Home
from gpt2mini.presets import with_preset
from gpt2mini.trainer import Trainer
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.live import bridge
from gpt2mini_tui.screens import setup_reader
from gpt2mini_tui.setup.estimates import Pace, seconds
from gpt2mini_tui.setup.offers import offers, tiny
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import NewRun
from tiny_lab import RHYME, Lab, new_run, write_bench

DEFAULT = NewRun(config=Config(model=ModelConfig(vocab_size=1)))


def test_the_quick_run_comes_first_and_differs_only_in_its_size() -> None:
    quick, full = offers(DEFAULT)
    assert (quick.key, full.key) == ("t", "s")
    assert full.plan is DEFAULT
    assert quick.plan.config == with_preset(DEFAULT.config, "tiny")


def test_how_long_they_take_is_told_by_a_pace_and_by_nothing_else() -> None:
    assert all(math.isnan(offer.seconds) for offer in offers(DEFAULT))
    read = replace(DEFAULT, config=replace(DEFAULT.config, model=ModelConfig(vocab_size=80)))
    pace = Pace(origin="a run", config=read.config, tokens_per_second=8192.0)
    quick, full = offers(read, [pace])
    assert full.seconds == seconds(read.config, pace)
    assert 1000 < full.seconds < 1200
    assert quick.seconds < full.seconds / 5


def test_a_task_and_a_run_that_is_small_itself_are_offered_alone(tmp_path: Path) -> None:
    task = replace(DEFAULT, config=replace(DEFAULT.config, data=DataConfig(data="copy")))
    for plan in (task, new_run(tmp_path / "rhyme.txt")):
        assert tiny(plan) is None
        assert [offer.plan for offer in offers(plan)] == [plan]


async def test_t_trains_the_tiny_one_and_s_still_has_the_plan(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    may_begin = Event()

    def open_later(*args: Any, **kwargs: Any) -> Trainer:
        may_begin.wait(60)
        return open_trainer(*args, **kwargs)

    monkeypatch.setattr(bridge, "open_trainer", open_later)
    plan = NewRun(config=replace(DEFAULT.config, data=DataConfig(data=str(home.root / "rhyme.txt"))), name="mine")
    app = LabApp(home, plan, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees(" t   A tiny GPT-2", " s   A small GPT-2", "t Tiny run", "press R")
        app.simulate_key("t")
        await it.sees("width      64")
        assert app.history.config is None
        may_begin.set()
        await it.until(lambda: app.history.step >= 1)
        assert app.history.config is not None
        assert app.history.config.model.n_embd == 64
        assert app.history.run == "rhyme-1"
        assert app.train_place.plan == plan
        app.simulate_key("x")
        await it.until(lambda: app.history.status == "stopped" and not app.bridge.is_running)


async def test_a_tiny_run_that_was_given_up_leaves_its_settings_to_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_begin = Event()

    def open_later(*args: Any, **kwargs: Any) -> Trainer:
        may_begin.wait(60)
        raise UsageError("given up")

    monkeypatch.setattr(bridge, "open_trainer", open_later)
    plan = NewRun(config=replace(DEFAULT.config, data=DataConfig(data=str(home.root / "rhyme.txt"))))
    app = LabApp(home, plan, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees("t Tiny run")
        app.simulate_key("t")
        await it.sees("width      64")
        may_begin.set()
        await it.until(lambda: app.history.status == "failed" and not app.bridge.is_running)
        may_begin.clear()
        await it.sees("s Start")
        app.simulate_key("s")
        await it.until(lambda: app.history.status == "preparing")
        await it.sees("width     128")
        may_begin.set()
        await it.until(lambda: not app.bridge.is_running)


async def test_what_bench_has_measured_is_told_on_the_first_screen(home: Home) -> None:
    write_bench(home, step=0.02)
    app = LabApp(home, refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        it = Lab(app, pilot)
        await it.sees("A tiny GPT-2, about 4", "A small GPT-2, about 1")
        assert "measuring" not in it.screen


@pytest.mark.slow
async def test_a_machine_that_nothing_is_known_of_is_measured_and_left_alone_once_a_run_begins(home: Home) -> None:
    app = LabApp(home, new_run(home.root / "rhyme.txt", steps=100_000), refresh=0.02, measures=True)
    async with app.run_test(size=(120, 40)) as pilot:
        it = Lab(app, pilot)
        await it.sees("measuring how long")
        app.simulate_key("s")
        await it.until(lambda: app.history.step >= 1 and not app._reading.is_running("measure"))
        app.simulate_key("x")
        await it.until(lambda: app.history.status == "stopped" and not app.bridge.is_running)


async def test_what_cards_tell_is_measured_after_and_told_again_where_that_fails(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Pace(origin="a card", config=DEFAULT.config, tokens_per_second=8192.0, is_of_card=True)
    may_fail = Event()

    def measure(_: Home) -> Iterator[None]:
        while not may_fail.is_set():
            yield None
        raise UsageError("it cannot be measured")

    monkeypatch.setattr(setup_reader, "paces", lambda _: iter([(card,)]))
    monkeypatch.setattr(setup_reader, "measure", measure)
    app = LabApp(home, refresh=0.02, measures=True)
    async with app.run_test(size=(120, 40)) as pilot:
        it = Lab(app, pilot)
        await it.until(lambda: app._reading.is_running("measure"))
        may_fail.set()
        await it.until(lambda: not app._reading.is_running("measure"))
        await it.until(lambda: "measuring how long" not in it.screen)
        await it.sees("A small GPT-2, about")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)
