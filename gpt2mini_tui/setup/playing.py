"""From a card to the runs that answer it, and from those to what is remembered: for the app, as `learn run` does it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gpt2mini.experiments.cards import by_seed, judge
from gpt2mini.experiments.deck import find_card
from gpt2mini.experiments.material import text_for
from gpt2mini.experiments.notebook import Entry, entry_of, label_runs, remember
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.setup.plan import PlayCard

if TYPE_CHECKING:
    from gpt2mini.experiments.matched import Matched

__all__ = ["conclude", "open_card"]


def open_card(plan: PlayCard, home: Home, *, progress: Callable[[float], None] | None = None) -> "Matched":
    """Read the text and return the experiment; this imports torch. Raises what the library raises, a LabError each."""
    from gpt2mini.corpus import prepare

    card = find_card(plan.card)
    corpus = prepare(text_for(card.piece, plan.data, home), home, progress=progress)
    from gpt2mini.experiments.matched import Matched  # torch: not before the text is known to be good

    seeds = tuple(range(plan.seeds))
    return Matched(card.as_arms(), corpus, Store(home.checkpoints), seeds=seeds, threads=plan.threads)


def conclude(plan: PlayCard, matched: "Matched", home: Home) -> Entry | None:
    """Judge what was trained and write it down; None for an experiment that was stopped. Raises DiskError."""
    runs = by_seed([arm.label for arm in matched.arms], matched.measured)
    if len(runs) < len(matched.seeds):
        return None
    card = find_card(plan.card)
    entry = entry_of(
        card,
        judge(card, runs),
        prediction=plan.prediction,
        corpus=matched.corpus.name,
        seeds=matched.seeds,
        runs=tuple(name for names in matched.runs for name in names),
    )
    remember(home, entry)
    label_runs(matched.store, card, entry)
    return entry
