"""`gpt2mini-tui sweep`."""

import click

from gpt2mini_tui.cli.experiment_options import Asked, experiment_options
from gpt2mini_tui.cli.group import Command, the_home

__all__ = ["sweep"]

_EXAMPLES = """
gpt2mini-tui sweep lr=1e-4..1e-2:5
gpt2mini-tui sweep lr=1e-3,3e-3 warmup=0,20,100 --ln-style post --seeds 3
gpt2mini-tui sweep batch-size=4,8,16 --html batch.html
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("axes", nargs=-1, required=True, metavar="NAME=VALUES…")
@experiment_options
def sweep(axes: tuple[str, ...], *, asked: Asked) -> int:
    """Compare values of numbers: learning rate, warm-up, weight decay, batch size, any setting.

    Values are a list, or low..high:count for so many a constant factor apart; several names make a grid. Everything
    else is as in `ablate`: same seed, same table, runs that are there already are read.
    """
    from gpt2mini.experiments.arms import Axis, Question, sweep_arms
    from gpt2mini_tui.cli.experimenting import answer, explore, show, show_picture

    parsed = [Axis.parse(text) for text in axes]
    names = " and ".join(axis.name.replace("_", " ") for axis in parsed)
    arms = sweep_arms(asked.baseline, parsed)
    question = Question(title="Sweep", arms=arms, seeds=asked.seeds, text=f"How does the loss depend on {names}?")
    results, code = explore([question], asked, the_home(), done=show)
    if not results or not results[0].rows:
        return code
    extra = []
    if len(parsed) == 1:
        from gpt2mini_tui.reports.curves import swept

        extra = [show_picture(swept(results[0], parsed[0].name), asked.form, height=14)]
    answer(results, asked.form, title="Sweep", extra=extra)
    return code
