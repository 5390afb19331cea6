"""The headless lab: every command in a file of its own, imported once it is called or listed.

None of them loads torch, textual or numpy to be listed.
"""

import click

from gpt2mini_tui.cli.group import Group, show_version

__all__ = ["main"]

_EXAMPLES = """
gpt2mini-tui launch
gpt2mini-tui train --data data.txt --steps 2000
gpt2mini-tui generate --prompt "Once upon a time"
"""
_RUNS_EXAMPLES = """
gpt2mini-tui runs list
gpt2mini-tui runs compare full no-residual
gpt2mini-tui runs plot full no-residual --out both.svg
"""
_CHECKPOINTS_EXAMPLES = """
gpt2mini-tui checkpoints list tales-1
gpt2mini-tui checkpoints pin tales-1/step-000500
gpt2mini-tui checkpoints export tales-1 --to hf gpt2-tales
"""
_LEARN_EXAMPLES = """
gpt2mini-tui learn list
gpt2mini-tui learn run no-residual
"""
_DATA_EXAMPLES = """
gpt2mini-tui data list
gpt2mini-tui data show data.txt
"""
_TOKENIZERS_EXAMPLES = """
gpt2mini-tui tokenizers compare
gpt2mini-tui tokenizers compare "the cat sat on the mat" --data data.txt --vocab-size 512
"""
_CONFIG_EXAMPLES = """
gpt2mini-tui config path
gpt2mini-tui config show --all
"""
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_MAIN = {
    "launch": "launch:launch",
    "train": "train:train",
    "resume": "resume:resume",
    "fork": "fork:fork",
    "watch": "watch:watch",
    "serve": "serve:serve",
    "generate": "generate:generate",
    "chat": "chat:chat",
    "xray": "xray:xray",
    "runs": ":runs",
    "checkpoints": ":checkpoints",
    "data": ":data",
    "tokenizers": ":tokenizers",
    "learn": ":learn",
    "ablate": "ablate:ablate",
    "sweep": "sweep:sweep",
    "scale": "scale:scale",
    "config": ":config",
    "bench": "bench:bench",
    "where": "where:where",
    "doctor": "doctor:doctor",
    "completion": "completion:completion",
}
"""Where each command is, what one needs first coming first: `module:function`, a group being in this one."""
_RUNS = {
    "list": "runs_list:list_runs",
    "show": "runs_show:show_run",
    "compare": "runs_compare:compare_runs",
    "plot": "runs_plot:plot_runs",
    "export": "runs_export:export_runs",
    "report": "runs_report:report_runs",
    "tag": "labelling:tag_run",
    "note": "labelling:note_run",
    "rename": "labelling:rename_run",
    "rm": "removing:remove_runs",
    "restore": "removing:restore_run",
}
_CHECKPOINTS = {
    "list": "checkpoints_list:list_checkpoints",
    "show": "checkpoints_show:show_checkpoint",
    "verify": "checkpoints_verify:verify_checkpoints",
    "name": "checkpoints_marking:name_checkpoint",
    "pin": "checkpoints_marking:pin_checkpoint",
    "unpin": "checkpoints_marking:unpin_checkpoint",
    "export": "checkpoints_export:export_checkpoint",
    "import": "checkpoints_import:import_checkpoint",
    "rm": "removing:remove_checkpoints",
    "restore": "removing:restore_checkpoint",
}
_DATA = {
    "list": "data_list:list_data",
    "show": "data_show:show_data",
    "add": "data_add:add_data",
    "get": "data_get:get_data",
}
_TOKENIZERS = {"compare": "tokenizers_compare:compare_tokenizers"}
_LEARN = {
    "list": "learn_list:list_cards",
    "show": "learn_show:show_card",
    "run": "learn_run:run_card",
    "calibrate": "learn_calibrate:calibrate_cards",
}
_CONFIG = {
    "path": "config_path:show_places",
    "show": "config_show:show_config",
    "check": "config_check:check_config",
}


@click.group("gpt2mini-tui", cls=Group, places=_MAIN, epilog=_EXAMPLES, context_settings=_SETTINGS)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version."
)
def main() -> None:
    """Train a GPT-2 from scratch, break it, watch what happens, understand why, then talk to it."""


@click.group(cls=Group, places=_RUNS, epilog=_RUNS_EXAMPLES)
def runs() -> None:
    """Look at what was trained, compare it, label it, delete it."""


@click.group(cls=Group, places=_CHECKPOINTS, epilog=_CHECKPOINTS_EXAMPLES)
def checkpoints() -> None:
    """Look at what was saved, keep it, carry it elsewhere, delete it."""


@click.group(cls=Group, places=_LEARN, epilog=_LEARN_EXAMPLES)
def learn() -> None:
    """Break it, predict what happens, measure, understand: small experiments, one question each."""


@click.group(cls=Group, places=_DATA, epilog=_DATA_EXAMPLES)
def data() -> None:
    """Look at what can be trained on."""


@click.group(cls=Group, places=_TOKENIZERS, epilog=_TOKENIZERS_EXAMPLES)
def tokenizers() -> None:
    """Set characters and byte pairs beside one another."""


@click.group(cls=Group, places=_CONFIG, epilog=_CONFIG_EXAMPLES)
def config() -> None:
    """Look at the preferences: defaults of a new run, the theme, and keys."""
