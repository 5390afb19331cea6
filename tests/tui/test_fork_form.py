"""The form of a fork: it shows what the fork takes from its parent, neither more nor less."""

from pathlib import Path

import pytest

from gpt2mini.commands import Adjust, Set
from gpt2mini.events import StepDone
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.setup import SetupScreen
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.widgets.form_view import FormView
from pointing import checkpoint, run
from tiny_lab import RHYME, copy_home, lab, new_run, tiny_home

KEYS = ("train.lr", "model.dropout", "train.grad_clip", "ablations.residual")


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Home:
    return copy_home(tiny_home(tmp_path_factory), tmp_path)


@pytest.fixture
def changed(tmp_path: Path) -> Home:
    """Return a home with a run of 30 steps, changed in every way while it trained, after step 10."""
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    home = Home(tmp_path)
    trainer = open_trainer(new_run(tmp_path / "rhyme.txt", name="changed"), home)
    for event in trainer:
        if isinstance(event, StepDone) and event.step == 12:
            for name, value in (("lr", 0.0123), ("dropout", 0.25), ("grad_clip", 0.5)):
                trainer.send(Adjust(name=name, value=value))
            trainer.send(Set(name="residual", value=False))
    return home


@pytest.mark.parametrize(("step", "shown"), [(10, ("0.003", "0.1", "1", "on")), (20, ("0.0123", "0.25", "0.5", "off"))])
async def test_the_form_shows_what_the_checkpoint_had_after_all_that_was_changed_on_the_way(
    changed: Home, step: int, shown: tuple[str, ...]
) -> None:
    async with lab(changed, CheckpointsPlace) as (it, place):
        await checkpoint(it, place, "changed", step)
        await it.press("f")
        await it.sees(f"fork of changed at step {step}")
        texts = it.app.screen.query_one(FormView)._texts
        assert tuple(texts[key] for key in KEYS) == shown


@pytest.mark.parametrize("size", [(80, 24), (80, 18), (60, 16)])
async def test_time_and_command_are_in_sight_in_the_smallest_window(changed: Home, size: tuple[int, int]) -> None:
    async with lab(changed, CheckpointsPlace, size=size) as (it, place):
        await checkpoint(it, place, "changed", 20)
        await it.press("f")
        await it.sees("time     about", *(["command  gpt2mini-tui fork"] if size[0] >= 80 else []))
        view = it.app.screen.query_one(FormView)
        view.go_to("ablations.ln_style")
        await it.press("right")
        await it.sees("--ln-style", "time     about")


async def test_what_the_form_says_is_what_the_fork_trains_with(changed: Home) -> None:
    async with lab(changed, CheckpointsPlace) as (it, place):
        await checkpoint(it, place, "changed", 20)
        await it.press("f")
        await it.sees("fork of changed at step 20")
        assert isinstance(it.app.screen, SetupScreen)
        form = it.app.screen._form
        form.texts |= {"train.lr": "0.003", "model.dropout": "0.1", "ablations.residual": "on"}  # as it began
        plan, told = form.plan(), form.read()
    trainer = open_trainer(plan, changed)
    for _ in trainer:
        pass
    assert trainer.run is not None
    config = trainer.run.manifest().config
    assert config == told
    assert (config.train.lr, config.model.dropout, config.train.grad_clip) == (0.003, 0.1, 0.5)


async def test_a_fork_of_a_run_passes_over_a_checkpoint_that_does_not_say_what_it_holds(home: Home) -> None:
    (home.checkpoints / "full" / "step-000030" / "model.safetensors").write_bytes(b"nothing of the kind")
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "full")
        await it.press("f")
        await it.sees("fork of full at step 20")
    async with lab(home, CheckpointsPlace) as (it, browser):
        await checkpoint(it, browser, "full", 30)
        await it.press("f")
        await it.until(lambda: "not a safetensors file" in it.toasts)


async def test_a_run_that_was_changed_on_the_way_is_begun_again_as_it_began(changed: Home) -> None:
    assert Store(changed.checkpoints).get("changed").summary().changed == {"residual": False}
    async with lab(changed, ComparePlace, size=(120, 40)) as (it, place):
        await run(it, place, "changed")
        await it.press("n")
        await it.sees("new run, like changed", "Filled in as changed began.", "lr 0.0123 at step 12")
        texts = it.app.screen.query_one(FormView)._texts
        assert tuple(texts[key] for key in KEYS) == ("0.003", "0.1", "1", "on")


async def test_a_note_on_changes_pushes_nothing_out_of_sight(changed: Home) -> None:
    async with lab(changed, ComparePlace) as (it, place):
        await run(it, place, "changed")
        await it.press("n")
        await it.sees("time     about", "command  gpt2mini-tui train", "a step   128 tokens", "in all", "Filled in as")


async def test_a_run_that_can_no_longer_be_read_is_not_begun_again_in_silence(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await run(it, place, "full")
        place._looking.pause()  # it was sound when it was looked at last
        (home.checkpoints / "full" / "run.json").write_text("{")
        await it.press("n")
        await it.until(lambda: "What full began with cannot be read any more." in it.toasts)
