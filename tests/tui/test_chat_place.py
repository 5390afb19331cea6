"""The chat: it goes on with a text, shows what it thinks of it, stops at once, and says what it did to a prompt."""

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from chatting import bars, open_model, set_knob, step, transcript
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.messages import StartRun
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.screens.model_picker import ModelPicker
from gpt2mini_tui.talk.turns import unescaped
from gpt2mini_tui.widgets.passage import GIVEN, Piece
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.rows import Rows
from gpt2mini_tui.widgets.surprise import SURPRISE_CLASSES
from gpt2mini_tui.widgets.transcript import Transcript
from tiny_lab import RHYME, copy_home, lab, new_run, tiny_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


async def test_it_opens_the_newest_model_and_says_once_what_a_base_model_does(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await it.sees("neko · step 30 · val", "Plain continuation", "surprise under 1", "what could come next")
        assert it.app.focused is place.query_one(PromptLine)


async def test_a_prompt_is_gone_on_with_in_the_colours_of_surprise(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "temperature", 3)
        await it.type("one for")
        await it.press("enter")
        await it.until(lambda: "bits/token" in transcript(place))
        assert "\none for" in transcript(place)
        assert "full step 30 · 200 tokens · " in transcript(place)
        assert len(set(place.query_one(Transcript).levels)) > 3
        looks = {str(place.query_one(Transcript).get_component_rich_style(name)) for name in SURPRISE_CLASSES}
        assert len(looks) == len(SURPRISE_CLASSES)


async def test_the_same_prompt_and_seed_write_the_same_and_enter_asks_again(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "tokens", 30)
        await it.type("two")
        await it.press("enter")
        await it.until(lambda: transcript(place).count("bits/token") == 1)
        await it.press("enter")
        await it.until(lambda: transcript(place).count("bits/token") == 2)
        set_knob(place, "seed", 1)
        await it.press("enter")
        await it.until(lambda: transcript(place).count("bits/token") == 3)
        written = [part.split("\nfull step")[0] for part in transcript(place).split("\ntwo")[1:]]
        assert written[0] == written[1] != written[2]


async def test_escape_stops_at_once_then_leaves_the_prompt(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "tokens", 1_000_000)
        await place.query_one(PromptLine).action_submit()
        await it.until(lambda: place.front.written > 5)
        await it.press("escape")
        await it.sees("stopped")
        written = transcript(place)
        assert not place.is_writing
        await it.press("escape")
        assert it.app.focused is place.query_one(Transcript)
        assert transcript(place) == written
        await it.press("3")
        await it.sees("newest first")


async def test_what_the_model_cannot_read_is_said(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "tokens", 3)
        await it.type("one for sorrow, two@")
        await it.press("enter")
        await it.until(lambda: "bits/token" in transcript(place))
        assert "Read as a space, because the model has never seen it: '@' (U+0040)." in transcript(place)
        assert "longer than the block of 16 tokens: its first 4 were left out." in transcript(place)


async def test_the_bars_move_with_the_controls_and_the_prompt_before_anything_is_written(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        before = bars(place)
        await it.type("one fo")
        await it.until(lambda: bars(place) != before)
        typed = bars(place)
        set_knob(place, "top_k", 1)
        await it.until(lambda: "kept       1 of" in bars(place))
        assert " 100.0%" in bars(place)
        assert bars(place) != typed
        assert "bits/token" not in transcript(place)


async def test_a_setting_that_cannot_be_is_said_in_place_and_nothing_is_written(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "top_p", 7)
        await it.sees("top-p 7.0 is out of range. Give a number from 0 to 1.")
        await it.type("one")
        await it.press("enter")
        set_knob(place, "temperature", "warm")
        await it.sees("temperature takes a number, not 'warm'")
        assert "one" not in transcript(place).replace("Plain continuation", "")
        set_knob(place, "temperature", 1)
        set_knob(place, "top_p", 0.5)
        await it.sees("surprise under 1")


async def test_the_arrow_keys_turn_a_setting_within_its_range(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        place.query_one("#knob-top_p", Input).focus()
        await it.press("up", "down", "down")
        assert place.query_one("#knob-top_p", Input).value == "0.9"
        place.query_one("#knob-top_k", Input).focus()
        await it.press("up")
        assert place.query_one("#knob-top_k", Input).value == "45"
        place.query_one("#knob-seed", Input).focus()
        await it.press("down", "up")
        assert place.query_one("#knob-seed", Input).value == "1"


async def test_the_stop_string_ends_a_continuation(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "stop", r"\n")
        set_knob(place, "tokens", 5000)
        await it.type("one")
        await it.press("enter")
        await it.until(lambda: "bits/token" in transcript(place))
        written = transcript(place).split("\none")[-1]
        assert written.count("\n") == 1


@pytest.mark.parametrize(("typed", "meant"), [(r"a\nb", "a\nb"), (r"a\\nb", r"a\nb"), (r"\t", "\t"), ("a\\", "a\\")])
def test_a_line_break_can_be_typed(typed: str, meant: str) -> None:
    assert unescaped(typed) == meant


async def test_earlier_prompts_come_back_with_the_arrow_keys(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        prompt = place.query_one(PromptLine)
        set_knob(place, "tokens", 1)
        await it.type("one")
        await it.press("enter")
        await it.type("two")
        await it.press("enter")
        await it.type("new")
        await it.press("up", "up")
        assert prompt.value == "one"
        await it.press("down", "down")
        assert prompt.value == ""


async def test_another_model_is_chosen_from_the_list_of_all(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await it.sees("neko · step 30")
        await it.pilot.click("ModelLine")
        await it.until(lambda: isinstance(it.app.screen, ModelPicker))
        await it.until(lambda: len(it.app.screen.query_one(Rows)) == 9)
        await it.press("slash")
        await it.type("residual")
        await it.press("enter")
        await it.until(lambda: len(it.app.screen.query_one(Rows)) == 3)
        await it.press("down", "enter")
        await it.sees("broken · step 20", "no residual")
        assert it.app.focused is place.query_one(PromptLine)


async def test_without_any_model_it_says_what_to_do(tmp_path: Path) -> None:
    async with lab(Home(tmp_path), ChatPlace) as (it, _):
        await it.sees("Nobody to talk to yet.")
        await it.type("one")
        await it.press("enter")
        await it.sees("There is no model to ask yet.")


async def test_a_damaged_checkpoint_is_a_sentence(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path)
    (copied.checkpoints / "full" / "step-000030" / "model.safetensors").write_bytes(b"?")
    async with lab(copied, ChatPlace, size=(120, 40)) as (it, place):
        place.chat_with(copied.checkpoints / "full" / "step-000030")
        await it.sees("this model could not be read; F3", "this is not a safetensors file")


async def test_the_run_that_trains_can_be_asked_and_says_its_step(tmp_path: Path) -> None:
    text = tmp_path / "rhyme.txt"
    text.write_text(RHYME)
    async with lab(Home(tmp_path), ChatPlace) as (it, place):
        prompt = place.query_one(PromptLine)  # driven directly: Pilot waits a second a key while a run is busy
        it.app.post_message(StartRun(new_run(text, name="alive", steps=100_000, every=1000)))
        await it.until(lambda: it.app.history.step > 5)
        await it.app.action_place("chat")
        await it.sees("alive · step", "training now at")
        set_knob(place, "tokens", 5)
        await prompt.action_submit()
        await it.until(lambda: transcript(place).count("bits/token") == 1)
        first = step(place)
        await it.until(lambda: it.app.history.step > first + 5)
        await prompt.action_submit()
        await it.until(lambda: transcript(place).count("bits/token") == 2)
        assert step(place) > first


async def test_japanese_stays_aligned(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home, "neko")
        place.query_one(PromptLine).value = "吾輩は"
        await it.press("enter")
        await it.until(lambda: "bits/token" in transcript(place))
        lines = [line for line in it.screen.splitlines() if "│" in line]
        assert len({cell_len(line.split("│")[0]) for line in lines}) == 1


async def test_line_breaks_of_the_model_are_kept_and_nothing_it_writes_is_obeyed(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        transcript = place.query_one(Transcript)
        transcript.begin()
        transcript.add([Piece("[b]", GIVEN), Piece("\x1b", 1), Piece("\n", 1), Piece("[@click=x]", 4)])
        await it.sees("[b]␛", "[@click=x]")


async def test_clearing_empties_the_transcript(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await it.sees("neko")
        await it.press("ctrl+l")
        assert transcript(place) == ""


async def test_what_is_asked_while_a_model_is_read_is_answered_once_it_is(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "tokens", 5)
        place.query_one(PromptLine).value = "one"
        place.chat_with(home.checkpoints / "broken" / "step-000030")
        await place.query_one(PromptLine).action_submit()
        assert not place.is_writing
        await it.until(lambda: "broken step 30 · 5 tokens" in transcript(place))


async def test_a_setting_that_is_turned_while_it_writes_holds_from_the_next_token_on(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "tokens", 6000)
        set_knob(place, "temperature", 5)
        set_knob(place, "top_k", 0)
        await place.query_one(PromptLine).action_submit()
        await it.until(lambda: place.front.written > 20)
        set_knob(place, "temperature", 0)
        await it.until(lambda: not place.is_writing and "bits/token" in transcript(place))
        said = place.front.branches(0).said
        assert len(said) == 6001
        assert any(one.rank > 0 for one in said[1:20])
        assert {one.rank for one in said[-100:]} == {0}


async def test_the_run_that_trains_takes_the_place_of_a_model_that_nobody_chose(home: Home, tmp_path: Path) -> None:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    async with lab(copy_home(home, tmp_path), ChatPlace) as (it, place):
        await it.sees("neko · step 30")
        for name in ("alive", "next"):
            it.app.post_message(StartRun(new_run(tmp_path / "rhyme.txt", name=name, steps=1_000_000, every=0)))
            await it.until(lambda name=name: it.app.history.run == name)
            await it.app.action_place("chat")
            await it.until(lambda name=name: place.front.model is not None and place.front.model.run == name)
            it.app.bridge.stop()
            await it.until(lambda: it.app.history.has_ended and not it.app.bridge.is_running)


async def test_a_model_that_somebody_chose_stays_while_a_run_trains(home: Home, tmp_path: Path) -> None:
    (tmp_path / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    async with lab(copy_home(home, tmp_path), ChatPlace) as (it, place):
        await open_model(it, place, home)
        it.app.post_message(StartRun(new_run(tmp_path / "rhyme.txt", name="alive", steps=1_000_000, every=0)))
        await it.until(lambda: it.app.history.run == "alive")
        await it.app.action_place("chat")
        assert place.front.model is not None
        assert place.front.model.run == "full"
        assert not place.front.is_opening


async def test_a_run_of_an_experiment_is_not_the_model_that_comes_by_itself(home: Home, tmp_path: Path) -> None:
    other = copy_home(home, tmp_path)
    Store(other.checkpoints).rename("neko", "tales-no-residual-s2-0123abcd")
    async with lab(other, ChatPlace) as (it, place):
        await it.until(lambda: place.front.model is not None)
        assert place.front.model is not None
        assert place.front.model.run in ("full", "broken")
