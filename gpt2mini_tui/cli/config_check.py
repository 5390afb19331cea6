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

    The exit code is 2 for a section, a setting, an action or a value that cannot be.
    """
    from gpt2mini_tui.personal.preferences import in_force, only, places

    chosen = in_force() if file is None else only(file)
    if chosen.get("keys"):
        from gpt2mini_tui.personal.actions import check_keys  # it asks the screens

        check_keys(chosen)
    if file is not None:
        say(file)
    else:
        for place in places():
            if place.path.is_file():
                say(place.path)
    note("Everything in it is known, and can be.")
