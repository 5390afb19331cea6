"""`gpt2mini-tui runs export`."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpt2mini.errors import CannotCreateError, DiskError, UsageError, reason
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say_json
from gpt2mini_tui.cli.picking import find_runs, free_file

if TYPE_CHECKING:
    from gpt2mini.runs import Run

__all__ = ["export_runs"]

_EXAMPLES = """
gpt2mini-tui runs export tales-1 > tales-1.csv
gpt2mini-tui runs export tales-1 tales-2 --out both.csv
gpt2mini-tui runs export tales-1 tales-2 --format tensorboard --out boards
gpt2mini-tui runs export tales-1 --format jsonl | jq -c 'select(.event == "Sampled")'
"""


@click.command("export", cls=Command, epilog=_EXAMPLES)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "tensorboard"]),
    default="csv",
    show_default=True,
    help="Of it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write there instead of standard output; for tensorboard a folder.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written where, as one JSON object; with --out.")
def export_runs(runs: tuple[str, ...], form: str, out: Path | None, force: bool, as_json: bool) -> None:
    """Write the numbers of runs: as CSV a row a step, as JSON Lines every event, for TensorBoard a folder a run.

    Losses are in nats per token, the gradient norm is that before clipping.
    """
    if as_json and out is None:
        raise UsageError(
            "--json says where the file is", do="Name it with --out; `--format jsonl` is the events as JSON."
        )
    found = find_runs(runs, the_home())
    if form == "tensorboard":
        _export_boards(found, out)
    else:
        _export_lines(found, form, out, force=force)
    if as_json:
        say_json({"runs": [run.name for run in found], "format": form, "file": out})


def _export_lines(found: Sequence["Run"], form: str, out: Path | None, *, force: bool) -> None:
    from gpt2mini_tui.runs.exports import export

    lines = (line for place, run in enumerate(found) for line in export(run, form, header=place == 0))
    if out is None:
        for line in lines:
            click.echo(line.encode("utf-8", "backslashreplace"), nl=False)
        return
    free_file(out, force=force)
    try:
        with open(out, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines(lines)
    except OSError as error:
        raise DiskError("cannot write the file", where=out, why=reason(error)) from error
    note(f"Written to {out}.")


def _export_boards(runs: Sequence["Run"], out: Path | None) -> None:
    from gpt2mini.tensorboard import Board

    if out is None:
        raise UsageError("TensorBoard reads folders", do="Name one with --out.")
    taken = next((out / run.name for run in runs if (out / run.name).exists()), None)
    if taken is not None:
        raise CannotCreateError("there is something of that name already", where=taken)
    for run in runs:
        with Board(out / run.name, began=run.manifest().created) as board:
            for event in run.events():
                board.add(event)
    note(f"Look at them with: {shlex.join(['tensorboard', '--logdir', str(out)])}")
