"""The chat: it goes on with a text, shows what it thinks of it, stops at once, and says what it did to a prompt."""

import json
import math
from pathlib import Path

import pytest
import torch
from rich.cells import cell_len
from textual.binding import Binding
from textual.widgets import Footer, Input

from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.paths import Home
from gpt2mini_tui.heard import Source
from gpt2mini_tui.messages import StartRun
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.screens.model_picker import ModelPicker
from gpt2mini_tui.screens.talk_form import Talk
from gpt2mini_tui.turns import unescaped
from gpt2mini_tui.widgets.passage import GIVEN, Piece
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.rows import Rows
from gpt2mini_tui.widgets.surprise import SURPRISE_CLASSES
from gpt2mini_tui.widgets.token_bars import TokenBars, named
from gpt2mini_tui.widgets.transcript import Transcript
from tiny_lab import RHYME, Lab, copy_home, lab, new_run, tiny_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


def transcript(place: ChatPlace) -> str:
    return place.query_one(Transcript).text


def bars(place: ChatPlace) -> str:
    return place.query_one(TokenBars).text


def step(place: ChatPlace) -> int:
    assert place.front.model is not None
    return place.front.model.step


async def open_model(it: Lab, place: ChatPlace, home: Home, run: str = "full") -> None:
    place.chat_with(home.checkpoints / run / "step-000030")
    await it.sees(f"{run} · step 30")
    await it.until(lambda: "entropy" in bars(place))


def set_knob(place: ChatPlace, name: str, value: object) -> None:
    place.query_one(f"#knob-{name}", Input).value = str(value)


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
        await it.sees("no model yet", "this is not a safetensors file")


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


def texts(place: ChatPlace) -> list[str]:
    """Return every way of the text that is looked at."""
    at = place.front.here
    assert at is not None
    return ["".join(one.text for one in way.said) for way in place.front.branches(at).ways()]


def text(place: ChatPlace) -> str:
    at = place.front.here
    return "" if at is None else place.front.branches(at).text


async def write(it: Lab, place: ChatPlace, prompt: str, tokens: int = 12) -> str:
    """Let it write after a prompt, and return all of the text."""
    set_knob(place, "tokens", tokens)
    before = transcript(place).count("bits/token")
    place.query_one(PromptLine).value = prompt
    place.query_one(PromptLine).focus()
    await place.query_one(PromptLine).action_submit()
    await it.until(lambda: transcript(place).count("bits/token") > before and not place.is_writing)
    return text(place)


async def walk(it: Lab, place: ChatPlace, *keys: str) -> None:
    """Leave the prompt, and walk."""
    await it.press("escape")
    await it.until(lambda: it.app.focused is place.front.transcript)
    await it.press(*keys)


async def test_at_every_token_stands_what_it_could_have_been(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        whole = await write(it, place, "one")
        await walk(it, place, "left")
        await it.until(lambda: f"instead of {named(whole[-1])}" in bars(place))
        assert "surprise" in bars(place)
        assert [bar.text for bar in place.query_one(TokenBars).bars if bar.is_taken] == [whole[-1]]
        await it.sees("bits  rank")
        await it.press("home", "right")
        await it.until(lambda: "instead of n" in bars(place))  # the prompt, too
        assert "looked at  1 token" in bars(place)
        await it.press("left")
        await it.until(lambda: "nothing comes before it" in bars(place))


async def test_the_bars_of_a_token_move_with_the_controls(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        await write(it, place, "one")
        await walk(it, place, "left", "left")
        await it.until(lambda: "instead of" in bars(place))
        place.query_one("#knob-top_k", Input).focus()
        set_knob(place, "top_k", 2)
        await it.until(lambda: "kept       2 of" in bars(place))
        assert "instead of" in bars(place)
        assert sum(bar.is_cut for bar in place.query_one(TokenBars).bars) >= 8


async def test_another_token_makes_a_branch_and_the_text_before_is_kept(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        whole = await write(it, place, "one")
        await walk(it, place, *["left"] * 8)
        await it.until(lambda: f"instead of {named(whole[-8])}" in bars(place))
        await it.press("enter")
        assert it.app.focused is place.query_one(TokenBars)
        await it.press("enter")
        await it.until(lambda: not place.is_writing and len(texts(place)) == 2)
        first, second = texts(place)
        assert first == whole
        assert second[: len(whole) - 8] == whole[:-8]
        assert second[len(whole) - 8] != whole[-8]
        assert len(second) == len(whole) - 8 + 1 + 12
        await it.sees("2 ways")
        await it.press("left_square_bracket")
        assert text(place) == whole
        await it.press("right_square_bracket")
        assert text(place) == second


async def test_a_token_can_be_put_without_letting_the_model_go_on(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        whole = await write(it, place, "one")
        await walk(it, place)
        await it.until(lambda: "what could come next" in bars(place) and place._question is not None)
        await it.press("enter", "down", "space")
        chosen = place.query_one(TokenBars).bars
        assert text(place)[:-1] == whole
        assert it.app.focused is place.front.transcript
        assert not place.is_writing
        assert chosen


async def test_a_click_on_a_token_points_at_it_and_one_on_a_bar_branches(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        whole = await write(it, place, "one")
        row = place.front.transcript._texts[0].start
        await it.pilot.click(Transcript, offset=(4, row))
        await it.until(lambda: "instead of e" in bars(place))
        await it.pilot.click(TokenBars, offset=(6, 2))
        await it.until(lambda: not place.is_writing and len(texts(place)) == 2)
        assert whole in texts(place)


async def test_again_writes_from_the_next_seed_and_keeps_what_was_there(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "temperature", 2)
        whole = await write(it, place, "one")
        await it.press("ctrl+r")
        await it.until(lambda: not place.is_writing and len(texts(place)) == 2)
        assert place.query_one("#knob-seed", Input).value == "1"
        assert texts(place)[0] == whole
        assert text(place).startswith("one")


async def test_going_on_is_as_if_it_had_not_stopped(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "temperature", 2)
        whole = await write(it, place, "one", tokens=10)
        short = await write(it, place, "one", tokens=5)
        await it.press("ctrl+g")
        await it.until(lambda: not place.is_writing and text(place) != short)
        assert text(place) == whole


async def test_an_edited_prompt_is_a_branch_and_escape_gives_it_up(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        whole = await write(it, place, "one")
        await walk(it, place, "e")
        await it.sees("edit ❯ one")
        await it.press("escape")
        await it.until(lambda: "edit ❯" not in it.screen)
        await walk(it, place, "e")
        place.query_one(PromptLine).value = "ore"
        await it.press("enter")
        await it.until(lambda: not place.is_writing and len(texts(place)) == 2)
        assert texts(place)[0] == whole
        assert text(place).startswith("ore")
        assert "edit ❯" not in it.screen


async def test_all_branches_are_listed_and_one_can_be_gone_to(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        set_knob(place, "temperature", 2)
        whole = await write(it, place, "one")
        await it.press("ctrl+r")
        await it.until(lambda: not place.is_writing and len(texts(place)) == 2)
        await walk(it, place, "w")
        await it.sees("branches of this text", "12 tokens")
        await it.press("home", "enter")
        await it.until(lambda: text(place) == whole)


async def test_two_models_answer_the_same_and_each_says_what_it_makes_of_the_other(home: Home) -> None:
    async with lab(home, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, home)
        await place._join(Source(run="broken", path=home.checkpoints / "broken" / "step-000030"))
        await it.sees("full · step 30", "broken · step 30 · no residual")
        await write(it, place, "one for")
        await it.until(lambda: "broken step 30 gives" in it.screen.replace("\n", " ") or "gives" in transcript(place))
        full, broken = place.speakers
        assert full.branches(0).text[:7] == broken.branches(0).text[:7] == "one for"
        score = full.records[0].others["broken step 30"]
        assert score == pytest.approx(await scored(home, "broken", full.branches(0).text, 7), abs=1e-6)
        await walk(it, place, "left")
        await it.until(lambda: "to broken" in bars(place))
        before = full.transcript.levels
        await it.press("o", "o")
        await it.sees("surprise of broken step 30")
        assert full.transcript.levels != before
        await it.press("x")
        await it.until(lambda: len(place.speakers) == 1)


async def scored(home: Home, run: str, text: str, start: int) -> float:
    """Return the mean surprise of a text behind its prompt, in bits, computed by the model itself."""
    checkpoint = load_checkpoint(home.checkpoints / run / "step-000030")
    ids = torch.tensor(checkpoint.tokenizer.encode(text).astype("int64"))
    bits = []
    for place in range(start, len(ids)):
        low = 0 if place <= 16 else place - 8 - (place - 17) % 9
        shares = torch.log_softmax(checkpoint.model(ids[None, low:place])[0, -1], dim=0)
        bits.append(-shares[ids[place]].item() / math.log(2))
    return sum(bits) / len(bits)


async def test_a_run_that_trains_is_copied_anew_every_so_many_steps(tmp_path: Path) -> None:
    words = tmp_path / "rhyme.txt"
    words.write_text(RHYME)
    async with lab(Home(tmp_path), ChatPlace) as (it, place):
        it.app.post_message(StartRun(new_run(words, name="alive", steps=100_000, every=1000)))
        await it.until(lambda: it.app.history.step > 5)
        place.talk = Talk(every=10)
        await it.app.action_place("chat")
        await it.until(lambda: place.front.model is not None)
        first = step(place)
        await it.until(lambda: step(place) >= first + 10)
        await it.until(lambda: f"alive · step {step(place):,}, training now at" in it.screen)


async def test_turns_are_taken_in_the_form_that_was_chosen(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        await it.press("ctrl+y")
        await it.sees("how to talk")
        it.app.screen.query_one("#talk-turns", Input).value = "no gap"
        await it.sees("no form of a turn")
        it.app.screen.query_one("#talk-turns", Input).value = r"for {},\na"
        await it.sees("for …,")
        await it.press("enter")
        await it.until(lambda: it.app.screen.id == "_default")
        set_knob(place, "tokens", 400)
        set_knob(place, "temperature", 2)
        place.query_one(PromptLine).value = "one"
        await place.query_one(PromptLine).action_submit()
        await it.until(lambda: not place.is_writing and "bits/token" in transcript(place))
        first = text(place)
        assert first.startswith("for one,\na")
        assert "\n" not in first[len("for one,\na") :]
        place.query_one(PromptLine).value = "two"
        await place.query_one(PromptLine).action_submit()
        await it.until(lambda: not place.is_writing and text(place).startswith(f"{first}\nfor two,\na"))


async def test_a_conversation_is_saved_with_its_branches(home: Home, tmp_path: Path) -> None:
    async with lab(copy_home(home, tmp_path), ChatPlace) as (it, place):
        await open_model(it, place, home)
        await it.press("ctrl+s")
        await it.sees("Nothing was said yet.")
        set_knob(place, "temperature", 2)
        await write(it, place, "one")
        await it.press("ctrl+r")
        await it.until(lambda: not place.is_writing and len(texts(place)) == 2)
        await it.press("ctrl+s")
        await it.until(lambda: "Saved as" in it.toasts)
        [page] = it.app.home.transcripts.glob("*.md")
        assert "Another way" in page.read_text()
        plain = json.loads(page.with_suffix(".json").read_text())
        assert plain["texts"][0]["text"] == text(place)
        assert plain["texts"][0]["settings"]["seed"] == 1


async def test_a_second_model_needs_a_second_model(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        await walk(it, place, "o")
        await it.sees("There is only this one model.")
        await it.press("r")
        await it.sees("Nothing was written yet.")


async def test_every_key_of_the_chat_is_in_the_palette_and_in_the_help(home: Home) -> None:
    async with lab(home, ChatPlace, size=(100, 60)) as (it, place):
        await open_model(it, place, home)
        offered = {command.help for command in it.app.get_system_commands(it.app.screen)}
        keys = [binding for binding in ChatPlace.BINDINGS if isinstance(binding, Binding)]
        assert {binding.tooltip for binding in keys} <= offered
        assert len({binding.id for binding in keys}) == len(keys)


@pytest.mark.parametrize("focus", ["prompt", "text", "bars"])
async def test_the_keys_fit_into_80_columns(home: Home, focus: str) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home)
        await write(it, place, "one")
        if focus != "prompt":
            await walk(it, place, "left")
            await it.until(lambda: "instead of" in bars(place))
        if focus == "bars":
            await it.press("enter")
        await it.pilot.pause()
        *shown, palette = (key.region for key in it.app.query_one(Footer).children)
        assert shown[-1].right <= palette.x
