"""`gpt2mini-tui data list`."""

import sys
from typing import TYPE_CHECKING

import click

from gpt2mini_tui import words
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, say, say_json, width
from gpt2mini_tui.cli.table import table

if TYPE_CHECKING:
    from gpt2mini.corpus import Entry

__all__ = ["list_data"]

_EXAMPLES = """
gpt2mini-tui data list
"""
_HEADERS = ("text", "characters", "different", "on disk", "what it is")


@click.command("list", cls=Command, epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_data(as_json: bool) -> None:
    """List the built-in texts, then those that were prepared for training before."""
    from gpt2mini.corpus import list_corpora

    entries = list_corpora(the_home())
    if as_json:
        say_json({"texts": entries})
        return
    built_in = {entry.source for entry in entries if entry.description}
    prepared = {entry.source: entry for entry in entries if not entry.description}
    rows = [
        _row(prepared.get(entry.source, entry), entry)
        for entry in entries
        if entry.description or entry.source not in built_in  # one line for a built-in text that was prepared
    ]
    fit = width() if is_terminal(sys.stdout) else None
    for line in table(_HEADERS, rows, right=("characters", "different", "on disk"), width=fit):
        say(line)


def _row(counted: "Entry", named: "Entry") -> tuple[str, ...]:
    return (
        named.name,
        f"{counted.characters:,}" if counted.characters else "",
        f"{counted.vocabulary:,}" if counted.vocabulary else "",
        words.size(counted.size) if counted.size else "",
        named.problem or named.description or f"prepared from {named.source}",
    )
