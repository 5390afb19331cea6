"""What the probes of a run saw, layer by layer, in constant space: neighbouring looks are merged when they get many.

A quantity says which rows it has, how they are called, and whether orders of magnitude matter in it. Blocks and heads
are counted from 0, as in the model and everywhere else where somebody sees a number of one. A merged look
keeps the mean, of the logarithms where those matter: a gradient that vanished for half of the time is not hidden by
the other half.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gpt2mini.events import Probed

__all__ = ["QUANTITIES", "Layers", "Look", "Quantity"]

_LOOKS = 256
"""Looks that are kept; even, so that all merge in pairs."""

Rows = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something that was measured in every layer."""

    name: str
    title: str
    """For the border of the pane."""
    meaning: str
    """What to look for, in a sentence."""
    read: Callable[[Probed], Rows]
    labels: Callable[[Probed], list[str]]
    is_log: bool = False


def _blocks(event: Probed) -> list[str]:
    return [str(number) for number in range(len(event.grad_norms))]


def _heads(event: Probed) -> list[str]:
    return [f"{block}.{head}" for block, heads in enumerate(event.attention_entropies) for head in range(len(heads))]


def _norms(event: Probed) -> list[str]:
    blocks = (len(event.norm_input_means) - 1) // 2
    return [*(f"{block} ln{norm}" for block in range(blocks) for norm in (1, 2)), "ln_f"]


QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        name="gradient",
        title="gradient norm of each block",
        meaning="Alike in all blocks is healthy; falling by orders towards block 0, the first blocks learn nothing.",
        read=lambda event: event.grad_norms,
        labels=_blocks,
        is_log=True,
    ),
    Quantity(
        name="update",
        title="update / weight of each block",
        meaning="What one step changes of a weight: about 0.001 is healthy, 0.1 is wild, 0.00001 stands still.",
        read=lambda event: event.update_ratios,
        labels=_blocks,
        is_log=True,
    ),
    Quantity(
        name="residual",
        title="residual stream norm after each block",
        meaning="Growing a little from block to block is healthy; without LayerNorm it explodes.",
        read=lambda event: event.residual_norms,
        labels=_blocks,
        is_log=True,
    ),
    Quantity(
        name="cosine",
        title="cosine between positions after each block",
        meaning="1 means that every position looks the same: nothing about the text is left.",
        read=lambda event: event.token_cosines,
        labels=_blocks,
    ),
    Quantity(
        name="entropy",
        title="attention entropy (nats) of each block.head",
        meaning="High looks at everything alike, 0 looks at one token; heads that differ have found jobs.",
        read=lambda event: tuple(value for heads in event.attention_entropies for value in heads),
        labels=_heads,
    ),
    Quantity(
        name="ln in mean",
        title="mean of what goes into each LayerNorm",
        meaning="Near 0 is usual; a drift is what LayerNorm takes out.",
        read=lambda event: event.norm_input_means,
        labels=_norms,
    ),
    Quantity(
        name="ln in std",
        title="spread of what goes into each LayerNorm",
        meaning="Grows with depth, because each block adds to the stream.",
        read=lambda event: event.norm_input_stds,
        labels=_norms,
        is_log=True,
    ),
    Quantity(
        name="ln out mean",
        title="mean of what comes out of each LayerNorm",
        meaning="0 at first; it moves as far as the norm has learned to shift.",
        read=lambda event: event.norm_output_means,
        labels=_norms,
    ),
    Quantity(
        name="ln out std",
        title="spread of what comes out of each LayerNorm",
        meaning="1 at first, whatever went in: that is what LayerNorm is for.",
        read=lambda event: event.norm_output_stds,
        labels=_norms,
        is_log=True,
    ),
)


class Look(NamedTuple):
    """What was seen at a step, or the mean of a few steps that end with it: a row of numbers for each quantity."""

    step: float
    rows: tuple[Rows, ...]


class Layers:
    """The looks of a run, from the first to the last."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.last: Probed | None = None
        self.count = 0
        self._width, self._room = 1, 0  # looks that a full column holds, and that the last one can still take

    def add(self, event: Probed) -> None:
        """Take in one look; one of another shape than those before it begins anew."""
        look = Look(event.step, tuple(quantity.read(event) for quantity in QUANTITIES))
        if self.looks and [*map(len, look.rows)] != [*map(len, self.looks[-1].rows)]:
            self.looks, self._width, self._room = [], 1, 0  # a damaged log: nothing of before can stand beside this
        self.last, self.count = event, self.count + 1
        if self._room:
            held = self._width - self._room
            self.looks[-1] = _merged(self.looks[-1], look, share=1 / (held + 1))
        else:
            if len(self.looks) == _LOOKS:
                self.looks = [_merged(*pair, share=0.5) for pair in zip(self.looks[::2], self.looks[1::2], strict=True)]
                self._width *= 2
            self.looks.append(look)
            self._room = self._width
        self._room -= 1

    def labels(self, quantity: Quantity) -> list[str]:
        """Return what the rows of a quantity are called."""
        return [] if self.last is None else quantity.labels(self.last)

    def values(self, quantity: Quantity) -> list[Rows]:
        """Return the numbers of a quantity, a row for each look."""
        place = QUANTITIES.index(quantity)
        return [look.rows[place] for look in self.looks]


def _merged(before: Look, look: Look, *, share: float) -> Look:
    """Return the mean of two looks; `share` is how much the second one counts."""
    pairs = zip(QUANTITIES, before.rows, look.rows, strict=True)
    return Look(look.step, tuple(_mean(quantity, one, other, share) for quantity, one, other in pairs))


def _mean(quantity: Quantity, one: Sequence[float], other: Sequence[float], share: float) -> Rows:
    return tuple(_between(a, b, share, is_log=quantity.is_log) for a, b in zip(one, other, strict=True))


def _between(a: float, b: float, share: float, *, is_log: bool) -> float:
    if not math.isfinite(a) or not math.isfinite(b):
        return b if math.isfinite(b) else a
    if is_log and a > 0 and b > 0:
        return math.exp((1 - share) * math.log(a) + share * math.log(b))
    return (1 - share) * a + share * b
