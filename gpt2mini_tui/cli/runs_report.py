"""`gpt2mini-tui runs report`."""

from pathlib import Path

import click

from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say
from gpt2mini_tui.cli.picking import find_runs, free_file, read_stories

__all__ = ["report_runs"]

_EXAMPLES = """
gpt2mini-tui runs report tales-1 tales-2 --out report.html
gpt2mini-tui runs report tales-1 --out report.md --title "Without a warm-up"
"""


@click.command("report", cls=Command, epilog=_EXAMPLES)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it: .html with curves, else Markdown. By default Markdown on standard output.",
)
@click.option("--title", default="", help="What it is about.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def report_runs(runs: tuple[str, ...], *, out: Path | None, title: str, force: bool) -> None:
    """Write a page of a lab notebook about some runs.

    What was asked, predicted and found; their curves beside one another; what they differ in; what they write; and the
    command that makes each again. The first run is what the others are measured against. One file, nothing is loaded.
    """
    from gpt2mini_tui.cli.experimenting import asked_again
    from gpt2mini_tui.reports.run_report import Chapter, markdown_report, write_report

    home = the_home()
    if out is not None:
        free_file(out.expanduser(), force=force)
    summaries = {run.name: run.summary() for run in find_runs(runs, home)}
    chapters = [Chapter(story=story, summary=summaries[story.name]) for story in read_stories(runs, home)]
    title = title or ", ".join(dict.fromkeys(runs))
    if out is None:
        for line in markdown_report(chapters, title=title, asked=asked_again()).splitlines():
            say(line)
        return
    write_report(out.expanduser(), chapters, title=title, asked=asked_again())
    note(f"The report is in {out}")
