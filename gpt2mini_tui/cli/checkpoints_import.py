"""`gpt2mini-tui checkpoints import`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpt2mini.errors import CannotCreateError
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint

__all__ = ["import_checkpoint"]

_EXAMPLES = """
gpt2mini-tui checkpoints import gpt2
gpt2mini-tui checkpoints import model.safetensors --name from-a-friend
"""


@click.command("import", cls=Command, epilog=_EXAMPLES)
@click.argument("source", metavar="FOLDER|FILE", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Of the run it becomes; by default the folder and a number.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_checkpoint(source: Path, name: str, as_json: bool) -> None:
    """Take in a GPT-2 that was made elsewhere: a Hugging Face folder, or a file that `--save` wrote.

    It becomes a run of no steps: chat with it, look into it, and train it further with `fork RUN --data TEXT`.
    """
    from gpt2mini.paths import check_name

    home = the_home()
    if name:
        check_name(name)
        if (home.checkpoints / name).exists():
            raise CannotCreateError("there is a run of that name already", where=name, do="Choose another --name.")
    from gpt2mini.adopting import adopt_run
    from gpt2mini.config import parameter_count
    from gpt2mini.runs import Store

    checkpoint = _read(source)
    words = ["gpt2mini-tui", "checkpoints", "import", str(source), *(("--name", name) if name else ())]
    stem = source.resolve().stem or "model"
    run = adopt_run(checkpoint, Store(home.checkpoints), name=name, stem=stem, command=shlex.join(words))
    parameters = parameter_count(checkpoint.config.model)
    if as_json:
        say_json({"run": run.name, "path": run.path, "parameters": parameters})
        return
    say(run.name)
    note(f"{parameters:,} parameters. Talk to it with: {shlex.join(['gpt2mini-tui', 'chat', '--load', run.name])}")


def _read(source: Path) -> "Checkpoint":
    """Return what is there; a folder with a config.json is one of Hugging Face."""
    if source.is_dir() and not (source / "state.json").exists() and not (source / "run.json").exists():
        from gpt2mini.huggingface import read_folder

        return read_folder(source)
    from gpt2mini.checkpoint import load_checkpoint

    return load_checkpoint(source)
