"""Walking over what was written: what else could have been, branches, several models, and what is kept."""

import json
import math
from pathlib import Path

import pytest
import torch
from textual.binding import Binding
from textual.widgets import Footer, Input

from chatting import bars, open_model, set_knob, step, text, texts, transcript, walk, write
from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.paths import Home
from gpt2mini_tui.messages import StartRun
from gpt2mini_tui.screens import speaking
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.screens.talk_form import Talk
from gpt2mini_tui.talk.bars import named
from gpt2mini_tui.talk.heard import Source
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.token_bars import TokenBars
from gpt2mini_tui.widgets.transcript import Transcript
from tiny_lab import RHYME, copy_home, lab, new_run, tiny_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


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


async def test_two_models_of_one_run_are_told_apart_by_their_step(home: Home) -> None:
    async with lab(home, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, home)
        await place._join(Source(run="full", path=home.checkpoints / "full" / "step-000010"))
        await it.sees("full · step 30", "full · step 10")
        await write(it, place, "one for")
        await it.until(lambda: "gives" in transcript(place))
        await walk(it, place, "left")
        await it.until(lambda: "step 10 " in bars(place))
        assert "to full" not in bars(place)


async def test_an_answer_that_is_there_at_the_first_look_is_judged_too(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "_STREAM", 1.0)
    async with lab(home, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, home)
        await place._join(Source(run="broken", path=home.checkpoints / "broken" / "step-000030"))
        await it.sees("full · step 30", "broken · step 30 · no residual")
        await write(it, place, "one for")
        await it.until(lambda: "gives" in transcript(place))


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
        await it.sees("turn ❯")
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
        assert "gpt2mini-tui generate --load full/step-000030 --prompt one --tokens 12" in page.read_text()
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
        assert {binding.tooltip for binding in keys if place.check_action(binding.action, ())} <= offered
        assert [binding.id for binding in keys if not place.check_action(binding.action, ())] == ["chat.stop"]
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


async def test_a_text_of_another_vocabulary_is_read_anew_by_the_next_model(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, place):
        await open_model(it, place, home, "neko")
        whole = await write(it, place, "吾輩は")
        await open_model(it, place, home, "full")
        await walk(it, place, "left", "left")
        await it.until(lambda: place._question == (0, len(whole) - 2) and not place._talker.is_busy)
        await it.press("enter", "enter")
        await it.until(lambda: not place.is_writing and len(place.front.records) == 2)
        assert texts(place)[0].startswith(" " * 3)
        assert place.front.branches(0).text == whole
        await it.press("ctrl+g")
        await it.until(lambda: not place.is_writing and "24 tokens" in transcript(place))


async def test_what_was_stopped_is_weighed_by_the_others_too(home: Home) -> None:
    async with lab(home, ChatPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, home)
        await place._join(Source(run="broken", path=home.checkpoints / "broken" / "step-000030"))
        await it.until(lambda: all(speaker.model is not None for speaker in place.speakers))
        set_knob(place, "tokens", 1_000_000)
        await place.query_one(PromptLine).action_submit()
        await it.until(lambda: all(speaker.written > 20 for speaker in place.speakers))
        await it.press("escape")
        await it.until(lambda: all("gives" in speaker.transcript.text for speaker in place.speakers))
