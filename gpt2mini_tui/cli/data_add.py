"""`gpt2mini-tui data add`."""

import click

from gpt2mini_tui.cli.group import Command, the_home

__all__ = ["add_data"]

_EXAMPLES = """
gpt2mini-tui data add https://example.org/alice.txt
gpt2mini-tui data add https://example.org/alice.txt --name alice --sha256 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
"""  # noqa: E501  # a checksum cannot be broken


@click.command("add", cls=Command, epilog=_EXAMPLES)
@click.argument("url")
@click.option("--name", default="", help="What it will be called; by default the last part of the address.")
@click.option("--sha256", default="", metavar="DIGEST", help="Keep it only if this is its checksum.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add_data(url: str, name: str, sha256: str, as_json: bool) -> None:
    """Fetch a text from the network and keep it in the home, to be trained on by its name."""
    from gpt2mini.downloads import name_of
    from gpt2mini_tui.cli.fetching import fetch_text

    fetch_text(url, the_home(), name=name or name_of(url), sha256=sha256, as_json=as_json)
