"""A card that was played before, here or by the command, from the logs of its runs."""

from collections.abc import Iterator

from gpt2mini.errors import NotFoundError
from gpt2mini.experiments.cards import Card
from gpt2mini.experiments.heard import Heard
from gpt2mini.experiments.notebook import Entry
from gpt2mini.runs import Store
from gpt2mini_tui.folds.lesson import Lesson

__all__ = ["recall"]

_CHUNK = 500
"""Events that are read between two turns."""


def recall(card: Card, entry: Entry, store: Store) -> Iterator[Lesson | None]:
    """Yield the card with everything that its runs said; raises NotFoundError if one of them is gone."""
    lesson = Lesson(card, prediction=entry.prediction, seeds=entry.seeds)
    if len(entry.runs) != len(lesson.traces):
        raise NotFoundError("this card compares other runs now", where=card.name, do="Play it again.")
    for place, name in enumerate(entry.runs):
        arm, number = divmod(place, len(entry.seeds))
        for index, event in enumerate(store.get(name).events(), 1):
            lesson.add(Heard(arm=arm, seed=entry.seeds[number], run=name, event=event, is_recalled=True))
            if index % _CHUNK == 0:
                yield None
    lesson.answer(entry)
    yield lesson
