"""Playing a card on the command line: the question, the runs, and what they say."""

import sys
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from gpt2mini.experiments.cards import Card, Judged, by_seed, judge
from gpt2mini.experiments.measure import Measurement
from gpt2mini_tui.cli.output import is_terminal, say, width
from gpt2mini_tui.reports.results import Result

__all__ = ["WIDTH", "describe", "facts_of", "judged", "runs_by_seed", "say_text", "tell"]

WIDTH = 92
"""Columns of running text, where the terminal has as many."""


def runs_by_seed(result: Result) -> list[Mapping[str, Measurement]]:
    """Return the measurements of each seed by the labels of the arms; only seeds of which every arm is done."""
    if len(result.rows) < len(result.arms):
        return []
    return by_seed([row.label for row in result.rows], [row.runs for row in result.rows])


def judged(card: Card, result: Result) -> Judged:
    """Return the verdict of a card on the runs that were made for it."""
    return judge(card, runs_by_seed(result))


def describe(card: Card) -> None:
    """Print the question and what can be predicted."""
    say(card.title)
    say()
    say_text(card.question)
    if card.piece is not None:
        say_text(f"It is played on {card.piece.words}.")
    say()
    for choice in card.choices:
        say(f"  {choice.key}  {choice.text}")
    say()


def tell(card: Card, verdict: Judged, prediction: str) -> None:
    """Print what came out, why, and whether it was foreseen."""
    say_text(f"Measured: {verdict.text}")
    if prediction and verdict.answer:
        say_text("You predicted it." if prediction == verdict.answer else f"You predicted {_chosen(card, prediction)}.")
    if verdict.word == "different":
        say_text("This is not what was measured when the card was made; the numbers of your runs count.")
    say()
    for proof in verdict.proofs:
        say_text(f"{'seen' if proof.holds else 'not seen'}: {proof.claim.text}", indent="  ")
    if verdict.proofs:
        say()
    say_text(verdict.explanation)
    say()
    say_text(card.equation, indent="  ")
    say_text(card.paper, indent="  ")


def facts_of(card: Card) -> dict[str, Any]:
    """Return a card as plain values, without what it expects."""
    return {
        "name": card.name,
        "title": card.title,
        "question": card.question,
        "text": card.piece.words if card.piece else "",
        "choices": [{"key": choice.key, "text": choice.text} for choice in card.choices],
        "arms": [label for label, _ in card.arms],
        "settings": dict(card.settings),
        "watch": card.watch,
    }


def say_text(text: str, indent: str = "") -> None:
    """Print a paragraph in lines that can be read."""
    room = min(WIDTH, width()) if is_terminal(sys.stdout) else WIDTH
    for line in wrap(text, room - len(indent)):
        say(indent + line)


def _chosen(card: Card, key: str) -> str:
    choice = card.choice(key)
    return f"{key}, {choice.text}" if choice else key
