"""`gpt2mini-tui checkpoints show`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gpt2mini_tui import words
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import say, say_json
from gpt2mini_tui.cli.table import facts

if TYPE_CHECKING:
    from pathlib import Path

    from gpt2mini.checkpoint import Checkpoint

__all__ = ["show_checkpoint"]

_EXAMPLES = """
gpt2mini-tui checkpoints show tales-1
gpt2mini-tui checkpoints show tales-1/step-000500
gpt2mini-tui checkpoints show model.safetensors
"""


@click.command("show", cls=Command, epilog=_EXAMPLES)
@click.argument("model", metavar="RUN|FOLDER|FILE", shell_complete=complete_models)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_checkpoint(model: str, as_json: bool) -> None:
    """Verify a checkpoint, or a file that `--save` wrote, and show what is in it."""
    from gpt2mini.checkpoint import load_checkpoint
    from gpt2mini.config import parameter_count
    from gpt2mini_tui.cli.loading import find_model

    path = find_model(model, the_home()).paths[0]
    checkpoint = load_checkpoint(path)
    if as_json:
        say_json(
            {
                "path": path,
                "run": checkpoint.run,
                "step": checkpoint.step,
                "val_loss": checkpoint.val_loss,
                "parameters": parameter_count(checkpoint.config.model),
                "vocabulary": checkpoint.tokenizer.vocab_size,
                "config": checkpoint.config,
                "ablations": checkpoint.ablations,
            }
        )
        return
    for line in facts(_facts(path, checkpoint, parameter_count(checkpoint.config.model))):
        say(line)


def _facts(path: "Path", checkpoint: "Checkpoint", parameters: int) -> Iterator[tuple[str, object]]:
    model, train, tokenizer = checkpoint.config.model, checkpoint.config.train, checkpoint.tokenizer
    yield "checkpoint", path
    yield "run", checkpoint.run
    yield "step", f"{checkpoint.step:,} of {train.steps:,}"
    yield "validation loss", words.nats(checkpoint.val_loss)
    yield "model", f"{words.count(model.n_layer, 'layer')}, {words.count(model.n_head, 'head')}, {model.n_embd} wide"
    yield "block", words.count(model.block_size, "token")
    yield "parameters", f"{parameters:,}"
    yield "tokenizer", f"{tokenizer.kind}, {tokenizer.vocab_size:,} tokens"
    yield "switches", words.switches(checkpoint.ablations.changed()) or "all on"
    yield "trained on", checkpoint.config.data.data
    yield "sound", "yes, every number was read and checked"
