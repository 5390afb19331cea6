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
gpt2mini-tui checkpoints export tales-1 --to hf gpt2-tales
"""


@click.command("export", cls=Command, epilog=_EXAMPLES)
@click.argument("model", metavar="RUN[/CHECKPOINT]", shell_complete=complete_models)
@click.argument("target", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "kind",
    type=click.Choice(("file", "hf")),
    default="file",
    show_default=True,
    help="One file, or a folder for Hugging Face transformers.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it is there; a folder never is.")
def export_checkpoint(model: str, target: Path, kind: str, force: bool) -> None:
    """Write a model with its tokenizer and its switches as one safetensors file, which `--load` takes anywhere.

    With `--to hf` it becomes a GPT-2 folder that `from_pretrained` of transformers takes without any code of ours;
    switches that GPT-2 has no word for are refused.
    """
    from gpt2mini_tui.cli.loading import find_model, open_model
    from gpt2mini_tui.cli.picking import free_file
    from gpt2mini_tui.cli.training import check_portable

    found = find_model(model, the_home())
    if kind == "hf":
        from gpt2mini.huggingface import write_folder

        checkpoint = open_model(found)
        write_folder(target, checkpoint)
    else:
        free_file(target, force=force)
        check_portable(target)
        checkpoint = open_model(found)
        from gpt2mini.checkpoint import save_portable

        save_portable(target, checkpoint)
    note(f"{found.name}, step {checkpoint.step:,}, is in {target}.")
