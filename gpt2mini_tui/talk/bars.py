"""What could stand next, as values: a token and its share each, for whoever draws them as bars."""

from collections.abc import Sequence
from typing import NamedTuple

from gpt2mini_tui.safe import safe
from gpt2mini_tui.talk.heard import Candidate, Weighed

__all__ = ["Bar", "bars", "named"]

_NAMED = {" ": "space", "\n": "⏎", "\t": "tab", "": "nothing"}


class Bar(NamedTuple):
    """A token and its share."""

    text: str
    share: float
    is_cut: bool
    id: int = -1
    rank: int = -1
    """0 for the likeliest; -1 for none."""
    is_taken: bool = False
    """Whether it is the one that the text has here."""


def bars(weighed: Weighed) -> list[Bar]:
    """Return the candidates as bars; the token that the text has is among them, however unlikely it is."""
    found: Sequence[Candidate] = weighed.candidates
    taken = weighed.taken
    if taken is not None and all(one.id != taken.id for one in found):
        found = [*found[:-1], taken]
    return [
        Bar(one.text, one.share, one.is_cut, one.id, one.rank, taken is not None and one.id == taken.id)
        for one in found
    ]


def named(text: str) -> str:
    """Return a token as it can be shown in a line."""
    return _NAMED.get(text) or safe(text)
