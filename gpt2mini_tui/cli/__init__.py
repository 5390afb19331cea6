"""The headless lab: every command in a file of its own, none of which loads torch, textual or numpy to be listed."""

import click

from gpt2mini_tui.cli.ablate import ablate
from gpt2mini_tui.cli.bench import bench
from gpt2mini_tui.cli.chat import chat
from gpt2mini_tui.cli.checkpoints_export import export_checkpoint
from gpt2mini_tui.cli.checkpoints_import import import_checkpoint
from gpt2mini_tui.cli.checkpoints_list import list_checkpoints
from gpt2mini_tui.cli.checkpoints_pin import pin_checkpoint
from gpt2mini_tui.cli.checkpoints_show import show_checkpoint
from gpt2mini_tui.cli.checkpoints_unpin import unpin_checkpoint
from gpt2mini_tui.cli.checkpoints_verify import verify_checkpoints
from gpt2mini_tui.cli.completion import completion
from gpt2mini_tui.cli.config_check import check_config
from gpt2mini_tui.cli.config_path import show_places
from gpt2mini_tui.cli.config_show import show_config
from gpt2mini_tui.cli.data_add import add_data
from gpt2mini_tui.cli.data_get import get_data
from gpt2mini_tui.cli.data_list import list_data
from gpt2mini_tui.cli.data_show import show_data
from gpt2mini_tui.cli.doctor import doctor
from gpt2mini_tui.cli.fork import fork
from gpt2mini_tui.cli.generate import generate
from gpt2mini_tui.cli.group import Group, show_version
from gpt2mini_tui.cli.labelling import note_run, rename_run, tag_run
from gpt2mini_tui.cli.launch import launch
from gpt2mini_tui.cli.learn_calibrate import calibrate_cards
from gpt2mini_tui.cli.learn_list import list_cards
from gpt2mini_tui.cli.learn_run import run_card
from gpt2mini_tui.cli.learn_show import show_card
from gpt2mini_tui.cli.removing import remove_checkpoints, remove_runs, restore_checkpoint, restore_run
from gpt2mini_tui.cli.resume import resume
from gpt2mini_tui.cli.runs_compare import compare_runs
from gpt2mini_tui.cli.runs_export import export_runs
from gpt2mini_tui.cli.runs_list import list_runs
from gpt2mini_tui.cli.runs_plot import plot_runs
from gpt2mini_tui.cli.runs_show import show_run
from gpt2mini_tui.cli.scale import scale
from gpt2mini_tui.cli.sweep import sweep
from gpt2mini_tui.cli.train import train
from gpt2mini_tui.cli.watch import watch
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
    """Look at what was trained, compare it, label it, delete it."""


@click.group(cls=Group)
def checkpoints() -> None:
    """Look at what was saved, keep it, carry it elsewhere, delete it."""


@click.group(cls=Group)
def learn() -> None:
    """Break it, predict what happens, measure, understand: small experiments, one question each."""


@click.group(cls=Group)
def data() -> None:
    """Look at what can be trained on."""


@click.group(cls=Group)
def config() -> None:
    """Look at the preferences that change the defaults of a new run."""


for _run in (list_runs, show_run, compare_runs, plot_runs, export_runs, tag_run, note_run, rename_run):
    runs.add_command(_run)
for _run in (remove_runs, restore_run):
    runs.add_command(_run)
for _one in (list_checkpoints, show_checkpoint, verify_checkpoints, pin_checkpoint, unpin_checkpoint):
    checkpoints.add_command(_one)
for _one in (export_checkpoint, import_checkpoint, remove_checkpoints, restore_checkpoint):
    checkpoints.add_command(_one)
for _one in (show_places, show_config, check_config):
    config.add_command(_one)
for _one in (list_cards, show_card, run_card, calibrate_cards):
    learn.add_command(_one)
data.add_command(list_data)
data.add_command(show_data)
data.add_command(add_data)
data.add_command(get_data)
for _command in (launch, train, resume, fork, watch, generate, chat, xray, runs, checkpoints, data):
    main.add_command(_command)
for _command in (learn, ablate, sweep, scale):
    main.add_command(_command)
for _command in (config, bench, where, doctor, completion):
    main.add_command(_command)
