"""`gpt2mini-tui doctor`."""

from typing import TYPE_CHECKING

import click

from gpt2mini.errors import ExitCode
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json
from gpt2mini_tui.cli.table import facts

if TYPE_CHECKING:
    from gpt2mini_tui.cli.checks import Finding

__all__ = ["doctor"]

_EXAMPLES = """
gpt2mini-tui doctor
gpt2mini-tui doctor --json
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:
    """Look whether everything is in place: packages, device, threads, disk, terminal, colours and font.

    Where there is a GPU, it trains twenty steps beside the CPU, and the losses have to agree. The exit code is 0 unless
    something keeps the lab from working.
    """
    from gpt2mini_tui.cli.checks import examine

    findings = list(examine(the_home()))
    blocked = [finding for finding in findings if finding.state == "problem"]
    if as_json:
        say_json({"is_ready": not blocked, "findings": findings})
    else:
        for line in facts((f"{finding.state:<7}  {finding.name}", _words(finding)) for finding in findings):
            say(line)
        note("Everything that is needed is here." if not blocked else f"To mend: {blocked[0].do}")
    return ExitCode.FAILED if blocked else ExitCode.OK


def _words(finding: "Finding") -> str:
    return f"{finding.detail}. {finding.do}" if finding.do else finding.detail
