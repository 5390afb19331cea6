"""Learn: predict, let it train here, read what the numbers say; and never in the way of another run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.commands import Continue, Pause, Set
from gpt2mini.experiments.deck import DECK
from gpt2mini.experiments.material import Piece
from gpt2mini.experiments.notebook import entries, latest
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.messages import Tell
from gpt2mini_tui.screens.card_page import CardPage
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.learn import LearnPlace
from gpt2mini_tui.screens.xray import XrayPlace
from gpt2mini_tui.setup.plan import PlayCard
from gpt2mini_tui.setup.playing import conclude, open_card
from learning import learning, rhyme_home, small_deck
from small_cards import CARDS, NO_MLP, NO_RESIDUAL, played
from snapshot import check_snapshot
from tiny_lab import RHYME, Lab, new_run


@pytest.fixture(autouse=True)
def _small_deck(monkeypatch: pytest.MonkeyPatch) -> None:
    small_deck(monkeypatch)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return rhyme_home(tmp_path)


def words(place: LearnPlace) -> str:
    return place.query_one(CardPage).text


async def finish(it: Lab) -> None:
    await it.until(lambda: it.app.session.played is None and not it.app.bridge.is_running)


def by_command(home: Home, name: str, prediction: str) -> None:
    """Play a card as `learn run` does, without the app."""
    plan = PlayCard(card=name, data=str(home.root / "rhyme.txt"), prediction=prediction, threads=1)
    matched = open_card(plan, home)
    for _ in matched:
        pass
    conclude(plan, matched, home)


async def test_cards_are_listed_by_theme_and_none_is_answered_yet(home: Home) -> None:
    async with learning(home) as (it, place):
        await it.sees("taking parts away  0 of 2", "how it is trained  0 of 1", "○ A block without its MLP")
        assert place.card is NO_MLP
        await it.press("down", "down")
        assert place.card is CARDS["no-warmup"]  # the heading between is passed over
        await it.press("up")
        assert place.card is NO_RESIDUAL


async def test_a_card_asks_before_it_tells(home: Home) -> None:
    async with learning(home) as (it, _place):
        await it.press("enter")
        await it.sees(
            "What does it cost", "○ a  about the same", "gpt2mini-tui learn run no-mlp", "Predict by its letter"
        )
        assert "Somebody 2020" not in it.screen
        await it.press("r")
        await it.sees("Predict first: a, b.")
        assert not it.app.bridge.is_running
        await it.press("b")
        await it.sees("● b  worse", "--predict b")
        await it.press("escape")
        await it.sees("taking parts away")


async def test_a_card_is_played_judged_and_remembered(home: Home) -> None:
    async with learning(home, size=(120, 40)) as (it, place):
        await it.press("enter", "a", "r")
        await finish(it)
        await it.until(lambda: "played" in words(place))
        assert "You predicted" in words(place)
        assert "chosen: a about the same" in words(place)
        [entry] = entries(home)
        assert (entry.card, entry.prediction) == ("no-mlp", "a")
        assert entry.text in words(place)
        assert [run.summary().status for run in map(Store(home.checkpoints).get, entry.runs)] == ["done", "done"]
        await it.sees("Somebody 2020", "baseline", "no mlp", "r asks again")


async def test_a_card_that_was_stopped_goes_on_and_comes_to_the_same_end(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.root.mkdir()
    (other.root / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    by_command(other, "no-mlp", "b")
    [whole] = entries(other)
    async with learning(home) as (it, _place):
        await it.press("enter", "b", "r")
        await it.until(lambda: it.app.session.lesson is not None and it.app.session.lesson.current is not None)
        await it.press("escape")
        await finish(it)
        lesson = it.app.session.lesson
        assert lesson is not None
        if lesson.state == "stopped":  # else it was quicker than the key
            await it.sees("r goes on from here")
            assert list(entries(home)) == []
            await it.press("r")
            await it.until(lambda: it.app.session.lesson is not lesson)
            await finish(it)
        await it.until(lambda: list(entries(home)))
        [entry] = entries(home)
        assert (entry.value, entry.text) == (whole.value, whole.text)


async def test_a_card_waits_for_the_run_that_is_training(home: Home) -> None:
    async with learning(home) as (it, _place):
        it.app.session.begin(new_run(home.root / "rhyme.txt", steps=20, name="first"))
        it.app.bridge.send(Pause())
        await it.until(lambda: it.app.history.status == "paused")
        await it.press("enter", "b", "r")
        await it.sees("first is training", "r again lets the card wait")
        assert not it.app.session.queue
        await it.press("r")
        await it.sees("It waits for its turn next.")
        (plan,) = it.app.session.queue
        assert plan.command().startswith("gpt2mini-tui learn run no-mlp --predict b")
        await it.press("escape")
        await it.until(lambda: not it.app.session.queue)
        await it.press("r", "r")
        await it.until(lambda: it.app.session.queue)
        it.app.bridge.send(Continue())
        await it.until(lambda: list(entries(home)))  # begun by itself, once the run before was done
        assert Store(home.checkpoints).get("first").summary().status == "done"
        await finish(it)


async def test_nobody_changes_the_runs_of_a_card(home: Home) -> None:
    async with learning(home) as (it, place):
        await it.press("enter", "b", "r")
        await it.until(lambda: it.app.session.lesson is not None and it.app.session.lesson.current is not None)
        if it.app.session.played is not None:
            place.post_message(Tell(Set(name="residual", value=False)))
        await finish(it)
        await it.until(lambda: list(entries(home)))
        for run in Store(home.checkpoints).runs():
            assert not [event for event in run.events() if type(event).__name__ == "Switched"]


async def test_the_runs_open_in_compare_and_in_xray(home: Home) -> None:
    by_command(home, "no-mlp", "b")
    async with learning(home) as (it, place):
        await it.press("enter")
        await it.until(lambda: "played" in words(place))
        [entry] = entries(home)
        await it.press("m")
        await it.until(lambda: it.app.query(ComparePlace) and len(it.app.query_one(ComparePlace)._compared()) == 2)
        compare = it.app.query_one(ComparePlace)
        assert (tuple(compare._table.marked), compare._table.baseline) == (entry.runs, entry.runs[0])
        await it.press("6")
        await it.until(lambda: it.app.focused is not None and it.app.focused.id == "card-text")
        await it.press("x")
        await it.until(lambda: it.app.query(XrayPlace) and it.app.query_one(XrayPlace)._source is not None)
        source = it.app.query_one(XrayPlace)._source
        assert source is not None
        assert source.path == home.checkpoints / entry.runs[1]


async def test_what_the_command_measured_is_shown_at_once(home: Home) -> None:
    async with learning(home, size=(120, 40)) as (it, place):
        await it.sees("○ A block without")
        by_command(home, "no-mlp", "a")
        place.look()
        await it.until(lambda: "played" in words(place))
        last = latest(home)["no-mlp"]
        assert last.text in words(place)
        await it.sees("1 of 2")


async def test_a_card_whose_runs_are_gone_still_says_what_came_out(home: Home) -> None:
    by_command(home, "no-mlp", "b")
    [entry] = entries(home)
    Store(home.checkpoints).trash(home.checkpoints / entry.runs[1])
    async with learning(home, size=(120, 40)) as (it, place):
        await it.until(lambda: "Its runs are gone" in words(place))
        assert entry.text in words(place)


async def test_a_card_that_cannot_be_played_says_why(home: Home) -> None:
    by_command(home, "no-mlp", "b")
    [entry] = entries(home)
    (home.learn / "answers.jsonl").unlink()
    log = Store(home.checkpoints).get(entry.runs[0]).open_log()  # as another process that trains it would
    try:
        async with learning(home) as (it, _place):
            await it.press("enter", "b", "r")
            await finish(it)
            await it.sees("a run of this experiment is being trained")
    finally:
        log.close()


async def test_an_answered_card_can_be_asked_again_with_more_seeds(home: Home) -> None:
    by_command(home, "no-mlp", "b")
    async with learning(home, size=(120, 40)) as (it, place):
        await it.until(lambda: "played" in words(place))
        await it.press("r")
        await it.sees("Predict by its letter")
        await it.press("s")
        await it.sees("--seeds 3", "6 runs on")
        await it.press("a", "r")
        await finish(it)
        await it.until(lambda: latest(home)["no-mlp"].seeds == (0, 1, 2))
        await it.until(lambda: "seeds 0, 1, 2" in words(place))


async def test_a_card_with_a_text_of_its_own_offers_no_other(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DECK, "no-mlp", replace(NO_MLP, piece=Piece(text="copy")))
    async with learning(home, size=(120, 40)) as (it, place):
        await it.press("enter")
        await it.sees("2 runs on the text copy, whatever is chosen", "s: 1 seed.")
        assert place.check_action("text", ()) is False
        assert place.check_action("seeds", ()) is True


async def test_tab_goes_from_one_half_to_the_other_and_nowhere_else(home: Home) -> None:
    async with learning(home, size=(120, 40)) as (it, place):
        for _ in range(2):
            await it.press("tab")
            await it.until(lambda: it.app.focused is place.query_one("#card-text"))
            await it.press("tab")
            await it.until(lambda: it.app.focused is place._rows)


async def test_a_click_predicts(home: Home) -> None:
    async with learning(home, size=(120, 40)) as (it, _place):
        await it.sees("○ b  worse")
        await it.pilot.click("#card-choices", offset=(6, 1))
        await it.sees("● b  worse")


async def test_the_palette_and_the_help_know_the_keys(home: Home) -> None:
    async with learning(home, size=(120, 60)) as (it, _place):
        await it.press("enter", "question_mark")
        await it.sees("Cards to learn from", "Play the card here and now")
        await it.press("escape")
        titles = {command.title for command in it.app.get_system_commands(it.app.screen)}
        assert {"Run", "Predict", "Seeds", "Text", "Copy command", "Learn"} <= titles


async def test_the_result_of_the_place_is_listed_by_the_command(home: Home) -> None:
    from click.testing import CliRunner

    from gpt2mini_tui.cli import main

    async with learning(home) as (it, _place):
        await it.press("enter", "b", "r")
        await it.until(lambda: list(entries(home)))
        await finish(it)
    shown = CliRunner().invoke(main, ["learn", "list", "--json", "--home", str(home.root)])
    found = {card["name"]: card["last"] for card in json.loads(shown.stdout)["cards"]}
    assert found["no-mlp"]["prediction"] == "b"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
async def test_pictures(home: Home, tmp_path: Path, theme: str, size: tuple[int, int]) -> None:
    async with learning(home, size=size) as (it, place):
        it.app.theme = theme
        place._plans.clear()
        name = f"learn-{theme.removeprefix('lab-')}-{size[0]}x{size[1]}"
        await it.press("enter", "b")
        await it.sees("● b  worse")
        await it.settled()
        check_snapshot(it.app, f"{name}-asking", tmp_path)
        half = Lesson(NO_MLP, prediction="b", clock=lambda: 0.0)
        whole = played(NO_MLP)
        for heard in _first(whole, 18):
            half.add(heard)
        it.app.session.lesson = half
        it.app.session.plan = PlayCard(card=NO_MLP.name)
        it.app.history.version += 1
        await it.sees("You predicted b, worse.", "step")
        await it.settled()
        check_snapshot(it.app, f"{name}-playing", tmp_path)
        it.app.session.lesson = whole
        it.app.history.version += 1
        await it.sees("You predicted it", "✓ seen")
        await it.settled()
        check_snapshot(it.app, f"{name}-told", tmp_path)


def _first(lesson: Lesson, count: int) -> list[object]:
    from small_cards import ran

    return [*ran(0, end=1.0), *ran(1, end=2.0)][: count + 10]
