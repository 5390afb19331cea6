"""`gpt2mini-tui fork`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gpt2mini.ablations import SWITCHES, Ablations
from gpt2mini.config import DataConfig, ModelConfig, TrainConfig
from gpt2mini.settings import Value, specs
from gpt2mini_tui.cli.boards import tensorboard_option
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import given, settings_options, threads_option

__all__ = ["fork"]

_EXAMPLES = """
gpt2mini-tui fork tales-1 --no-residual
gpt2mini-tui fork tales-1/step-000500 --lr 1e-3 --steps 2000 --name faster
gpt2mini-tui fork broken --reset residual
gpt2mini-tui fork gpt2-1 --data data.txt --steps 200 --lr 3e-5
"""


_YES_OR_NO = tuple(spec.name for cls in (ModelConfig, TrainConfig) for spec in specs(cls) if spec.kind is bool)
"""Settings that are no switches, and whose flag says only one of the two."""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("run", metavar="RUN[/CHECKPOINT]", shell_complete=complete_models)
@click.option("--data", default="", metavar="TEXT", help="Go on with another text, in the tokens of the model.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of that text.")
@settings_options(ModelConfig, "Model", is_inherited=True)
@settings_options(TrainConfig, "Training", is_inherited=True)
@settings_options(Ablations, "Switches", is_inherited=True)
@click.option(
    "--reset",
    "resets",
    multiple=True,
    metavar="SWITCH",
    type=click.Choice(sorted([*SWITCHES, *_YES_OR_NO])),
    help="Put a switch, or another yes or no, back as it is by default; may be given several times.",
)
@click.option("--name", default="", help="Of the new run; by default the text and a number.")
@threads_option
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the model to one file as well.")
@tensorboard_option
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object a line.")
def fork(
    run: str,
    *,
    data: str,
    encoding: str,
    resets: tuple[str, ...],
    name: str,
    threads: int,
    save: Path | None,
    tensorboard: Path | None,
    as_json: bool,
) -> int:
    """Begin a new run from the weights of another one.

    What is not given stays as it was there. The run it came from is not touched; with nothing changed, the new one
    repeats its future bit for bit. --steps is the total, counted from the beginning of that run.
    """
    from gpt2mini.paths import check_name
    from gpt2mini_tui.cli.loading import find_checkpoint
    from gpt2mini_tui.cli.training import check_name_is_free, check_portable, run_training
    from gpt2mini_tui.setup.plan import PARTS, ForkRun

    home = the_home()
    if name:
        check_name(name)
    parent, checkpoint = find_checkpoint(run, home)  # before torch is loaded for a name that is not there
    changes = {part: _reset(cls, resets) | given(cls) for part, cls in PARTS.items() if cls is not DataConfig}
    plan = ForkRun(
        parent=parent.name,
        checkpoint=checkpoint.name if checkpoint else "",
        changes={part: values for part, values in changes.items() if values},
        data=data,
        encoding=encoding,
        name=name,
        threads=threads,
    )
    check_name_is_free(plan, home)
    check_portable(save)
    return run_training(plan, home, as_json=as_json, save=save, tensorboard=tensorboard)


def _reset(cls: type[Any], names: Sequence[str]) -> dict[str, Value]:
    """Return the defaults of those names that are switches, or plain yes or no, of a part of the configuration."""
    is_switches = cls is Ablations
    return {spec.name: spec.default for spec in specs(cls) if spec.name in names and (is_switches or spec.kind is bool)}
