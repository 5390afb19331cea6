"""The filter of the checkpoint browser: words, kinds, what was flipped on the way."""

from contextlib import closing
from pathlib import Path

import pytest
from textual.widgets import Input

from gpt2mini.ablations import Ablations
from gpt2mini.events import Switched
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.screens.browser import CheckpointsPlace
from pointing import go_to
from tiny_lab import copy_home, lab, tiny_home


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    """Return a home that a test may change."""
    return copy_home(made, tmp_path)


async def test_a_filter_that_leaves_nothing_loses_no_place(made: Home) -> None:
    async with lab(made, CheckpointsPlace) as (it, place):
        await go_to(it, place, "neko")
        await it.press("slash")
        await it.type("nothing of the kind")
        await it.until(lambda: not place._tree.nodes)
        await it.press("escape")
        await it.until(lambda: place.current is not None)
        assert place.current is not None
        assert place.current.run.name == "neko"


async def test_the_filter_finds_what_was_flipped_on_the_way(home: Home) -> None:
    with closing(Store(home.checkpoints).get("full").open_log()) as log:
        log.append(Switched(step=5, name="causal_mask", value=False, ablations=Ablations(causal_mask=False)))
        log.append(Switched(step=9, name="causal_mask", value=True, ablations=Ablations()))
    async with lab(home, CheckpointsPlace) as (it, place):
        await it.press("slash")
        await it.type("causal mask")
        await it.until(lambda: [node.run.name for node in place._tree.nodes] == ["full"])


async def test_the_filter_leaves_what_has_all_its_words(made: Home) -> None:
    async with lab(made, CheckpointsPlace) as (it, place):
        await go_to(it, place, "full")
        await it.press("slash")
        await it.type("resi")
        await it.sees("1 of 3 runs", "▸ broken")
        assert "▸ full" not in it.screen
        await it.press("enter", "right")
        await it.sees("step 30")
        await it.press("slash", "escape")
        await it.sees("3 runs", "▸ full")
        assert place.current is not None
        assert place.current.run.name == "broken"


async def test_the_filter_leaves_checkpoints_of_a_kind_and_the_runs_they_are_in(home: Home) -> None:
    store = Store(home.checkpoints)
    store.get("broken").pin("step-000010")
    (home.checkpoints / "neko" / "step-000020" / "state.json").write_text("{")
    store.get("full").name_checkpoint("step-000020", "before the break")
    async with lab(home, CheckpointsPlace, size=(120, 40)) as (it, place):
        await it.sees("3 runs, newest first")

        def left() -> list[tuple[str, str]]:
            return [node.key for node in place._tree.nodes if node.entry]

        for typed, found in (
            ("is:pinned", [("broken", "step-000010")]),
            ("is:damaged", [("neko", "step-000020")]),
            ("is:named before", [("full", "step-000020")]),
            ("is:named after", []),
        ):
            await it.press("slash")
            assert isinstance(it.app.focused, Input)
            it.app.focused.value = ""
            await it.type(typed)
            await it.until(lambda found=found: left() == found and not place.is_reading("inside"))
            await it.press("enter")
        await it.sees("0 of 3 runs", "Nothing is left of the filter.")
        await it.press("slash", "escape")
        await it.sees("3 runs", "▸ full")


async def test_only_the_best_checkpoint_of_each_run_is_left(made: Home) -> None:
    best = {
        run.name: min(run.checkpoints(), key=lambda one: (one.val_loss, -one.step)).name
        for run in Store(made.checkpoints).runs()
    }
    async with lab(made, CheckpointsPlace) as (it, place):
        await it.sees("3 runs")
        await it.press("slash")
        await it.type("is:best")
        await it.until(lambda: {node.key for node in place._tree.nodes if node.entry} == set(best.items()))
