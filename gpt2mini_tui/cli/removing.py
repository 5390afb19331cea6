"""`rm` and `restore`, for runs and for checkpoints: into the trash, and back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpt2mini.errors import NotFoundError, UsageError
from gpt2mini_tui.cli.complete import complete_models, complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say_json

if TYPE_CHECKING:
    from gpt2mini.runs import Store

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


_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command("rm", cls=Command, epilog=_RM_RUNS)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
@_json_option
def remove_runs(runs: tuple[str, ...], as_json: bool) -> None:
    """Move runs with all their checkpoints to the trash; `runs restore` brings them back for thirty days."""
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.picking import find_runs

    home = the_home()
    store = Store(home.checkpoints)
    _trash(store, {run.name: run.path for run in find_runs(runs, home)}, as_json=as_json)


@click.command("rm", cls=Command, epilog=_RM_CHECKPOINTS)
@click.argument("checkpoints", metavar="RUN/CHECKPOINT...", nargs=-1, required=True, shell_complete=complete_models)
@_json_option
def remove_checkpoints(checkpoints: tuple[str, ...], as_json: bool) -> None:
    """Move checkpoints to the trash; `checkpoints restore` brings them back for thirty days."""
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.loading import find_checkpoint

    home = the_home()
    found = [find_checkpoint(word, home) for word in dict.fromkeys(checkpoints)]
    for run, entry in found:
        if entry is None:
            raise UsageError("this is a run", where=run.name, do=f"`gpt2mini-tui runs rm {run.name}` deletes it.")
    paths = {f"{run.name}/{entry.name}": entry.path for run, entry in found if entry is not None}
    _trash(Store(home.checkpoints), paths, as_json=as_json)


@click.command("restore", cls=Command, epilog=_RESTORE_RUN)
@click.argument("run")
@_json_option
def restore_run(run: str, as_json: bool) -> None:
    """Bring a run back that was deleted."""
    _restore(run, as_json=as_json)


@click.command("restore", cls=Command, epilog=_RESTORE_CHECKPOINT)
@click.argument("checkpoint", metavar="RUN/CHECKPOINT")
@_json_option
def restore_checkpoint(checkpoint: str, as_json: bool) -> None:
    """Bring a checkpoint back that was deleted."""
    _restore(checkpoint, as_json=as_json)


def _trash(store: "Store", paths: dict[str, Path], *, as_json: bool) -> None:
    for name, path in paths.items():
        store.trash(path)
        note(f"{name} is in the trash.")
    if as_json:
        say_json({"trashed": list(paths)})


def _restore(name: str, *, as_json: bool) -> None:
    from gpt2mini.runs import Store

    store = Store(the_home().checkpoints)
    gone = [one for one in store.trashed() if str(one.origin.relative_to(store.root)) == name]
    if not gone:
        names = [str(one.origin.relative_to(store.root)) for one in store.trashed()[-5:]]
        do = f"There is {', '.join(names)}." if names else "It is empty."
        raise NotFoundError("nothing of that name is in the trash", where=name, do=do)
    store.restore(gone[-1])
    note(f"{name} is back.")
    if as_json:
        say_json({"restored": gone[-1].origin})
