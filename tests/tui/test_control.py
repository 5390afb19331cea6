"""What a person does to a run that trains: samples of their own, other hyper-parameters, another run behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.screens.asking import AskScreen
from gpt2mini_tui.screens.bench import Bench
from gpt2mini_tui.screens.train import TrainPlace
from tiny_lab import RHYME, Lab, copy_home, new_run, tiny_home

CARD = "tales-baseline-s0-12345678"


def history_of(run: str) -> History:
    """Return the history of a run of that name, of which nothing else is known."""
    history = History()
    history.run = run
    return history


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(tmp_path)


@asynccontextmanager
async def paused(home: Home, name: str = "live") -> AsyncIterator[tuple[LabApp, Lab]]:
    """Open the app on a run that waits."""
    plan = new_run(home.root / "rhyme.txt", steps=100_000, every=0, name=name)
    app = LabApp(home, plan, refresh=0.02)
    async with app.run_test(size=(120, 40)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        app.simulate_key("s")
        await lab.until(lambda: app.history.step > 3)
        app.simulate_key("p")
        await lab.until(lambda: app.history.status == "paused")
        yield app, lab


async def test_a_sample_goes_on_from_my_prompt(home: Home) -> None:
    async with paused(home) as (app, lab):
        app.simulate_key("t")
        await lab.sees("sample now")
        await lab.type("two for")
        await lab.press("enter")
        await lab.until(lambda: app.history.samples and app.history.samples[-1].asked)
        assert app.history.samples[-1].prompt == "two for"
        app.simulate_key("t")
        await lab.sees("two for")


async def test_a_hyper_parameter_is_changed_while_it_trains_and_marked(home: Home) -> None:
    async with paused(home) as (app, lab):
        app.simulate_key("e")
        await lab.sees("change while it trains", "grad clip")
        assert isinstance(app.screen, AskScreen)
        answer = app.screen.query_one("#answer-0", Input)
        answer.value = "-1"
        await lab.sees("--lr -1.0 is out of range")
        await lab.press("enter")
        answer.value = "fast"
        await lab.sees("lr takes a number")
        answer.value = "5000"
        await lab.sees("5000 is far above what is usual for lr: 1e-4 to 1e-2.")
        answer.value = "0.01"
        await lab.until(lambda: "far above" not in lab.screen)
        await lab.press("enter")
        await lab.until(lambda: len(app.history.adjustments) == 1)
        assert (app.history.adjustments[0].name, app.history.adjustments[0].value) == ("lr", 0.01)
        assert app.history.config is not None
        assert app.history.config.train.lr == 0.01
        await lab.sees("Since lr went from 0.003 to 0.01")


async def test_before_a_run_it_is_the_plan_that_changes(home: Home) -> None:
    app = LabApp(home, new_run(home.root / "rhyme.txt"), refresh=0.02)
    async with app.run_test(size=(120, 40)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        app.simulate_key("e")
        await lab.sees("change before it starts")
        app.screen.query_one("#answer-3", Input).value = "0.5"
        await lab.press("enter")
        await lab.until(lambda: app.query_one(TrainPlace).plan.config.model.dropout == 0.5)
        app.simulate_key("e")
        await lab.sees("change before it starts")
        await lab.press("escape")
        assert app.query_one(TrainPlace).plan.config.train.lr == 3e-3


async def test_another_run_is_drawn_behind_and_taken_away(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    home = copy_home(tiny_home(tmp_path_factory), tmp_path)
    async with paused(home) as (app, lab):
        bench = app.query_one(Bench)
        app.simulate_key("c")
        await lab.sees("draw behind it", "broken", "no residual")
        assert " live" not in "\n".join(line for line in lab.screen.splitlines() if "│" in line)
        await lab.press("enter")
        await lab.until(lambda: bench.behind is not None)
        assert bench.behind is not None
        await lab.sees(f"behind it: {bench.behind.run}")
        app.simulate_key("c")
        await lab.sees("draw behind it")
        await lab.press("escape")
        await lab.until(lambda: bench.behind is None)


@pytest.mark.parametrize(
    ("before", "behind", "after", "stays"),
    [
        ("mine", "older", "mine-2", True),
        ("mine", "older", CARD, False),
        (CARD, "older", "mine", False),
        (CARD, CARD.replace("s0", "s1"), "mine", False),
        ("mine", "older", "older", False),
    ],
)
async def test_runs_of_cards_and_those_of_people_are_not_drawn_behind_one_another_unasked(
    home: Home, before: str, behind: str, after: str, stays: bool
) -> None:
    plan = new_run(home.root / "rhyme.txt")
    async with LabApp(home, plan, refresh=0.02).run_test(size=(120, 40)) as pilot:
        assert isinstance(pilot.app, LabApp)
        it = Lab(pilot.app, pilot)
        await it.sees("q Quit")
        bench = it.app.query_one(Bench)
        bench.show(history_of(before), plan, wish="")
        bench.compare_with(history_of(behind))
        bench.show(history_of(before), plan, wish="")
        assert bench.behind is not None
        bench.show(History(), plan, wish="")  # while the next one is being prepared
        bench.show(history_of(after), plan, wish="")
        assert (bench.behind is not None) is stays
