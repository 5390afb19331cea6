"""`gpt2mini-tui learn list`."""

import sys

import click

from gpt2mini_tui import words
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, say, say_json, width
from gpt2mini_tui.cli.table import table

__all__ = ["list_cards"]

_EXAMPLES = """
gpt2mini-tui learn list
"""


@click.command("list", cls=Command, epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_cards(as_json: bool) -> None:
    """List the cards, and what came out of those that you have played."""
    from gpt2mini.experiments.deck import DECK
    from gpt2mini.experiments.notebook import latest
    from gpt2mini_tui.cli.learning import facts_of

    played = latest(the_home())
    if as_json:
        say_json({"cards": [{**facts_of(card), "last": played.get(name)} for name, card in DECK.items()]})
        return
    rows = []
    for name, card in DECK.items():
        entry = played.get(name)
        came = ""
        if entry is not None:
            came = "foreseen" if entry.is_right else f"predicted {entry.prediction or 'nothing'}"
            came += f", measured {entry.answer or 'nothing clear'}"
        rows.append((name, card.title, came, words.age(entry.when) if entry else ""))
    for line in table(("card", "about", "result", "age"), rows, width=width() if is_terminal(sys.stdout) else None):
        say(line)
