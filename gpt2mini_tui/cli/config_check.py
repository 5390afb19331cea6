"""`gpt2mini-tui config check`."""

from pathlib import Path

import click

from gpt2mini_tui.cli.group import Command
from gpt2mini_tui.cli.output import note, say

__all__ = ["check_config"]

_EXAMPLES = """
gpt2mini-tui config check
gpt2mini-tui config check gpt2mini.toml
"""


@click.command("check", cls=Command, epilog=_EXAMPLES)
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check_config(file: Path | None) -> None:
    """Check a file of preferences, or all that count here and the environment.

    The exit code is 2 for a section, a key or a value that cannot be.
    """
    from gpt2mini_tui.personal.preferences import in_force, places, read

    if file is not None:
        read(file)
        say(file)
    else:
        in_force()
        for place in places():
            if place.path.is_file():
                say(place.path)
    note("Everything in it is known, and can be.")
