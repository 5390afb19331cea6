"""`gpt2mini-tui checkpoints name`, `pin` and `unpin`: what a checkpoint is called, and which of them stay for good."""

from typing import TYPE_CHECKING

import click

from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say

if TYPE_CHECKING:
    from gpt2mini.runs import CheckpointEntry, Run

__all__ = ["name_checkpoint", "pin_checkpoint", "unpin_checkpoint"]

_NAME = """
gpt2mini-tui checkpoints name tales-1/step-000500 "before the break"
gpt2mini-tui checkpoints name tales-1/step-000500
gpt2mini-tui checkpoints name tales-1/step-000500 ""
"""
_PIN = """
gpt2mini-tui checkpoints pin tales-1/step-000500
"""
_UNPIN = """
gpt2mini-tui checkpoints unpin tales-1/step-000500
"""

_checkpoint_argument = click.argument("checkpoint", metavar="RUN/CHECKPOINT", shell_complete=complete_models)


@click.command("name", cls=Command, epilog=_NAME)
@_checkpoint_argument
@click.argument("name", required=False)
def name_checkpoint(checkpoint: str, name: str | None) -> None:
    """Call a checkpoint something, or print what it is called; an empty name takes it away.

    Its folder keeps the name of its step, and so does every command.
    """
    run, entry = _found(checkpoint)
    if name is None:
        if entry.label:
            say(entry.label)
        return
    run.name_checkpoint(entry.name, name)
    note(f"{run.name}/{entry.name} is called {name.strip()}." if name.strip() else f"{run.name}/{entry.name}: no name.")


@click.command("pin", cls=Command, epilog=_PIN)
@_checkpoint_argument
def pin_checkpoint(checkpoint: str) -> None:
    """Keep a checkpoint for good, however many newer ones come."""
    run, entry = _found(checkpoint)
    run.pin(entry.name)
    note(f"{run.name}/{entry.name} is pinned.")


@click.command("unpin", cls=Command, epilog=_UNPIN)
@_checkpoint_argument
def unpin_checkpoint(checkpoint: str) -> None:
    """Let a pinned checkpoint go again when newer ones come."""
    run, entry = _found(checkpoint)
    run.unpin(entry.name)
    note(f"{run.name}/{entry.name} is not pinned.")


def _found(checkpoint: str) -> "tuple[Run, CheckpointEntry]":
    from gpt2mini_tui.cli.loading import find_checkpoint

    run, entry = find_checkpoint(checkpoint, the_home())
    if entry is None:
        raise UsageError("this is a run", where=run.name, do="Name one of its checkpoints, as RUN/CHECKPOINT.")
    return run, entry
