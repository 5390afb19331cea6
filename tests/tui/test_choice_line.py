"""Words in a row, of which one is chosen, in more and less room."""

import pytest
from textual.app import App, ComposeResult

from gpt2mini_tui.widgets.choice_line import Choice, ChoiceLine

SETTINGS = " 授業 · step 1,888 · val 2.43 · ln style none, activation identity  "


class OneLine(App[None]):
    CSS = "ChoiceLine { height: 1; }"

    def compose(self) -> ComposeResult:
        yield ChoiceLine()


@pytest.mark.parametrize("width", [30, 50, 80, 120])
async def test_what_is_chosen_and_the_words_behind_it_stand_whole_in_any_width(width: int) -> None:
    app = OneLine()
    async with app.run_test(size=(width, 3)) as pilot:
        line = app.query_one(ChoiceLine)
        choices = [Choice(f"at-{step}", f"{step:,}") for step in range(100, 2000, 100)]
        line.show(choices, current="at-1800", left=SETTINGS, right="18 of 19 ")
        await pilot.pause()
        drawn = line.render().plain
        assert " 1,800 " in drawn
        assert drawn.endswith("18 of 19 ")
        assert line.render().cell_length <= width
        assert ("identity" in drawn) == (width >= 100)
