"""The line under the charts never ends in the middle of a sentence without saying so."""

import pytest
from textual.app import App, ComposeResult

from gpt2mini_tui.widgets.verdict_line import VerdictLine
from story import Story, told


class LineApp(App[None]):
    CSS = "VerdictLine { height: 3; }"

    def compose(self) -> ComposeResult:
        yield VerdictLine()


SENTENCE = "✓ Val 2.90 is past the 1-gram line (3.16): it uses context."


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (49, f"{SENTENCE} Clipped at 100 of the last 100 steps (norm 1.4, limit 1)."),
        (30, SENTENCE),
        (20, SENTENCE.replace(" context.", "…")),
    ],
)
async def test_what_does_not_fit_is_left_out_whole_or_cut_so_that_it_is_seen(width: int, words: str) -> None:
    story = Story()
    history = told(story.started(), story.trained(100, begin=2.9, end=2.9), story.measured(2.9))
    async with LineApp().run_test(size=(width, 3)) as pilot:
        line = pilot.app.query_one(VerdictLine)
        line.show(history)
        await pilot.pause()
        shown = " ".join(line.render_line(row).text.strip() for row in range(3)).strip()
        assert shown == words


@pytest.mark.parametrize(
    ("width", "end"),
    [(70, "back above the 2-gram line (2.40): it no longer uses context longer than one character."),
     (40, "back above the 2-gram line (2.40).")],
)  # fmt: skip
async def test_where_the_explanation_has_no_room_what_was_measured_is_whole(width: int, end: str) -> None:
    story = Story()
    begin = [story.started(), *story.trained(100, begin=2.05, end=2.05), story.measured(2.05)]
    flip = [story.flipped("position_embedding", False), *story.trained(50, begin=3, end=3), story.measured(3.05)]
    async with LineApp().run_test(size=(width, 3)) as pilot:
        line = pilot.app.query_one(VerdictLine)
        line.show(told(begin, flip))
        await pilot.pause()
        shown = " ".join(line.render_line(row).text.strip() for row in range(3)).strip()
        assert shown == f"! Since position embedding is off (step 100) val rose from 2.05 to 3.05, {end}"
