"""`gpt2mini-tui checkpoints list`."""

import sys

import click

from gpt2mini_tui import words
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, note, say, say_json, width
from gpt2mini_tui.cli.table import table

__all__ = ["list_checkpoints"]

_EXAMPLES = """
gpt2mini-tui checkpoints list
gpt2mini-tui checkpoints list tales-1
"""
_HEADERS = ("checkpoint", "step", "val", "size", "age", "kept", "name", "problem")


@click.command("list", cls=Command, epilog=_EXAMPLES)
@click.argument("run", required=False, shell_complete=complete_runs)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_checkpoints(run: str | None, as_json: bool) -> None:
    """List the checkpoints of a run, or of all of them. Losses are in nats per token."""
    from gpt2mini.runs import Store

    store = Store(the_home().checkpoints)
    runs = store.runs() if run is None else [store.get(run)]
    entries = [(f"{one.name}/{entry.name}", entry) for one in runs for entry in one.checkpoints()]
    if as_json:
        keys = ("path", "step", "val_loss", "created", "size", "pinned", "label", "problem")
        say_json(
            {"checkpoints": [{"name": name} | {key: getattr(entry, key) for key in keys} for name, entry in entries]}
        )
        return
    if not entries:
        note("There are no checkpoints yet. `gpt2mini-tui train` makes them.")
        return
    rows = [
        (
            name,
            entry.step,
            words.loss(entry.val_loss),
            words.size(entry.size),
            words.age(entry.created),
            "pinned" if entry.pinned else "",
            entry.label,
            entry.problem,
        )
        for name, entry in entries
    ]
    fit = width() if is_terminal(sys.stdout) else None
    for line in table(_HEADERS, rows, right=("step", "val", "size", "age"), width=fit):
        say(line)
