"""The headless lab: every command in a file of its own, none of which loads torch, textual or numpy to be listed."""

import click

from gpt2mini_tui.cli.ablate import ablate
from gpt2mini_tui.cli.chat import chat
from gpt2mini_tui.cli.checkpoints_list import list_checkpoints
from gpt2mini_tui.cli.checkpoints_pin import pin_checkpoint
from gpt2mini_tui.cli.checkpoints_show import show_checkpoint
from gpt2mini_tui.cli.checkpoints_unpin import unpin_checkpoint
from gpt2mini_tui.cli.checkpoints_verify import verify_checkpoints
from gpt2mini_tui.cli.data_list import list_data
from gpt2mini_tui.cli.data_show import show_data
from gpt2mini_tui.cli.doctor import doctor
from gpt2mini_tui.cli.fork import fork
from gpt2mini_tui.cli.generate import generate
from gpt2mini_tui.cli.group import Group, show_version
from gpt2mini_tui.cli.launch import launch
from gpt2mini_tui.cli.resume import resume
from gpt2mini_tui.cli.runs_list import list_runs
from gpt2mini_tui.cli.runs_show import show_run
from gpt2mini_tui.cli.train import train
from gpt2mini_tui.cli.where import where
from gpt2mini_tui.cli.xray import xray

__all__ = ["main"]

_EXAMPLES = """
gpt2mini-tui launch
gpt2mini-tui train --data data.txt --steps 2000
gpt2mini-tui generate --prompt "Once upon a time"
"""
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("gpt2mini-tui", cls=Group, epilog=_EXAMPLES, context_settings=_SETTINGS)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version."
)
def main() -> None:
    """Train a GPT-2 from scratch, break it, watch what happens, understand why, then talk to it."""


@click.group(cls=Group)
def runs() -> None:
    """Look at what was trained."""


@click.group(cls=Group)
def checkpoints() -> None:
    """Look at what was saved."""


@click.group(cls=Group)
def data() -> None:
    """Look at what can be trained on."""


runs.add_command(list_runs)
runs.add_command(show_run)
checkpoints.add_command(list_checkpoints)
checkpoints.add_command(show_checkpoint)
checkpoints.add_command(verify_checkpoints)
checkpoints.add_command(pin_checkpoint)
checkpoints.add_command(unpin_checkpoint)
data.add_command(list_data)
data.add_command(show_data)
for _command in (launch, train, resume, fork, generate, chat, xray, ablate, runs, checkpoints, data, where, doctor):
    main.add_command(_command)
