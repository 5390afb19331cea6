"""Break-it cards: a question, a prediction, two or more runs, and a verdict from their numbers.

A card is a value. What is right is not written in it but measured: every choice has a band of one number, and the
choice whose band the number falls into is the answer of this run. What the card expects was measured before, over
several seeds and two texts (docs/cards.md); a run that comes out differently is told so, not corrected.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.experiments.arms import Arm, sized
from gpt2mini.experiments.material import Piece
from gpt2mini.experiments.measure import Measurement
from gpt2mini.experiments.quantities import Quantity, estimate
from gpt2mini.settings import Value

__all__ = ["Card", "Choice", "Claim", "Judged", "Proof", "by_seed", "judge"]

Changes = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A prediction, and the band of the card's number for which it is right: low <= number < high."""

    key: str
    text: str
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something else that the card says will be seen, and the band in which its number then lies."""

    text: str
    quantity: Quantity
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One experiment to learn from."""

    name: str
    title: str
    question: str
    choices: tuple[Choice, ...]
    expected: str
    """The key of the choice that was measured when the card was made."""
    quantity: Quantity
    """The number that decides between the choices."""
    settings: Changes
    """Of all arms: the size at which the effect is real."""
    arms: tuple[tuple[str, Changes], ...]
    """Label and changes of each; the first is the baseline."""
    watch: str
    """What to look at while it runs."""
    explanation: str
    """Why. `{name}` stands for a number of `numbers`, measured here and now."""
    equation: str
    paper: str
    otherwise: str
    """What it may mean if this run comes out differently, or shows nothing."""
    theme: str = ""
    """What it is listed under, together with others."""
    claims: tuple[Claim, ...] = ()
    numbers: Mapping[str, Quantity] = field(default_factory=dict)
    piece: Piece | None = None
    """What it is played on, where the effect needs little text or one of its own; see `material.text_for`."""

    def as_arms(self) -> tuple[Arm, ...]:
        """Return what is to be trained; the vocabulary is filled in once the text has been read."""
        quiet: Changes = {"frames": False, "save_every": 0, "sample_every": 0, "device": "cpu", "dropout": 0.0}
        base = Config(model=ModelConfig(vocab_size=1), train=TrainConfig())
        base = sized(base, {**quiet, **self.settings})
        return tuple(Arm(label=label, config=sized(base, changes)) for label, changes in self.arms)

    @property
    def own_text(self) -> str:
        """The text that it is always played on; empty if it can be played on any."""
        return self.piece.text if self.piece is not None else ""

    def choice(self, key: str) -> Choice | None:
        """Return the choice of that key, or None."""
        return next((choice for choice in self.choices if choice.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A claim, and what was measured."""

    claim: Claim
    value: float
    holds: bool

    @property
    def number(self) -> str:
        """What was measured, as a sentence quotes it."""
        return _number(self.claim.quantity, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a card came to in these runs."""

    word: Literal["as expected", "different", "cannot tell"]
    answer: str
    """The key of the choice that the numbers make right; empty if they do not tell."""
    value: float
    noise: float
    text: str
    """The verdict, with its numbers."""
    proofs: tuple[Proof, ...]
    explanation: str
    """Why, with the numbers of these runs; or what it may mean that they are different."""

    @property
    def is_reproduced(self) -> bool:
        """Whether everything that the card says was seen."""
        return self.word == "as expected"


def by_seed(labels: Sequence[str], measured: Sequence[Sequence[Measurement]]) -> list[Mapping[str, Measurement]]:
    """Return the measurements of each seed by the labels of the arms; only seeds of which every arm is done."""
    count = min(map(len, measured), default=0)
    return [{label: runs[place] for label, runs in zip(labels, measured, strict=True)} for place in range(count)]


def judge(card: Card, runs: Sequence[Mapping[str, Measurement]]) -> Judged:
    """Return the verdict on runs of one or more seeds, each a mapping from the labels of the arms."""
    found = estimate(card.quantity, runs)
    answer = _answer(card, found.mean, found.noise)
    proofs = tuple(_proof(claim, runs) for claim in card.claims)
    choice = card.choice(answer)
    number = _number(card.quantity, found.mean)
    if choice is None:
        text = f"Cannot tell: {number} is too near to a boundary for a noise of {found.noise:.3f}."
        if math.isnan(found.mean):
            text = "Cannot tell: something was not measured."
        word: Literal["as expected", "different", "cannot tell"] = "cannot tell"
    else:
        failed = [proof for proof in proofs if not proof.holds]
        is_same = answer == card.expected and not failed
        word = "as expected" if is_same else "different"
        text = f"{choice.text[:1].upper()}{choice.text[1:].rstrip('.')}: {number}."
        if failed:
            text += f" But not seen: {failed[0].claim.text} ({_number(failed[0].claim.quantity, failed[0].value)})."
    explanation = _explained(card, runs) if word == "as expected" else card.otherwise
    return Judged(
        word=word,
        answer=answer,
        value=found.mean,
        noise=found.noise,
        text=text,
        proofs=proofs,
        explanation=explanation,
    )


def _answer(card: Card, value: float, noise: float) -> str:
    """Return the choice into whose band the number falls, unless its noise reaches over a boundary."""
    for choice in card.choices:
        if _is_within(value, choice.low, choice.high):
            edges = [edge for edge in (choice.low, choice.high) if math.isfinite(edge)]
            is_clear = math.isinf(value) or all(abs(value - edge) >= noise for edge in edges)
            return choice.key if is_clear else ""
    return ""


def _is_within(value: float, low: float, high: float) -> bool:
    return low <= value and (value < high or math.isinf(high))


def _proof(claim: Claim, runs: Sequence[Mapping[str, Measurement]]) -> Proof:
    value = estimate(claim.quantity, runs).mean
    return Proof(claim=claim, value=value, holds=_is_within(value, claim.low, claim.high))


def _explained(card: Card, runs: Sequence[Mapping[str, Measurement]]) -> str:
    known = {name: _number(quantity, estimate(quantity, runs).mean) for name, quantity in card.numbers.items()}
    return card.explanation.format(**known)


def _number(quantity: Quantity, value: float) -> str:
    """Return a number as a sentence quotes it."""
    if math.isnan(value):
        return "not measured"
    if math.isinf(value):
        return "the run diverged"
    match quantity.kind:
        case "vanishing":
            return f"a factor of {10**-value:.0e}" if value < -2 else f"a factor of {10**-value:.1f}"
        case "cosine":
            return f"{value:.2f}"
        case "spikes" | "growth":
            return f"{value:.1f} times"
        case "train":
            return f"{value:.2f} nats"
        case "exact" | "answers":
            return f"{100 * value:.0f} %"
        case "lead" | "leap":
            return f"{100 * value:+.0f} percentage points"
    return f"{value:+.2f} nats"
