"""The line at the foot of a card: what to press, what stands in the way, and how far it has come."""

import math
from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from gpt2mini.experiments.deck import DECK
from gpt2mini_tui import words
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens import card_words
from gpt2mini_tui.setup.plan import Plan, PlayCard

__all__ = ["busy", "status"]


def status(
    plan: PlayCard,
    lesson: Lesson | None,
    *,
    width: int,
    queue: Sequence[Plan],
    busy: str = "",
    is_warned: bool = False,
    is_asked: bool = False,
    is_stopping: bool = False,
) -> Content:
    """Return the line for a card; `lesson` is the one of this sitting, if there was one.

    `busy` says what trains, once somebody wants the card to be played all the same; `is_warned` that nothing has been
    predicted; `is_asked` whether there is no answer on the page.
    """
    place = next((at for at, one in enumerate(queue) if isinstance(one, PlayCard) and one.card == plan.card), None)
    if lesson is not None and lesson.is_under_way:
        return Content("Stopping after this step, and saving…") if is_stopping else card_words.progress(lesson, width)
    if place is not None:
        before = f" behind {words.count(place, 'other')}" if place else " next"
        return Content(f"It waits for its turn{before}. Esc takes it out, Q shows the queue.")
    if busy:
        return Content.assemble((busy, "$text-warning"), " r again lets the card wait for it; Esc does not.")
    if is_warned:
        keys = ", ".join(choice.key for choice in DECK[plan.card].choices)
        return Content.assemble(
            ("Predict first: ", "$text-warning"), f"{keys}. One learns more that way. r again plays it without."
        )
    if lesson is not None and lesson.state == "failed":
        return Content.assemble(("! ", "$text-error bold"), safe(lesson.problem))
    if lesson is not None and lesson.state == "stopped" and lesson.current is not None:
        return Content(f"Stopped at {100 * lesson.pace.share:.0f} %, and saved. r goes on from here.")
    return _invitation(plan, is_asked=is_asked)


def _invitation(plan: PlayCard, *, is_asked: bool) -> Content:
    """Return what can be pressed where nothing stands in the way."""
    own = DECK[plan.card].own_text
    if not is_asked:
        return Content(f"r asks again: with more seeds, {'' if own else 'on another text, '}or the same.")
    wish = "r lets it train here." if plan.prediction else "Predict by its letter, then r lets it train here."
    where = "" if own else f", t: on {safe(Path(plan.data).name)}"
    return Content(f"{wish} s: {words.count(plan.seeds, 'seed')}{where}.")


def busy(history: History, played: Lesson | None) -> str:
    """Return what trains now, and how long that still takes, as a sentence."""
    left = played.pace.left if played is not None else history.eta
    until = f", {words.duration(left)} left" if math.isfinite(left) else ""
    if played is not None:
        return f"The card {played.card.name} is being played{until}."
    steps = f" at step {history.step:,} of {history.steps:,}" if history.steps else ""
    return f"{safe(history.run) or 'A run'} is training{steps}{until}."
