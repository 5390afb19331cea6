"""`gpt2mini-tui runs plot`."""

import shutil
import sys
from pathlib import Path

import click

from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, note, say_json
from gpt2mini_tui.cli.picking import free_file, read_stories

__all__ = ["plot_runs"]

_EXAMPLES = """
gpt2mini-tui runs plot tales-1
gpt2mini-tui runs plot full no-residual --curve difference
gpt2mini-tui runs plot full no-residual --out both.svg
gpt2mini-tui runs plot tales-1 --json | jq '.curves[0].points[-1]'
gpt2mini-tui runs plot tales-1 --curve grad --width 100 --height 20 > curve.txt
"""
_CURVES = ("loss", "val", "difference", "grad", "answers")


@click.command("plot", cls=Command, epilog=_EXAMPLES)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
@click.option("--curve", type=click.Choice(_CURVES), default="loss", show_default=True, help="What to draw.")
@click.option("--baseline", shell_complete=complete_runs, help="What differences are from; by default the first run.")
@click.option("--width", type=click.IntRange(20, 500), help="In cells; by default that of the terminal.")
@click.option("--height", type=click.IntRange(6, 200), default=20, show_default=True, help="In lines.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write an .svg or a .png instead.")
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the points as one JSON object.")
def plot_runs(
    runs: tuple[str, ...],
    *,
    curve: str,
    baseline: str | None,
    width: int | None,
    height: int,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Draw the curves of runs: training or validation loss, gradient norm, the difference at equal
    steps, or the share of the problems of a task that were answered without a mistake.

    Where the text is the same, the reference lines are drawn too. Between the lines called noise lies what two seeds
    of the same run differ by. A PNG has letters of ASCII only, and a box for any other; an SVG has all.
    """
    from gpt2mini_tui.charts.drawing import draw_runs
    from gpt2mini_tui.charts.files import picture_of_runs, record_of
    from gpt2mini_tui.charts.writing import write_chart

    base = [baseline] if baseline else []
    found = read_stories([*runs, *base], the_home())
    stories = [story for story in found if story.name in runs]
    chosen = next((story for story in found if story.name == baseline), None)
    if as_json or out is not None:
        picture = picture_of_runs(stories, curve, chosen)
        if out is not None:
            free_file(out, force=force)
            write_chart(picture, out)
            note(f"The plot is in {out}.")
        if as_json:
            say_json({"curve": curve, **record_of(picture)})
        return
    cells = width or min(200, shutil.get_terminal_size().columns)
    for line in draw_runs(stories, curve, chosen, cells, height, in_color=is_terminal(sys.stdout)):
        click.echo(line)
