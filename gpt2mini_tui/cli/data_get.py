"""`gpt2mini-tui data get`."""

import click

from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json

__all__ = ["get_data"]

_EXAMPLES = """
gpt2mini-tui data get tinyshakespeare
"""


@click.command("get", cls=Command, epilog=_EXAMPLES)
@click.argument("name", type=click.Choice(("tinyshakespeare",)))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def get_data(name: str, as_json: bool) -> None:
    """Fetch a text that is known by its name; its checksum is known too.

    One that is here already is not fetched again.
    """
    from gpt2mini.downloads import KNOWN, kept
    from gpt2mini_tui.cli.fetching import fetch_text

    home = the_home()
    path = kept(name, home)
    if path is None:
        fetch_text(KNOWN[name].url, home, name=name, sha256=KNOWN[name].sha256, as_json=as_json)
    elif as_json:
        say_json({"name": name, "path": path, "sha256": KNOWN[name].sha256})
    else:
        say(path)
        note("It was here already.")
