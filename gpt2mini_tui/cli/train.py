"""`gpt2mini-tui train`."""

from pathlib import Path

import click

from gpt2mini_tui.cli.boards import tensorboard_option
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import new_run, run_options

__all__ = ["train"]

_EXAMPLES = """
gpt2mini-tui train --steps 100
gpt2mini-tui train --data data.txt --steps 2000 --name shakespeare
gpt2mini-tui train --preset tiny
gpt2mini-tui train --no-residual --ln-style post
gpt2mini-tui train --json | jq -c 'select(.event == "Evaluated")'
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@run_options
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the model to one file as well.")
@tensorboard_option
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object a line.")
@click.option("--plain", "as_plain", is_flag=True, help="Tell every chart in sentences, for a screen reader.")
def train(
    name: str, *, threads: int, save: Path | None, tensorboard: Path | None, as_json: bool, as_plain: bool
) -> int:
    """Train a model from scratch.

    Losses are in nats per token. Ctrl-C saves before it stops; `resume` goes on from there. Several processes train one
    run by `torchrun --nproc-per-node 2 -m gpt2mini_tui train --name NAME`.
    """
    home = the_home()
    plan = new_run(name=name, threads=threads)
    from gpt2mini_tui.cli.together import again, is_follower
    from gpt2mini_tui.cli.training import check_name_is_free, check_portable, run_training
    from gpt2mini_tui.setup.plan import NewRun

    asked = again(plan, home)
    if isinstance(asked, NewRun) and not is_follower():
        check_name_is_free(asked, home)
    check_portable(save)
    return run_training(asked, home, as_json=as_json, as_plain=as_plain, save=save, tensorboard=tensorboard)
