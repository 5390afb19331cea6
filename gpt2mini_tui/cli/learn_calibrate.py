"""`gpt2mini-tui learn calibrate`."""

from typing import TYPE_CHECKING

import click

from gpt2mini_tui.cli.complete import complete_cards
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import threads_option
from gpt2mini_tui.cli.output import note, say, say_json

if TYPE_CHECKING:
    from gpt2mini.experiments.cards import Card, Judged
    from gpt2mini_tui.reports.results import Result

    Found = dict[str, list[tuple[str, int, Judged]]]
    """Of each card by its name: text, seed and verdict of every run."""

__all__ = ["calibrate_cards"]

_EXAMPLES = """
gpt2mini-tui learn calibrate no-residual
gpt2mini-tui learn calibrate --markdown > docs/cards.md
"""
_NEEDED = 0.9


@click.command("calibrate", cls=Command, epilog=_EXAMPLES)
@click.argument("cards", nargs=-1, metavar="[CARD]…", shell_complete=complete_cards)
@click.option("--data", "texts", multiple=True, default=("tales", "pydoc"), show_default=True, help="The texts.")
@click.option("--seeds", type=click.IntRange(1, 100), default=5, show_default=True, help="Runs of each card and text.")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print what docs/cards.md holds.")
def calibrate_cards(
    cards: tuple[str, ...], *, texts: tuple[str, ...], seeds: int, threads: int, as_json: bool, as_markdown: bool
) -> int:
    """Run cards over several seeds and texts, and count how often each comes out as it says.

    A card that does so in fewer than nine of ten runs does not belong into the deck: then the exit code is 1. A card
    with a text of its own gets as many seeds more instead of other texts. The same command goes on where it was
    interrupted.
    """
    from gpt2mini.experiments.deck import DECK, find_card

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown exclude one another")
    chosen = [find_card(name, is_calibrated=False) for name in cards] or list(DECK.values())
    found: Found = {card.name: [] for card in chosen}
    others = [card for card in chosen if not card.own_text]
    own = [card for card in chosen if card.own_text]
    for text, some, count in (*((text, others, seeds) for text in texts), ("", own, seeds * len(texts))):
        results, code = _played(some, text, seeds=range(count), threads=threads)
        if code:
            return code
        for card, result in zip(some, results, strict=True):
            found[card.name] += _judged_singly(card, result)
    if as_json:
        say_json({"cards": {name: [_plain(*one) for one in rows] for name, rows in found.items()}})
    for line in () if as_json else _page(chosen, found, seeds) if as_markdown else _lines(chosen, found):
        say(line)
    weak = [name for name, rows in found.items() if _share(rows) < _NEEDED]
    for name in weak:
        note(f"{name} was reproduced in fewer than nine of ten runs.")
    return int(bool(weak))


def _played(chosen: "list[Card]", text: str, *, seeds: range, threads: int) -> "tuple[list[Result], int]":
    """Train what the cards need on this text, or on their pieces of it; return what came out and the exit code."""
    from gpt2mini.config import DataConfig
    from gpt2mini.experiments.arms import Question
    from gpt2mini.experiments.material import text_for
    from gpt2mini_tui.cli.experimenting import investigate

    home = the_home()
    results: dict[str, Result] = {}
    for piece in dict.fromkeys(card.piece for card in chosen):
        alike = [card for card in chosen if card.piece == piece]
        questions = [Question(title=card.name, arms=card.as_arms(), seeds=tuple(seeds)) for card in alike]
        data = DataConfig(data=text_for(piece, text, home))
        some, code = investigate(questions, home, text=data, threads=threads)
        if code:
            return [], code
        results |= {card.name: result for card, result in zip(alike, some, strict=True)}
    return [results[card.name] for card in chosen], 0


def _judged_singly(card: "Card", result: "Result") -> "list[tuple[str, int, Judged]]":
    """Return the verdict of each seed by itself, as somebody who runs the card once would see it."""
    from gpt2mini.experiments.cards import judge
    from gpt2mini_tui.cli.learning import runs_by_seed

    runs = runs_by_seed(result)
    return [(result.corpus, seed, judge(card, [one])) for seed, one in zip(result.seeds, runs, strict=True)]


def _plain(corpus: str, seed: int, verdict: "Judged") -> dict[str, object]:
    proofs = [{"claim": proof.claim.text, "value": proof.value, "holds": proof.holds} for proof in verdict.proofs]
    return {
        "corpus": corpus,
        "seed": seed,
        "verdict": verdict.word,
        "answer": verdict.answer,
        "value": verdict.value,
        "claims": proofs,
    }


def _share(rows: "list[tuple[str, int, Judged]]") -> float:
    return sum(verdict.is_reproduced for _, _, verdict in rows) / len(rows) if rows else 0.0


def _lines(chosen: "list[Card]", found: "Found") -> list[str]:
    from gpt2mini_tui.cli.table import table

    rows = []
    for card in chosen:
        values = [verdict.value for _, _, verdict in found[card.name]]
        same = sum(verdict.is_reproduced for _, _, verdict in found[card.name])
        rows.append((card.name, f"{same}/{len(values)}", f"{min(values):.3f}", f"{max(values):.3f}"))
    return table(("card", "as expected", "least", "most"), rows, right=("as expected", "least", "most"))


def _page(chosen: "list[Card]", found: "Found", seeds: int) -> list[str]:
    lines = [
        "# The cards, measured",
        "",
        f"Printed by `gpt2mini-tui learn calibrate --seeds {seeds} --markdown`. Each line is a card played with one",
        "seed, judged as whoever plays it would see it. A card is in the deck if nine of ten runs come out as it says.",
    ]
    for card in chosen:
        rows = found[card.name]
        same = sum(verdict.is_reproduced for _, _, verdict in rows)
        choice = card.choice(card.expected)
        band = f"{choice.low:g} to {choice.high:g}" if choice else ""
        lines += ["", f"## {card.name}", "", f"{card.title}. As expected in {same} of {len(rows)} runs.", ""]
        lines += [f"- Played on {card.piece.words}."] if card.piece else []
        lines += [f"- Number: {card.quantity.kind} of {', '.join(card.quantity.arms)}; expected {band}."]
        lines += [
            f"- Claim {place}: {claim.text}; {claim.low:g} to {claim.high:g}."
            for place, claim in enumerate(card.claims, 1)
        ]
        heads = ["text", "seed", "number", *(f"claim {place}" for place, _ in enumerate(card.claims, 1)), "verdict"]
        lines += ["", "| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 2) + " --- |"]
        for corpus, seed, verdict in rows:
            values = [verdict.value, *(proof.value for proof in verdict.proofs)]
            cells = [corpus, str(seed), *(f"{value:.3f}" for value in values), verdict.word]
            lines.append("| " + " | ".join(cells) + " |")
    return lines
