"""`gpt2mini-tui resume`."""

from pathlib import Path

import click

from gpt2mini.config import TrainConfig
from gpt2mini.settings import specs
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import SettingType, threads_option

__all__ = ["resume"]

_EXAMPLES = """
gpt2mini-tui resume tales-1
gpt2mini-tui resume tales-1 --steps 2000
"""
_STEPS = next(spec for spec in specs(TrainConfig) if spec.name == "steps")


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("run", shell_complete=complete_runs)
@click.option("--steps", type=SettingType(_STEPS), metavar="N", help="The new total; by default the old one.")
@threads_option
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the model to one file as well.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object a line.")
def resume(run: str, steps: int | None, threads: int, save: Path | None, as_json: bool) -> int:
    """Go on with a run from its latest checkpoint.

    The numbers are those of a run that never stopped. A new total of steps stretches the learning rate over it.
    """
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.training import check_portable, run_training
    from gpt2mini_tui.plan import ResumeRun

    home = the_home()
    Store(home.checkpoints).get(run)  # before torch is loaded for a name that is not there
    check_portable(save)
    return run_training(ResumeRun(name=run, steps=steps, threads=threads), home, as_json=as_json, save=save)
