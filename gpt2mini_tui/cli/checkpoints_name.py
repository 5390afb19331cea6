"""`gpt2mini-tui checkpoints name`."""

import click

from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say

__all__ = ["name_checkpoint"]

_EXAMPLES = """
gpt2mini-tui checkpoints name tales-1/step-000500 "before the break"
gpt2mini-tui checkpoints name tales-1/step-000500
gpt2mini-tui checkpoints name tales-1/step-000500 ""
"""


@click.command("name", cls=Command, epilog=_EXAMPLES)
@click.argument("checkpoint", metavar="RUN/CHECKPOINT", shell_complete=complete_models)
@click.argument("name", required=False)
def name_checkpoint(checkpoint: str, name: str | None) -> None:
    """Call a checkpoint something, or print what it is called; an empty name takes it away.

    Its folder keeps the name of its step, and so does every command.
    """
    from gpt2mini_tui.cli.loading import find_checkpoint

    run, entry = find_checkpoint(checkpoint, the_home())
    if entry is None:
        raise UsageError("this is a run", where=run.name, do="Name one of its checkpoints, as RUN/CHECKPOINT.")
    if name is None:
        if entry.label:
            say(entry.label)
        return
    run.name_checkpoint(entry.name, name)
    note(f"{run.name}/{entry.name} is called {name.strip()}." if name.strip() else f"{run.name}/{entry.name}: no name.")
