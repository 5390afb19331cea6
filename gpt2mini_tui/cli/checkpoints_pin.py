"""`gpt2mini-tui checkpoints pin`."""

import click

from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note

__all__ = ["pin_checkpoint"]

_EXAMPLES = """
gpt2mini-tui checkpoints pin tales-1/step-000500
"""


@click.command("pin", cls=Command, epilog=_EXAMPLES)
@click.argument("checkpoint", metavar="RUN/CHECKPOINT", shell_complete=complete_models)
def pin_checkpoint(checkpoint: str) -> None:
    """Keep a checkpoint for good, however many newer ones come."""
    from gpt2mini_tui.cli.loading import find_checkpoint

    run, entry = find_checkpoint(checkpoint, the_home())
    if entry is None:
        raise UsageError("this is a run", where=run.name, do="Name one of its checkpoints, as RUN/CHECKPOINT.")
    run.pin(entry.name)
    note(f"{run.name}/{entry.name} is pinned.")
