"""`gpt2mini-tui config path`."""

import click

from gpt2mini_tui.cli.group import Command
from gpt2mini_tui.cli.output import say, say_json
from gpt2mini_tui.cli.table import table

__all__ = ["show_places"]

_EXAMPLES = """
gpt2mini-tui config path
"""


@click.command("path", cls=Command, epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_places(as_json: bool) -> None:
    """Say which files count here, the strongest first, and whether they are there.

    $GPT2MINI_CONFIG names another file of the user.
    """
    from gpt2mini_tui.personal.preferences import places

    found = [(place.layer, place.path, place.path.is_file()) for place in places()]
    if as_json:
        say_json({"files": [{"layer": layer, "path": path, "exists": exists} for layer, path, exists in found]})
        return
    for line in table(("layer", "there", "file"), [(layer, "yes" if there else "no", p) for layer, p, there in found]):
        say(line)
