"""The cards there are. Sizes are small on purpose: each effect below is visible at its size, and a card takes seconds.

Every band was set from ten runs, five seeds on two texts or ten on a card's own, and `gpt2mini-tui learn calibrate`
makes them again; docs/cards.md holds what it printed. A card that was not reproduced in nine of them is not in the
deck.
"""

from gpt2mini.errors import NotFoundError
from gpt2mini.experiments.cards import Card
from gpt2mini.experiments.deck import depth, memory, sight, signal, stable, start

__all__ = ["CANDIDATES", "DECK", "find_card"]

_ALL = (
    start.INITIAL_LOSS,
    start.ZERO_INIT,
    start.LEARNING_RATE,
    memory.BY_HEART,
    memory.DROPOUT,
    signal.NO_ATTENTION,
    signal.STOPPED_TOO_SOON,
    signal.NO_MLP,
    signal.IDENTITY,
    signal.NO_RESIDUAL,
    stable.NO_LAYER_NORM,
    depth.POST_LN,
    depth.WARM_UP,
    depth.RESIDUAL_INIT,
    sight.NO_MASK,
    sight.NO_POSITIONS,
    sight.INDUCTION,
    stable.ATTENTION_SCALE,
    stable.CLIPPING,
    memory.TIED,
)
_WAITING: tuple[Card, ...] = ()

DECK: dict[str, Card] = {card.name: card for card in _ALL if card not in _WAITING}
"""By name, in the order in which they teach best."""
CANDIDATES: dict[str, Card] = {card.name: card for card in _WAITING}
"""Cards that were not seen to hold in nine of ten runs, yet: to be calibrated, not to be played."""


def find_card(name: str, *, is_calibrated: bool = True) -> Card:
    """Return the card of that name, with `is_calibrated=False` also a candidate; raises NotFoundError."""
    known = DECK if is_calibrated else DECK | CANDIDATES
    if name not in known:
        raise NotFoundError("there is no such card", where=name, do=f"The cards are {', '.join(known)}.")
    return known[name]
