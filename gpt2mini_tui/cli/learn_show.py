"""`gpt2mini-tui learn show`."""

import click

from gpt2mini_tui.cli.complete import complete_cards
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import say, say_json

__all__ = ["show_card"]

_EXAMPLES = """
gpt2mini-tui learn show no-residual
"""


@click.command("show", cls=Command, epilog=_EXAMPLES)
@click.argument("card", shell_complete=complete_cards)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_card(card: str, as_json: bool) -> None:
    """Show a card: its question, what it compares, and what came out the last time. The answer is not told."""
    from gpt2mini.experiments.deck import find_card
    from gpt2mini.experiments.notebook import latest
    from gpt2mini_tui.cli.learning import describe, facts_of, say_text
    from gpt2mini_tui.reports.results import command

    found = find_card(card)
    last = latest(the_home()).get(found.name)
    commands = {arm.label: command(arm) for arm in found.as_arms()}
    if as_json:
        say_json({"card": {**facts_of(found), "commands": commands, "last": last}})
        return
    describe(found)
    say_text(f"Watch: {found.watch}")
    say()
    for label, line in commands.items():
        say(f"  {label}: {line}")
    say()
    if last is not None:
        say_text(f"The last time, on {last.corpus}: {last.text}")
    say(f"Run it: gpt2mini-tui learn run {found.name}")
