"""`gpt2mini-tui watch`."""

import sys
from typing import TYPE_CHECKING

import click

from gpt2mini.errors import ExitCode
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import has_screen
from gpt2mini_tui.cli.picking import find_runs

if TYPE_CHECKING:
    from gpt2mini.runs import Run

__all__ = ["watch"]

_EXAMPLES = """
gpt2mini-tui watch tales-1
gpt2mini-tui watch tales-1 --plain
gpt2mini-tui watch tales-1 --json | jq -c 'select(.event == "Evaluated")'
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("run", shell_complete=complete_runs)
@click.option("--plain", is_flag=True, help="Tell it as lines, as `train` does, instead of in the lab.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object a line.")
def watch(run: str, plain: bool, as_json: bool) -> int:
    """Follow a run that another process trains, without touching it.

    On a terminal the lab shows it, else it is told as lines. A run that is over is shown as it went; so is one that is
    resumed meanwhile. Leaving changes nothing for whoever trains it.
    """
    home = the_home()
    (found,) = find_runs([run], home)
    found.manifest()  # an error here is a sentence; there it would be a screen
    if plain or as_json or not has_screen():
        return _tell(found, as_json=as_json)
    from gpt2mini_tui.app import LabApp
    from gpt2mini_tui.garbage import settle
    from gpt2mini_tui.personal.actions import habits
    from gpt2mini_tui.personal.habits import config_folder

    settle()
    return LabApp(home, watch=run, habits=habits(), folder=config_folder()).run() or 0


def _tell(run: "Run", *, as_json: bool) -> int:
    """Tell a run to its end, or until somebody interrupts."""
    from gpt2mini_tui.cli.report import JsonReport, Report, TextReport
    from gpt2mini_tui.runs.following import Rewound, follow

    reports: list[Report] = [JsonReport() if as_json else TextReport()]
    try:
        for event in follow(run, stop=lambda: reports[-1].lines.error is not None):
            if isinstance(event, Rewound):
                reports.append(JsonReport() if as_json else TextReport())
            elif event is not None:
                reports[-1].add(event)
                sys.stdout.flush()
    finally:
        reports[-1].close()
    return ExitCode.OK
