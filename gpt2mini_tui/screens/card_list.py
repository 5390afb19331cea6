"""The cards as one list of lines, by theme, each with what came out of it; and below them what there is to read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gpt2mini.experiments.cards import Card
from gpt2mini.experiments.notebook import Entry
from gpt2mini_tui import words
from gpt2mini_tui.reports.articles import Article
from gpt2mini_tui.widgets.rows import Cell, Tone

__all__ = ["CardList", "Item", "outcome"]

_RESULT, _AGE = 28, 7
_WIDE = 62
"""Cells from which on a line also says what came out."""
_REST = "more"

Doing = Literal["", "playing", "queued"]


class Item(NamedTuple):
    """A line: a card, an article, or the heading over some of them."""

    title: str
    card: Card | None = None
    article: Article | None = None

    @property
    def is_heading(self) -> bool:
        """Whether there is nothing to open."""
        return self.card is None and self.article is None


@dataclass(slots=True)
class CardList:
    """What there is, and what is known of it."""

    items: list[Item] = field(default_factory=list)
    played: Mapping[str, Entry] = field(default_factory=dict)
    """The last result of each card."""
    doing: dict[str, Doing] = field(default_factory=dict)
    """Which cards are being played, or wait."""

    def arrange(self, cards: Iterable[Card], articles: Sequence[Article], guides: Sequence[Article] = ()) -> None:
        """Make the lines: themes in the order in which they come first, the cards of each in the order of the deck."""
        themes: dict[str, list[Card]] = {}
        for card in cards:
            themes.setdefault(card.theme or _REST, []).append(card)
        self.items = []
        for theme, members in themes.items():
            self.items.append(Item(theme))
            self.items += [Item(card.title, card=card) for card in members]
        for heading, texts in (("to read", articles), ("guides", guides)):
            if texts:
                self.items.append(Item(heading))
                self.items += [Item(text.title, article=text) for text in texts]

    def heading(self, index: int) -> str:
        """Return what a heading says: its name, and how many of its cards have been played."""
        members = []
        for item in self.items[index + 1 :]:
            if item.is_heading:
                break
            members.append(item)
        cards = [item.card for item in members if item.card is not None]
        done = sum(card.name in self.played for card in cards)
        return f"{self.items[index].title}  {done} of {len(cards)}" if cards else self.items[index].title

    def draw(self, index: int, width: int) -> list[Cell]:
        """Return the cells of a line."""
        item = self.items[index]
        if item.is_heading:
            return [Cell(self.heading(index), width, "dim")]
        if item.card is None:
            return [Cell("  ▤ ", 4, "dim"), Cell(item.title, max(0, width - 4))]
        entry, doing = self.played.get(item.card.name), self.doing.get(item.card.name, "")
        mark, tone = _mark(entry, doing)
        line = [Cell(f"  {mark} ", 4, tone)]
        if width < _WIDE:
            return [*line, Cell(item.title, max(0, width - 4))]
        said = {"playing": "training now", "queued": "waits for its turn", "": outcome(entry)}[doing]
        age = words.age(entry.when) if entry is not None and not doing else ""
        line.append(Cell(item.title, max(0, width - 4 - _RESULT - _AGE)))
        return [*line, Cell(f" {said}", _RESULT, tone or "dim"), Cell(age, _AGE, "dim", is_right=True)]


def outcome(entry: Entry | None) -> str:
    """Return what came out of a card the last time: `foreseen`, `predicted a, it was c`."""
    if entry is None:
        return ""
    if entry.is_right:
        return f"foreseen: {entry.answer}"
    return f"predicted {entry.prediction or 'nothing'}, {f'it was {entry.answer}' if entry.answer else 'not clear'}"


def _mark(entry: Entry | None, doing: Doing) -> tuple[str, Tone]:
    if doing:
        return ("●", "accent") if doing == "playing" else ("◌", "accent")
    if entry is None:
        return "○", ""
    if not entry.answer:
        return "?", "dim"
    if not entry.prediction:
        return "•", "dim"
    return ("✓", "good") if entry.is_right else ("✗", "")
