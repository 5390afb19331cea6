"""X-ray in the app: one text, six views, every moment of a run; it says what it left out and waits for nobody."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from chatting import open_model as open_chat
from chatting import text, write
from gpt2mini.ablations import Ablations
from gpt2mini.checkpoint import save_portable
from gpt2mini.paths import Home
from gpt2mini_tui.messages import StartRun, XrayWith
from gpt2mini_tui.places import PLACES
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.screens.jump import JumpScreen
from gpt2mini_tui.screens.model_picker import ModelPicker
from gpt2mini_tui.screens.moment_line import MomentLine
from gpt2mini_tui.screens.xray import XrayPlace
from gpt2mini_tui.screens.xray_keys import VIEW_KEYS
from gpt2mini_tui.widgets.picture_view import PictureView
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.rows import Rows
from looks import ENGLISH, checkpoint_of
from snapshot import check_snapshot
from tiny_lab import RHYME, Lab, copy_home, lab, new_run, tiny_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


async def open_model(it: Lab, place: XrayPlace, path: Path, words: str) -> None:
    place.xray_with(path)
    await it.sees(words)
    await it.until(lambda: place._text is not None and not place._examiner.is_busy)


def drawn(place: XrayPlace) -> str:
    view = place.query_one(PictureView)
    return "\n".join(view.render_line(row).text for row in range(view.size.height))


async def test_it_opens_the_newest_model_on_text_that_was_held_back(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await it.sees("neko · step 30", "attention", "softmax(Q Kᵀ / √D + mask)", "entropy", "looks at")
        assert place.query_one(PromptLine).value
        assert it.app.focused is place.query_one(PictureView)


async def test_every_view_has_a_key_an_equation_and_shapes(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        pictures = set()
        for key, name in VIEW_KEYS.items():
            await it.press(key)
            await it.until(lambda name=name: place._seen is not None and place._seen.view.name == name)
            assert place._seen is not None
            await it.sees(place._seen.view.equation[:40], place._seen.view.shapes[:12])
            pictures.add(drawn(place))
        assert len(pictures) == 6


async def test_the_arrow_keys_go_through_the_moments_of_the_run(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        await it.sees("4 of 4")
        text = place._text
        await it.press("left")
        await it.sees("full · step 20", "3 of 4")
        await it.press("left", "left", "left")
        await it.sees("full · step 0", "1 of 4")
        assert place._text == text
        await it.press("right")
        await it.sees("full · step 10")


async def test_a_run_is_played_from_its_first_moment_to_its_last(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "full", "full · step 30")
        await it.sees("4 of 4")
        steps: list[int] = []
        answered = place._answered
        place._examiner._answered = lambda answer: (steps.append(answer.seen.step), answered(answer))[1]
        it.app.simulate_key("space")  # a press that waits until all is quiet may come back after the play
        await it.sees("▶ ")
        await it.until(lambda: not place._is_playing)
        await it.until(lambda: len(steps) == 4)
        assert steps == [0, 10, 20, 30]


async def test_space_stops_the_play_and_a_moment_can_be_clicked(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        await it.sees("4 of 4")
        await it.press("space", "space")
        assert not place._is_playing
        line = it.screen.splitlines()[1]
        await it.pilot.click(MomentLine, offset=(line.index(" 10 ") + 1, 0))
        await it.sees("full · step 10", "2 of 4")


async def test_what_is_pointed_at_is_read_out(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        await it.sees("at 15 looks at")
        await it.press("shift+up", "shift+left")
        await it.sees("at 14 looks at", "at 14: ")
        await it.press("home")
        await it.sees("at 0: ")
        await it.pilot.click(PictureView, offset=(5, 2))
        await it.sees("at 2 looks at", "at 2: ")


async def test_layers_and_heads_are_chosen_with_keys_and_the_mouse(tmp_path: Path) -> None:
    file = tmp_path / "demo.safetensors"
    save_portable(file, checkpoint_of(ENGLISH))
    async with lab(Home(tmp_path), XrayPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, file, "demo · step 7")
        await it.sees("layer 1 of 0–1, head 0")
        await it.press("up", "h")
        await it.sees("layer 0 of 0–1, head 1")
        await it.press("H", "H")
        await it.sees("of 0–1, head 3")
        await it.press("down", "down")
        await it.sees("layer 1 of 0–1")
        lines = it.screen.splitlines()
        row = next(place for place, line in enumerate(lines) if "head 2" in line)
        await it.pilot.click(offset=(lines[row].index("head 2") + 2, row + 1))
        await it.sees("of 0–1, head 2")
        before = drawn(place)
        await it.press("z")
        await it.until(lambda: place.query_one(PictureView).picture is not None)
        assert drawn(place) == before  # it fits already


async def test_another_text_is_looked_at_as_it_is_typed(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        await it.press("s", "i")
        place.query_one(PromptLine).value = ""
        await it.type(r"two\nfor")
        await it.until(lambda: place._seen is not None and place._seen.tokens[:4] == ("t", "w", "o", "\n"))
        await it.press("enter")
        assert it.app.focused is place.query_one(PictureView)
        place.xray_with(home.checkpoints / "broken")
        await it.sees("broken · step 30", "no residual")
        assert place._text == "two\nfor"  # somebody typed it, so it stays


async def test_what_is_left_out_of_a_text_is_said(home: Home) -> None:
    async with lab(home, XrayPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        await it.press("i")
        place.query_one(PromptLine).value = ""
        await it.type("one for sorrow, two@")
        await it.sees("' ' stands in for what this model", "At most 16 tokens are looked at: the first 4")


async def test_a_model_without_attention_says_so_and_has_other_views(tmp_path: Path) -> None:
    file = tmp_path / "deaf.safetensors"
    save_portable(file, checkpoint_of(ENGLISH, on=Ablations(attention=False)))
    async with lab(Home(tmp_path), XrayPlace) as (it, place):
        place.xray_with(file)
        await it.sees(
            "attention is switched off in this model. Choose another view.",
            "deaf.safetensors has no such view; m chooses another model",
        )
        await it.press("r")
        await it.sees("demo · step 7", "no attention", "MLP gave")


async def test_a_damaged_model_and_no_model_are_sentences(home: Home, tmp_path: Path) -> None:
    async with lab(Home(tmp_path / "empty"), XrayPlace) as (it, place):
        await it.sees("Nothing to look into yet.")
    copied = copy_home(home, tmp_path)
    (copied.checkpoints / "full" / "step-000030" / "model.safetensors").write_bytes(b"?")
    async with lab(copied, XrayPlace, size=(120, 40)) as (it, place):
        place.xray_with(copied.checkpoints / "full" / "step-000030")
        await it.sees("this is not a safetensors file")
        await it.until(lambda: place._line.moments)
        await it.press("left")
        await it.sees("full · step 20")


async def test_another_model_is_chosen_from_the_list_of_all(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await it.sees("neko · step 30")
        await it.press("m")
        await it.until(lambda: isinstance(it.app.screen, ModelPicker))
        await it.until(lambda: len(it.app.screen.query_one(Rows)) == 9)
        await it.sees("Look into")
        await it.press("end", "enter")
        await it.sees("full · step 10")
        assert it.app.focused is place.query_one(PictureView)


async def test_the_same_can_be_had_as_a_command(home: Home) -> None:
    async with lab(home, XrayPlace, size=(120, 40)) as (it, place):
        await open_model(it, place, home.checkpoints / "full" / "step-000030", "full · step 30")
        await it.press("y")
        assert "--load full/step-30 --view attention --layer 0 --head 0" in it.toasts
        assert it.app.clipboard in it.toasts


async def test_a_message_opens_it_with_a_model(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, _):
        await it.app.action_place("train")
        it.app.post_message(XrayWith(home.checkpoints / "broken" / "step-000010"))
        await it.sees("broken · step 10")


async def test_the_run_that_trains_is_followed(tmp_path: Path) -> None:
    text = tmp_path / "rhyme.txt"
    text.write_text(RHYME)
    async with lab(Home(tmp_path), XrayPlace) as (it, place):
        it.app.post_message(StartRun(new_run(text, name="alive", steps=100_000, every=1000)))
        await it.until(lambda: it.app.history.step > 30)
        await it.app.action_place("xray")
        await it.until(lambda: place._seen is not None and place._seen.is_live)
        await it.sees("alive · step", "training")
        assert place._seen is not None
        first = place._seen.step
        await it.until(lambda: place._seen is not None and place._seen.step > first)
        await it.sees("now")
        place.action_moment(-1)
        await it.until(lambda: place._seen is not None and not place._seen.is_live)
        assert place._seen is not None
        assert place._seen.step in (10, 30, 100, 300, 1000)
        assert it.app.bridge.is_running


async def test_japanese_stays_aligned(home: Home) -> None:
    async with lab(home, XrayPlace) as (it, place):
        await open_model(it, place, home.checkpoints / "neko" / "step-000030", "neko · step 30")
        for key, name in VIEW_KEYS.items():
            await it.press(key)
            await it.until(lambda name=name: place._seen is not None and place._seen.view.name == name)
            view = place.query_one(PictureView)
            widths = {cell_len(view.render_line(row).text) for row in range(view.size.height)}
            assert widths == {view.size.width}


WORDS = {"attention": " weight", "lens": " probability"}


@pytest.mark.parametrize("view", VIEW_KEYS.values())
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
async def test_what_it_looks_like(view: str, size: tuple[int, int], theme: str, tmp_path: Path) -> None:
    file = tmp_path / "demo.safetensors"
    save_portable(file, checkpoint_of(ENGLISH, block=64))
    async with lab(Home(tmp_path), XrayPlace, size=size) as (it, place):
        it.app.theme = theme
        text = (ENGLISH[:-1] * 2)[:64]
        place.query_one(PromptLine).value = text
        place.action_view(view)
        place.xray_with(file)
        await it.sees("demo · step 7", "? Help", WORDS.get(view, ""))
        await it.until(lambda: place._seen is not None and place._text == text and not place._examiner.is_busy)
        await it.settled()
        check_snapshot(it.app, f"xray-{view}-{theme}-{size[0]}x{size[1]}", tmp_path)


async def test_text_and_model_go_from_the_chat_to_x_ray_and_back(home: Home) -> None:
    async with lab(home, ChatPlace, size=(120, 40)) as (it, chat):
        await open_chat(it, chat, home)
        written = await write(it, chat, "one for ", tokens=5)
        await it.press("f4")
        await it.until(lambda: it.app.query("#xray"))
        xray = it.app.query_one(XrayPlace)
        await it.sees("full · step 30")
        await it.until(lambda: xray._seen is not None and not xray._examiner.is_busy)
        assert xray._seen is not None
        assert "".join(xray._seen.tokens) == written
        await it.press("left")
        await it.sees("full · step 20")
        await it.press("c")
        await it.sees("full · step 20 · val")
        assert it.app.focused is chat.query_one(PromptLine)
        assert text(chat) == written
        await it.app.action_place("xray")
        xray.query_one(PromptLine).value = "two for "
        await it.until(lambda: xray._text == "two for ")
        await it.press("c")
        await it.until(lambda: chat.query_one(PromptLine).value == "two for ")


async def test_jump_is_the_same_key_in_every_place(home: Home) -> None:
    async with lab(home, ChatPlace) as (it, _):
        for name in PLACES:
            await it.app.action_place(name)
            await it.press("ctrl+o")
            await it.until(lambda: isinstance(it.app.screen, JumpScreen))
            await it.press("escape")
            await it.until(lambda: it.app.screen is it.app.screen_stack[0])


async def test_the_run_that_trains_takes_the_place_of_a_model_that_nobody_chose(home: Home, tmp_path: Path) -> None:
    (tmp_path / "rhyme.txt").write_text(RHYME)
    async with lab(copy_home(home, tmp_path), XrayPlace) as (it, place):
        await it.sees("neko · step 30")
        it.app.post_message(StartRun(new_run(tmp_path / "rhyme.txt", name="alive", steps=1_000_000, every=1000)))
        await it.until(lambda: it.app.history.step > 30)
        await it.app.action_place("xray")
        await it.until(lambda: place._seen is not None and place._seen.run == "alive" and place._seen.is_live)
        await it.sees("now")
        place.action_moment(-1)
        await it.until(lambda: place._seen is not None and not place._seen.is_live)
        await it.app.action_place("train")
        await it.app.action_place("xray")
        assert place._source is not None
        assert place._source.path is not None
        place.xray_with(home.checkpoints / "full" / "step-000030")
        await it.sees("full · step 30")
        await it.app.action_place("xray")
        assert place._source.path == home.checkpoints / "full" / "step-000030"
