"""The cards there are. Sizes are small on purpose: each effect below is visible at its size, and a card takes seconds.

Every band was set from runs over five seeds on two texts, and `gpt2mini-tui learn calibrate` runs them again;
docs/cards.md holds what it printed. A card that was not reproduced in nine of ten of those runs is not in the deck.
"""

from gpt2mini.errors import NotFoundError
from gpt2mini.experiments.cards import Card
from gpt2mini.experiments.deck import memory, sight, signal, stable, start

__all__ = ["CANDIDATES", "DECK", "find_card"]

DECK: dict[str, Card] = {card.name: card for card in (start.INITIAL_LOSS, signal.NO_RESIDUAL, start.LEARNING_RATE)}
"""By name, in the order in which they teach best."""
CANDIDATES: dict[str, Card] = {
    card.name: card
    for card in (
        start.ZERO_INIT,
        start.POST_LN,
        start.WARM_UP,
        start.RESIDUAL_INIT,
        signal.NO_ATTENTION,
        signal.STOPPED_TOO_SOON,
        signal.NO_MLP,
        stable.NO_LAYER_NORM,
        sight.NO_MASK,
        signal.IDENTITY,
        sight.NO_POSITIONS,
        stable.CLIPPING,
        stable.ATTENTION_SCALE,
        memory.BY_HEART,
        memory.TIED,
    )
}
"""Cards that came out as they say in every run so far, of fewer than ten: to be calibrated, not yet to be played."""


def find_card(name: str, *, is_calibrated: bool = True) -> Card:
    """Return the card of that name, with `is_calibrated=False` also a candidate; raises NotFoundError."""
    known = DECK if is_calibrated else DECK | CANDIDATES
    if name not in known:
        raise NotFoundError("there is no such card", where=name, do=f"The cards are {', '.join(known)}.")
    return known[name]
