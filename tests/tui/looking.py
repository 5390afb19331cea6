"""A finished run on the screen of the Train place, for tests of how it is looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.screens.bench import Bench
from story import Story, told
from tiny_lab import Lab

__all__ = ["a_run", "looking"]


def a_run(steps: int = 1000) -> History:
    story = Story(steps=steps)
    history = told(story.started(), story.measured(4.25))
    for _ in range(steps // 100):
        end = 1.0 + 3.0 * (1 - (story.step + 100) / steps)
        for event in (
            *story.trained(100, begin=end + 0.1, end=end),
            story.measured(end),
            story.probed(),
            story.saved(),
        ):
            history.add(event)
    return history


@asynccontextmanager
async def looking(tmp_path: Path, *, size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Lab, Bench]]:
    app = LabApp(Home(tmp_path), refresh=0.02)
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        app.session.history = a_run()
        await lab.sees("1,000 / 1,000 steps")
        bench = app.query_one(Bench)
        await lab.until(lambda: bench.query_one("#loss-chart").size.width > 0)
        yield lab, bench
