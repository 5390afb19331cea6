"""`gpt2mini-tui launch`."""

import click

from gpt2mini.errors import LabError
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import new_run, run_options
from gpt2mini_tui.cli.output import has_screen

__all__ = ["launch"]

_EXAMPLES = """
gpt2mini-tui launch
gpt2mini-tui launch --data data.txt --n-layer 2
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@run_options
def launch(name: str, threads: int) -> int:
    """Open the lab.

    With options of `train`, the run they describe stands ready to be started.
    """
    from gpt2mini.config import Config, ModelConfig
    from gpt2mini_tui.cli.training import check_name_is_free
    from gpt2mini_tui.setup.plan import NewRun

    home = the_home()
    plan = new_run(name=name, threads=threads)
    check_name_is_free(plan, home)
    if not has_screen():
        raise LabError(
            "the lab needs a terminal",
            why="this is a pipe or a file",
            do="Run it in a terminal, or train without one: `gpt2mini-tui train`.",
        )
    from gpt2mini_tui.app import LabApp
    from gpt2mini_tui.garbage import settle
    from gpt2mini_tui.personal.actions import habits
    from gpt2mini_tui.personal.habits import config_folder

    is_default = plan == NewRun(config=Config(model=ModelConfig(vocab_size=1)))
    lab = LabApp(home, None if is_default else plan, habits=habits(), folder=config_folder(), measures=True)
    settle()
    return lab.run() or 0
