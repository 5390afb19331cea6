"""`gpt2mini-tui checkpoints verify`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gpt2mini.errors import CheckpointError
from gpt2mini_tui import words
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from gpt2mini.paths import Home

__all__ = ["verify_checkpoints"]

_EXAMPLES = """
gpt2mini-tui checkpoints verify
gpt2mini-tui checkpoints verify tales-1
gpt2mini-tui checkpoints verify tales-1/step-000500
"""


@click.command("verify", cls=Command, epilog=_EXAMPLES)
@click.argument("name", metavar="[RUN|RUN/CHECKPOINT]", required=False, shell_complete=complete_models)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_checkpoints(name: str | None, as_json: bool) -> None:
    """Read every number of a checkpoint, of all those of a run, or of all there are, and say what is wrong.

    It does what `resume` does before it believes a checkpoint. The exit code is 65 if one is not sound.
    """
    from gpt2mini.checkpoint import verify  # torch

    found: list[tuple[str, str]] = []
    for title, path in _chosen(name, the_home()):
        try:
            verify(path)
            found.append((title, ""))
        except CheckpointError as error:
            found.append((title, str(error)))
        if not as_json:
            say(f"{title}  {found[-1][1] or 'sound'}")
    if as_json:
        say_json({"checkpoints": [{"name": title, "problem": problem} for title, problem in found]})
    elif not found:
        note("There are no checkpoints yet. `gpt2mini-tui train` makes them.")
    bad = sum(bool(problem) for _, problem in found)
    if bad:
        do = "Resuming passes over them, to the newest one that is sound."
        raise CheckpointError(f"not sound: {bad:,} of {words.count(len(found), 'checkpoint')}", do=do)


def _chosen(name: str | None, home: "Home") -> Iterator[tuple[str, "Path"]]:
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.loading import find_checkpoint

    if name:
        run, entry = find_checkpoint(name, home)
        chosen = [(run, entry)] if entry else [(run, each) for each in run.checkpoints()]
    else:
        chosen = [(run, each) for run in Store(home.checkpoints).runs() for each in run.checkpoints()]
    yield from ((f"{run.name}/{entry.name}", entry.path) for run, entry in chosen)
