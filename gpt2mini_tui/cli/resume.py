"""`gpt2mini-tui resume`."""

from pathlib import Path

import click

from gpt2mini.config import TrainConfig
from gpt2mini.settings import specs
from gpt2mini_tui.cli.boards import tensorboard_option
from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import SettingType, threads_option

__all__ = ["resume"]

_EXAMPLES = """
gpt2mini-tui resume tales-1
gpt2mini-tui resume tales-1 --steps 2000
gpt2mini-tui resume tales-1/step-000500
"""
_STEPS = next(spec for spec in specs(TrainConfig) if spec.name == "steps")


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("run", metavar="RUN[/CHECKPOINT]", shell_complete=complete_models)
@click.option("--steps", type=SettingType(_STEPS), metavar="N", help="The new total; by default the old one.")
@threads_option
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the model to one file as well.")
@tensorboard_option
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object a line.")
@click.option("--plain", "as_plain", is_flag=True, help="Tell every chart in sentences, for a screen reader.")
def resume(
    run: str,
    *,
    steps: int | None,
    threads: int,
    save: Path | None,
    tensorboard: Path | None,
    as_json: bool,
    as_plain: bool,
) -> int:
    """Go on with a run from its latest checkpoint, or from the one named; later ones then go to the trash.

    The numbers are those of a run that never stopped. A new total of steps stretches the learning rate over it.
    """
    from gpt2mini_tui.cli.loading import find_checkpoint
    from gpt2mini_tui.cli.training import check_portable, run_training
    from gpt2mini_tui.setup.plan import ResumeRun

    home = the_home()
    found, checkpoint = find_checkpoint(run, home)  # before torch is loaded for a name that is not there
    check_portable(save)
    plan = ResumeRun(
        name=found.name, checkpoint="" if checkpoint is None else checkpoint.name, steps=steps, threads=threads
    )
    return run_training(plan, home, as_json=as_json, as_plain=as_plain, save=save, tensorboard=tensorboard)
