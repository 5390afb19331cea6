"""`rm` and `restore`, for runs and for checkpoints: into the trash, and back."""

import click

from gpt2mini.errors import NotFoundError, UsageError
from gpt2mini_tui.cli.complete import complete_models, complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note

__all__ = ["remove_checkpoints", "remove_runs", "restore_checkpoint", "restore_run"]

_RM_RUNS = """
gpt2mini-tui runs rm tales-1 tales-2
"""
_RM_CHECKPOINTS = """
gpt2mini-tui checkpoints rm tales-1/step-000100 tales-1/step-000200
"""
_RESTORE_RUN = """
gpt2mini-tui runs restore tales-1
"""
_RESTORE_CHECKPOINT = """
gpt2mini-tui checkpoints restore tales-1/step-000100
"""


@click.command("rm", cls=Command, epilog=_RM_RUNS)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
def remove_runs(runs: tuple[str, ...]) -> None:
    """Move runs with all their checkpoints to the trash; `runs restore` brings them back for thirty days."""
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.picking import find_runs

    home = the_home()
    store = Store(home.checkpoints)
    for run in find_runs(runs, home):
        store.trash(run.path)
        note(f"{run.name} is in the trash.")


@click.command("rm", cls=Command, epilog=_RM_CHECKPOINTS)
@click.argument("checkpoints", metavar="RUN/CHECKPOINT...", nargs=-1, required=True, shell_complete=complete_models)
def remove_checkpoints(checkpoints: tuple[str, ...]) -> None:
    """Move checkpoints to the trash; `checkpoints restore` brings them back for thirty days."""
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.loading import find_checkpoint

    home = the_home()
    found = [find_checkpoint(word, home) for word in dict.fromkeys(checkpoints)]
    for run, entry in found:
        if entry is None:
            raise UsageError("this is a run", where=run.name, do=f"`gpt2mini-tui runs rm {run.name}` deletes it.")
    for run, entry in found:
        if entry is not None:
            Store(home.checkpoints).trash(entry.path)
            note(f"{run.name}/{entry.name} is in the trash.")


@click.command("restore", cls=Command, epilog=_RESTORE_RUN)
@click.argument("run")
def restore_run(run: str) -> None:
    """Bring a run back that was deleted."""
    _restore(run)


@click.command("restore", cls=Command, epilog=_RESTORE_CHECKPOINT)
@click.argument("checkpoint", metavar="RUN/CHECKPOINT")
def restore_checkpoint(checkpoint: str) -> None:
    """Bring a checkpoint back that was deleted."""
    _restore(checkpoint)


def _restore(name: str) -> None:
    from gpt2mini.runs import Store

    store = Store(the_home().checkpoints)
    gone = [one for one in store.trashed() if str(one.origin.relative_to(store.root)) == name]
    if not gone:
        names = [str(one.origin.relative_to(store.root)) for one in store.trashed()[-5:]]
        do = f"There is {', '.join(names)}." if names else "It is empty."
        raise NotFoundError("nothing of that name is in the trash", where=name, do=do)
    store.restore(gone[-1])
    note(f"{name} is back.")
