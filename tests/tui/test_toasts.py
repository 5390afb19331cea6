"""What is said aloud covers nothing that one needs: one line over the names of the places, or over a form's frame."""

from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.screens.setup import SetupScreen
from tiny_lab import Lab


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_sentence_is_one_line_at_the_top_of_a_place_and_a_form(size: tuple[int, int], tmp_path: Path) -> None:
    app = LabApp(Home(tmp_path), refresh=0.02)
    async with app.run_test(size=size, notifications=True) as pilot:
        it = Lab(app, pilot)
        await it.sees("q Quit")
        for _ in range(2):
            app.notify("Smoothing: 20 steps.", markup=False)
            await it.sees("Smoothing: 20 steps.")
            (toast,) = app.screen.query(Toast)
            assert (toast.region.y, toast.region.height, toast.region.right) == (0, 1, size[0])
            assert toast.region.width < 30
            app.clear_notifications()
            await it.press("n")
            await it.until(lambda: isinstance(app.screen, SetupScreen) and not app.screen.query(Toast))


async def test_a_long_sentence_is_shown_whole(tmp_path: Path) -> None:
    app = LabApp(Home(tmp_path), refresh=0.02)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        it = Lab(app, pilot)
        await it.sees("q Quit")
        app.notify("The disk is full. " * 9 + "The end.", severity="error", markup=False)
        await it.sees("The end.")
        (toast,) = app.screen.query(Toast)
        assert app.screen.region.contains_region(toast.region)
        assert toast.region.height == 3
