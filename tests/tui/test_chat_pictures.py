"""What the chat looks like, with everything in it made up, so that no machine's arithmetic can change a picture."""

from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.talk.branches import Said
from gpt2mini_tui.talk.heard import LIVE, Begun, Candidate, Ended, Opened, Scored, Spoken, Weighed
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.speaker import Speaker
from gpt2mini_tui.widgets.transcript import Cursor
from snapshot import check_snapshot
from tiny_lab import Lab, lab

TEXT = (
    "the cat sat 吾輩は猫である。\nIt was [b]late[/b] \x1b[2J and all the mice were in bed by the time that he began."
)


def opened(slot: int, run: str) -> Opened:
    changed = {"residual": False} if slot else {}
    return Opened(
        slot=slot,
        run=run,
        step=1000,
        val_loss=1.5 + slot,
        changed=changed,
        block_size=64,
        vocab_size=65,
        vocabulary="",
        is_live=False,
    )


def spoken(slot: int, run: str, text: str) -> list[Spoken]:
    """Return a text as if a model had written it, now and then surprised."""
    return [
        Spoken(
            slot=slot,
            said=Said(
                id=ord(letter),
                text=letter,
                by=f"{run} step 1,000",
                bits=(place * 7 + slot * 3) % 29 / 4,
                rank=place % 4,
                entropy=1.5,
                seen=place + 1,
            ),
        )
        for place, letter in enumerate(text)
    ]


def weighed() -> Weighed:
    candidates = tuple(
        Candidate(id=ord(text), text=text, share=0.5 / 2**rank, is_cut=rank > 5, rank=rank, bits=rank + 1.0)
        for rank, text in enumerate("e \na猫,'it.")
    )
    return Weighed(candidates=candidates, taken=candidates[2], kept=6, entropy=2.25, drawn_entropy=1.75, seen=12)


async def say(place: ChatPlace, speaker: Speaker, run: str, text: str) -> None:
    """Let a model have written a text."""
    place._has_written = True
    place._take(speaker, opened(speaker.slot, run))
    speaker.target(speaker.begin_text())
    prompt = tuple(Said(id=ord(letter), text=letter) for letter in "Once 昔々")
    notices = ("Read as a space, because the model has never seen it: '昔' (U+6614).",)
    place._take(speaker, Begun(slot=speaker.slot, said=prompt, notices=notices, model=opened(speaker.slot, run)))
    for one in spoken(speaker.slot, run, text):
        place._take(speaker, one)
    place._take(speaker, Ended(slot=speaker.slot, tokens=len(text), seconds=len(text) / 1000))


async def look(it: Lab, place: ChatPlace) -> None:
    """Walk to a token, and hear what else it could have been."""
    place.front.transcript.focus()
    place.front.transcript.look(Cursor(0, 19))
    await it.until(lambda: place._question == Cursor(0, 19) and not place._talker.is_busy)
    place.say_problem()
    place.show_bars(weighed())
    await it.sees("instead of", "surprise under 1", "rank 3", "q Quit")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
async def test_what_a_conversation_looks_like(size: tuple[int, int], theme: str, tmp_path: Path) -> None:
    async with lab(Home(tmp_path), ChatPlace, size=size) as (it, place):
        it.app.theme = theme
        await it.sees("Nobody to talk to yet.")
        await say(place, place.front, "tales-1", TEXT)
        branches = place.front.branches(0)
        branches.fork(30)
        branches.add(*(one.said for one in spoken(0, "tales-1", "another end")))
        branches.turn(30, 1)
        place.front.draw(0)
        await look(it, place)
        await it.settled()
        check_snapshot(it.app, f"chat-{theme}-{size[0]}x{size[1]}", tmp_path)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_two_models_look_like(size: tuple[int, int], tmp_path: Path) -> None:
    async with lab(Home(tmp_path), ChatPlace, size=size) as (it, place):
        await it.sees("Nobody to talk to yet.")
        await place._join(LIVE)
        place._errands.stop("newest")
        for speaker, run in zip(place.speakers, ("tales-1", "broken-1"), strict=True):
            await say(place, speaker, run, TEXT[speaker.slot * 12 :])
        for speaker, other in zip(place.speakers, reversed(place.speakers), strict=True):
            text = speaker.branches(0).text
            bits = tuple((letter, at % 23 / 4) for at, letter in enumerate(text))
            label = f"{other.model.run if other.model else ''} step 1,000"
            speaker.score(Scored(slot=other.slot, of=speaker.slot, text=text, bits=bits, label=label))
        place.go_to_prompt()
        place.query_one(PromptLine).cursor_blink = False
        await it.until(lambda: not place._talker.is_busy)
        place.say_problem()
        await it.sees("gives", "surprise under 1", "^n Add")
        await it.settled()
        check_snapshot(it.app, f"chat-beside-{size[0]}x{size[1]}", tmp_path)
