"""`gpt2mini-tui checkpoints export`."""

from pathlib import Path

import click

from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note

__all__ = ["export_checkpoint"]

_EXAMPLES = """
gpt2mini-tui checkpoints export tales-1 model.safetensors
gpt2mini-tui checkpoints export tales-1/step-000500 model.safetensors --force
"""


@click.command("export", cls=Command, epilog=_EXAMPLES)
@click.argument("model", metavar="RUN[/CHECKPOINT]", shell_complete=complete_models)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
def export_checkpoint(model: str, file: Path, force: bool) -> None:
    """Write a model with its tokenizer and its switches as one safetensors file, which `--load` takes anywhere."""
    from gpt2mini_tui.cli.loading import find_model, open_model
    from gpt2mini_tui.cli.picking import free_file
    from gpt2mini_tui.cli.training import check_portable

    found = find_model(model, the_home())
    free_file(file, force=force)
    check_portable(file)
    checkpoint = open_model(found)
    from gpt2mini.checkpoint import save_portable

    save_portable(file, checkpoint)
    note(f"{found.name}, step {checkpoint.step:,}, is in {file}.")
