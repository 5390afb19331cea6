"""Driving the chat like a person: opening a model, turning knobs, writing, walking."""

from textual.widgets import Input

from gpt2mini.paths import Home
from gpt2mini_tui.screens.chat import ChatPlace
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.token_bars import TokenBars
from gpt2mini_tui.widgets.transcript import Transcript
from tiny_lab import Lab

__all__ = ["bars", "open_model", "set_knob", "step", "text", "texts", "transcript", "walk", "write"]


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
