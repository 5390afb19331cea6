"""No key changes what nobody sees: it is brought into sight first, or nothing happens where there is nothing to see."""

from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.screens.bench import Bench
from gpt2mini_tui.widgets.layer_map import LayerMap
from looking import looking
from story import Story, told
from tiny_lab import Lab


async def test_layers_that_the_switches_hide_are_brought_into_sight_before_they_change(tmp_path: Path) -> None:
    async with looking(tmp_path, size=(80, 24)) as (lab, bench):
        layers = bench.query_one("#layers")
        await lab.press("h")
        await lab.until(lambda: layers.display)
        await lab.press("f")
        await lab.until(lambda: lab.app.focused is bench.switches and not layers.display)
        await lab.press("h")
        await lab.until(lambda: layers.display and lab.app.focused is layers)
        assert bench.view.quantity == 0
        await lab.press("h")
        await lab.until(lambda: bench.view.quantity == 1)


@pytest.mark.parametrize("size", [(80, 18), (80, 24), (120, 40)])
async def test_where_no_run_is_open_nothing_takes_the_place_of_the_invitation(
    size: tuple[int, int], tmp_path: Path
) -> None:
    app = LabApp(Home(tmp_path), refresh=0.02)
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        bench = app.query_one(Bench)
        await lab.until(lambda: bench.is_empty)
        await lab.settled()
        before = lab.screen
        view = bench.view
        for key in ("v", "h", "m", "l", "plus"):
            await lab.press(key)
            await pilot.pause()
        assert bench.view == view
        assert lab.screen == before


async def test_a_part_that_was_left_large_gives_way_to_the_invitation_and_comes_back(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, bench):
        await lab.press("m")
        await lab.until(lambda: bench.query_one("#loss-chart").region.width >= 118)
        run, lab.app.session.history = lab.app.session.history, History()
        await lab.until(lambda: bench.is_empty)
        await lab.until(lambda: bench.switches.display and not bench.query_one("#loss-chart").display)
        lab.app.session.history = run
        await lab.until(lambda: bench.query_one("#loss-chart").region.width >= 118)


async def test_the_layers_share_the_steps_of_the_charts_and_begin_with_the_run(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, bench):
        shown = bench.query_one(LayerMap)
        assert shown._map is not None
        assert (shown._map.is_log_x, shown._map.begin) == (False, 0)
        story = Story()
        story.step = 300
        lab.app.session.history = told(story.started(), story.trained(50, begin=3, end=3), story.probed())
        await lab.press("o")
        await lab.until(lambda: shown._map is not None and (shown._map.is_log_x, shown._map.begin) == (True, 300))
