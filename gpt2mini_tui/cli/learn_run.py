"""`gpt2mini-tui learn run`."""

import sys
from typing import TYPE_CHECKING

import click

from gpt2mini.paths import Home
from gpt2mini_tui.cli.complete import complete_cards
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import threads_option
from gpt2mini_tui.cli.output import is_terminal, note, say, say_json, width

if TYPE_CHECKING:
    from gpt2mini.experiments.cards import Card, Judged
    from gpt2mini_tui.reports.results import Result

__all__ = ["run_card"]

_EXAMPLES = """
gpt2mini-tui learn run no-residual
gpt2mini-tui learn run no-attention --predict b --data data.txt --seeds 3
"""


@click.command("run", cls=Command, epilog=_EXAMPLES)
@click.argument("card", shell_complete=complete_cards)
@click.option("--predict", default="", metavar="KEY", help="Your prediction; on a terminal you are asked for it.")
@click.option("--data", default="tales", show_default=True, help="The text: built in, a file, a folder.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(1, 100), default=1, show_default=True, help="Pairs to be compared.")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run_card(card: str, *, predict: str, data: str, seed: int, seeds: int, threads: int, as_json: bool) -> int:
    """Play a card: predict, let it train here and now, and read what the numbers say.

    It takes under three minutes on two cores. The runs are ordinary ones; a second time they are read.
    """
    from gpt2mini.config import DataConfig
    from gpt2mini.experiments.arms import Question
    from gpt2mini.experiments.deck import find_card
    from gpt2mini.experiments.material import text_for
    from gpt2mini_tui.cli.experimenting import investigate
    from gpt2mini_tui.cli.learning import describe, facts_of, judged, say_text, tell
    from gpt2mini_tui.reports.results import record

    found, home = find_card(card), the_home()
    _refuse_what_cannot_be(found, predict, data)
    if not as_json:
        describe(found)
        predict = predict or _asked(found)
        say_text(f"Watch: {found.watch}")
        say()
    question = Question(title=found.name, arms=found.as_arms(), seeds=tuple(range(seed, seed + seeds)))
    text = DataConfig(data=text_for(found.piece, data, home))
    results, code = investigate([question], home, text=text, threads=threads)
    if code or not results:
        return code
    result, verdict = results[0], judged(found, results[0])
    _remember(found, result, verdict, predict, home)
    if as_json:
        told = {"verdict": verdict, "expected": found.expected, "prediction": predict, **record(result)}
        say_json({"card": facts_of(found), **told})
        return 0
    if is_terminal(sys.stdout):
        _draw(result)
    tell(found, verdict, predict)
    return 0


def _refuse_what_cannot_be(card: "Card", predict: str, data: str) -> None:
    """Raise UsageError for a prediction that is none of the choices, and for a text where the card has its own."""
    if predict and card.choice(predict) is None:
        raise click.UsageError(f"there is no choice {predict!r}; the choices are {_keys(card)}")
    if card.own_text and data not in ("tales", card.own_text):
        raise click.UsageError(f"{card.name} is always played on {card.own_text}; leave --data out")


def _remember(card: "Card", result: "Result", verdict: "Judged", prediction: str, home: Home) -> None:
    """Write what came out into the notebook of the cards, and beside the runs."""
    from gpt2mini.experiments.notebook import entry_of, label_runs, remember
    from gpt2mini.runs import Store

    names = tuple(name for names in result.runs for name in names)
    entry = entry_of(card, verdict, prediction=prediction, corpus=result.corpus, seeds=result.seeds, runs=names)
    remember(home, entry)
    label_runs(Store(home.checkpoints), card, entry)


def _draw(result: "Result") -> None:
    """Draw the curves of all arms: of the exams on a task, else of the losses on what was held back."""
    from gpt2mini_tui.cli.drawing import drawn
    from gpt2mini_tui.reports.curves import exams, losses

    rows = result.rows
    picture = exams(rows) if rows[0].runs[0].exams else losses(rows, held_back=True)
    for line in drawn(picture, min(width(), 110), 16):
        say(line)
    say()


def _asked(card: "Card") -> str:
    """Return the prediction of whoever sits at the terminal; empty for none, or if nobody does."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return ""
    while True:
        key: str = click.prompt(f"Your prediction ({_keys(card)}, or Enter for none)", default="", show_default=False)
        key = key.strip().lower()[:1]
        if not key or card.choice(key) is not None:
            say()
            return key
        note(f"There is no choice {key!r}.")


def _keys(card: "Card") -> str:
    return ", ".join(choice.key for choice in card.choices)
