"""What there is to see inside a model, as values: numbers in arrays, and the words that say which numbers they are.

They are made by `lens`; whoever draws or prints them needs no torch. Layers and heads count from 0, as in the field's
papers. Every view carries the equation it shows, with the switches it was asked under, and the shapes of what is in it.

Shapes: L layers, H heads, T tokens, V tokens in the vocabulary, C channels, D = C / H channels a head.
"""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = [
    "VIEWS",
    "AttentionView",
    "EmbeddingView",
    "LensView",
    "PositionView",
    "ResidualView",
    "SurpriseView",
    "View",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One way of looking into a model. Compare two by their arrays: they are no keys."""

    name: ClassVar[str] = ""
    """As `--view` takes it."""
    about: ClassVar[str] = ""
    """What it shows and what to look for, in a sentence or two."""

    equation: str
    shapes: str

    def to_plain(self) -> dict[str, Any]:
        """Return everything ready for JSON, arrays as nested lists; a number there is none of is NaN."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return {name: value.tolist() if hasattr(value, "tolist") else value for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttentionView(View):
    """Who looks at whom in one layer, and what kind of head each head of the model is."""

    name: ClassVar[str] = "attention"
    about: ClassVar[str] = (
        "Each row is a token that asks, each column one that is asked; a row sums to 1. A head that looks one token "
        "back has a bright line beside the diagonal; one that looks at what followed last time, an induction head."
    )

    layer: int
    weights: "Numbers"
    """(H, T, T): from each query to each key, in the layer that was asked for."""
    entropy: "Numbers"
    """(L, H): of a row, in nats, the mean of all rows; 0 is a head that looks at one token only."""
    previous: "Numbers"
    """(L, H): previous-token score, the mean weight from a token to the one before it (Olsson et al. 2022)."""
    induction: "Numbers"
    """(L, H): prefix-matching score on random tokens said twice (Olsson et al. 2022), NaN where the block is too short.

    The mean weight from a token, the second time, to the one that followed it the first time.
    """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LensView(View):
    """What the model would say next if it stopped after each layer (nostalgebraist 2020)."""

    name: ClassVar[str] = "lens"
    about: ClassVar[str] = (
        "Each row is a layer, from the embedding down to the output; a cell is the likeliest next token there, the "
        "brighter the surer. Watch a guess form on its way down."
    )

    top: "Counts"
    """(L + 1, T): the likeliest token after the embedding and after each layer."""
    probability: "Numbers"
    """(L + 1, T): of that token."""
    truth: "Numbers"
    """(L + 1, T): probability of the token that does follow; NaN after the last one, where nobody knows."""
    entropy: "Numbers"
    """(L + 1, T): of the whole guess, in nats."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurpriseView(View):
    """How badly each token was foreseen. The first token has nothing before it, so there are T - 1 numbers."""

    name: ClassVar[str] = "surprise"
    about: ClassVar[str] = (
        "The negative logarithm of the probability that the model gave to what came. Their mean is the loss of this "
        "text: the bright tokens are where it comes from."
    )

    nats: "Numbers"
    """(T - 1,): of tokens 1, 2, … T - 1."""
    rank: "Counts"
    """(T - 1,): how many tokens were likelier than the one that came."""
    entropy: "Numbers"
    """(T - 1,): how surprised the model expected to be, in nats."""
    expected: "Counts"
    """(T - 1,): the token that it thought likeliest."""
    expected_probability: "Numbers"
    """(T - 1,)"""
    loss: float
    """Their mean, in nats per token; NaN for a single token."""

    def worst(self, count: int) -> list[int]:
        """Return the places in `nats` of the greatest surprises, the greatest first."""
        order = sorted(range(len(self.nats)), key=lambda place: -self.nats[place])
        return order[:count]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResidualView(View):
    """How long the residual stream is, and who adds how much to it."""

    name: ClassVar[str] = "residual"
    about: ClassVar[str] = (
        "The length of the vector that runs through the model, and of what attention and MLP add to it in each layer. "
        "Token cosine near 1 means that all positions have become the same: nothing is left to attend to."
    )

    stream: "Numbers"
    """(L + 1, T): length after the embedding and after each layer."""
    attention: "Numbers"
    """(L, T): length of what attention gives; 0 where it is switched off."""
    mlp: "Numbers"
    """(L, T): length of what the MLP gives; 0 where it is switched off."""
    cosine: "Numbers"
    """(L + 1,): mean cosine between the vectors of two different tokens of the text; NaN for a single one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddingView(View):
    """The vectors of all tokens, seen from where they spread out most."""

    name: ClassVar[str] = "embedding"
    about: ClassVar[str] = (
        "Every token of the vocabulary at its first two principal components. Tokens that are used alike end up "
        "near one another: vowels, capitals, digits."
    )

    points: "Numbers"
    """(V, 2): where each token is."""
    explained: "Numbers"
    """(2,): share of all the spread that each of the two directions shows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PositionView(View):
    """How alike the vectors of two positions are."""

    name: ClassVar[str] = "position"
    about: ClassVar[str] = (
        "Cosine similarity of the learned vectors of any two positions: 1 on the diagonal. Bands beside it mean that "
        "neighbouring positions have learned to look alike; random vectors are unlike all others."
    )

    positions: "Counts"
    """(P,): which positions; of a long block some, evenly spaced."""
    cosine: "Numbers"
    """(P, P): from -1 to 1."""


VIEWS: dict[str, type[View]] = {
    view.name: view for view in (AttentionView, LensView, SurpriseView, ResidualView, EmbeddingView, PositionView)
}
