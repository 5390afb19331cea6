"""`gpt2mini-tui where`."""

import click

from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import say, say_json
from gpt2mini_tui.cli.table import facts

__all__ = ["where"]

_EXAMPLES = """
gpt2mini-tui where
gpt2mini-tui --home /tmp/lab where
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def where(as_json: bool) -> None:
    """Say where runs and texts are kept.

    The home is what --home says, else $GPT2MINI_HOME, else the checkout this program runs from, else your data folder.
    """
    home = the_home()
    places = {"home": home.root, "checkpoints": home.checkpoints, "data": home.data, "prepared": home.prepared}
    if as_json:
        say_json(places)
        return
    for line in facts(places.items()):
        say(line)
