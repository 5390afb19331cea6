"""Learn with a few cards that take a second, and without texts but those that a test puts there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gpt2mini.experiments.deck import DECK
from gpt2mini.paths import Home
from gpt2mini_tui.screens.learn import LearnPlace
from gpt2mini_tui.setup.plan import PlayCard
from small_cards import CARDS
from tiny_lab import RHYME, Lab, lab

__all__ = ["learning", "rhyme_home", "small_deck"]


def small_deck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the deck of the tests instead of the one that is shipped."""
    for name in [*DECK]:
        monkeypatch.delitem(DECK, name)
    for name, card in CARDS.items():
        monkeypatch.setitem(DECK, name, card)
    monkeypatch.setattr("gpt2mini_tui.screens.learn.articles", list)
    monkeypatch.setattr("gpt2mini_tui.screens.learn.guides", list)


def rhyme_home(folder: Path) -> Home:
    """Return a home with a text to play cards on."""
    (folder / "rhyme.txt").write_text(RHYME, encoding="utf-8")
    return Home(folder)


@asynccontextmanager
async def learning(home: Home, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Lab, LearnPlace]]:
    """Open the place on the first card, which is to be played on the rhyme."""
    async with lab(home, LearnPlace, size=size) as (it, place):
        text = str(home.root / "rhyme.txt")
        place._plans = {name: PlayCard(card=name, data=text, threads=1) for name in CARDS}
        await it.until(lambda: it.app.focused is place._rows and not place._errands.is_running("played"))
        yield it, place
