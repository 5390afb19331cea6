"""`gpt2mini-tui runs export`."""

from pathlib import Path

import click

from gpt2mini.errors import DiskError
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note
from gpt2mini_tui.cli.picking import find_runs, free_file

__all__ = ["export_runs"]

_EXAMPLES = """
gpt2mini-tui runs export tales-1 > tales-1.csv
gpt2mini-tui runs export tales-1 tales-2 --out both.csv
gpt2mini-tui runs export tales-1 --format jsonl | jq -c 'select(.event == "Sampled")'
"""


@click.command("export", cls=Command, epilog=_EXAMPLES)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True, help="Of it.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
def export_runs(runs: tuple[str, ...], form: str, out: Path | None, force: bool) -> None:
    """Write the numbers of runs: as CSV a row a step, as JSON Lines every event.

    Losses are in nats per token, the gradient norm is that before clipping.
    """
    from gpt2mini_tui.exports import export

    found = find_runs(runs, the_home())
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
        raise DiskError("cannot write the file", where=out, why=(error.strerror or str(error)).lower()) from error
    note(f"Written to {out}.")
