"""`gpt2mini-tui runs list`."""

import sys

import click

from gpt2mini_tui import words
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, note, say, say_json, width
from gpt2mini_tui.cli.table import table

__all__ = ["list_runs"]

_EXAMPLES = """
gpt2mini-tui runs list
gpt2mini-tui runs list --json | jq -r '.runs[] | [.name, .val_loss] | @tsv'
"""
_HEADERS = ("run", "status", "step", "loss", "val", "text", "switches", "age")


@click.command("list", cls=Command, epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_runs(as_json: bool) -> None:
    """List the runs, the newest last. Losses are in nats per token, that of training smoothed.

    R21 r120 says that a switch was turned at step 21 and put back at step 120; `runs show` names it.
    """
    from gpt2mini.runs import Store
    from gpt2mini_tui.folds.changes import how_switched

    summaries = [run.summary() for run in Store(the_home().checkpoints).runs()]
    if as_json:
        say_json({"runs": summaries})
        return
    if not summaries:
        note("There are no runs yet. Make one with `gpt2mini-tui train`.")
        return
    rows = [
        (
            run.name,
            run.status,
            f"{run.step}/{run.steps}",
            words.loss(run.smoothed),
            words.loss(run.val_loss, is_measured=run.is_validated),
            run.corpus,
            run.problem or how_switched(run),
            words.age(run.created),
        )
        for run in summaries
    ]
    fit = width() if is_terminal(sys.stdout) else None
    for line in table(_HEADERS, rows, right=("step", "loss", "val", "age"), width=fit):
        say(line)
