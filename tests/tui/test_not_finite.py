"""A validation that is no number takes nothing away from what was measured before it."""

import math
from pathlib import Path

import pytest

from gpt2mini.events import Evaluated, Finished, Skipped
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.summaries import summary
from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.run_details import RunDetails
from gpt2mini_tui.widgets.rows import Rows
from gpt2mini_tui.widgets.status_header import StatusHeader
from story import Story, told
from tiny_lab import copy_home, lab, tiny_home


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Home:
    """Return a home in which `broken` has diverged: its last validation is no number."""
    home = copy_home(tiny_home(tmp_path_factory), tmp_path)
    log = Store(home.checkpoints).get("broken").open_log()
    log.append(Evaluated(step=30, val_loss=math.nan, tokens=9))
    log.append(Skipped(step=31, loss=math.nan, grad_norm=math.nan, tensor="loss"))
    log.append(Finished(step=31, reason="diverged", loss=math.nan, val_loss=math.nan, seconds=1.0))
    log.close()
    return home


def diverged(val: float) -> History:
    story = Story()
    parts = [story.started(), *story.trained(100, begin=4, end=2), story.measured(2.05)]
    return told(parts, story.trained(50, begin=2, end=2), story.measured(val))


@pytest.mark.parametrize("val", [math.nan, math.inf])
def test_the_best_stays_and_the_last_is_not_finite(val: float) -> None:
    history = diverged(val)
    assert history.best is not None
    assert (history.best.step, history.best.loss) == (100, 2.05)
    assert "Validation loss not finite at step 150, best 2.050 at step 100." in summary(history)


def test_a_validation_that_is_no_number_is_not_the_best_even_as_the_first() -> None:
    story = Story()
    history = told(story.started(), story.stepped(4.0), story.measured(math.nan))
    assert history.best is None
    history.add(story.measured(3.0))
    assert history.best is not None


def test_the_header_has_the_best_and_says_what_the_last_is() -> None:
    header = StatusHeader()
    header.show(diverged(math.nan), name="tales-1")
    assert "val not finite  best val 2.050" in header._lines(80).plain


def test_the_header_has_room_for_a_loss_of_any_size() -> None:
    header = StatusHeader()
    header.show(diverged(8.86e10), name="tales-1")
    assert "val 8.9e10  best val 2.050" in header._lines(80).plain


async def test_the_particulars_of_a_run_tell_both(home: Home) -> None:
    async with lab(home, CheckpointsPlace, size=(120, 40)) as (it, place):
        await it.until(lambda: "broken" in [node.run.name for node in place._tree.nodes])
        place.query_one(Rows).cursor = [node.run.name for node in place._tree.nodes].index("broken")
        details = place.query_one(RunDetails)
        await it.until(lambda: "not finite" in details.text and "best" in details.text)
        assert "not measured" not in details.text
        assert details.text.count("not finite") == 1


async def test_the_table_tells_what_is_not_finite_from_what_was_not_measured(home: Home) -> None:
    async with lab(home, ComparePlace, size=(120, 40)) as (it, place):
        await it.until(lambda: "broken" in it.screen and "NaN" in it.screen)
        await it.until(lambda: place._table.stories.get("broken") is not None)
        row = place._table._row(next(run for run in place._table.runs if run.name == "broken"))
        assert row.val == "NaN"
        assert math.isfinite(row.best)
