"""`gpt2mini-tui scale`."""

from dataclasses import replace
from pathlib import Path

import click

from gpt2mini.config import Config
from gpt2mini.errors import CannotCreateError
from gpt2mini_tui.cli.experiment_options import Asked, experiment_options
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say_sentence

__all__ = ["scale"]

_EXAMPLES = """
gpt2mini-tui scale
gpt2mini-tui scale --sizes 2x64,4x128,6x192 --steps 1000 --seeds 2 --out scaling.png
gpt2mini-tui scale --ancestor --data data.txt
"""
SIZES = "1x16,2x32,2x64,3x96,4x128"
ANCESTOR = "2x64,4x128,6x192,6x256,8x384"


@click.command(cls=Command, epilog=_EXAMPLES)
@click.option("--sizes", default=SIZES, show_default=True, metavar="LxC,…", help="Layers x width of each model.")
@click.option("--ancestor", is_flag=True, help=f"The five sizes of the program this one grew from: {ANCESTOR}.")
@click.option("--tokens", type=click.IntRange(1), help="Tokens that each model reads; sets --steps.")
@click.option("--without-embeddings", is_flag=True, help="Count the parameters of the blocks only.")
@click.option(
    "--out",
    "--svg",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the plot, an .svg or a .png.",
)
@experiment_options
def scale(
    *, sizes: str, ancestor: bool, tokens: int | None, without_embeddings: bool, out: Path | None, asked: Asked
) -> int:
    """Train models of several sizes on the same batches, and fit how the loss falls with size.

    L = a·N^b, and L = E + a·N^b with a part E that no size removes; intervals are 95 %. All models take the same
    steps, so the larger ones cost more: this is loss against size at a fixed amount of text.
    """
    from gpt2mini.experiments.arms import Question
    from gpt2mini_tui.charts.writing import write_chart
    from gpt2mini_tui.cli.experimenting import answer, explore, show, show_picture
    from gpt2mini_tui.reports.scaling import scale_arms, scaling_of

    if out is not None:
        out = _free_place(out)
    arms = scale_arms(_within(asked.baseline, tokens), ANCESTOR if ancestor else sizes)
    question = Question(title="Sizes", arms=arms, seeds=asked.seeds, text="How does the loss fall with size?")
    results, code = explore([question], asked, the_home(), done=show)
    if not results or not results[0].rows:
        return code
    scaling = scaling_of(results[0], without_embeddings=without_embeddings)
    picture = scaling.picture()
    drawing = show_picture(picture, asked.form, height=18)
    for sentence in scaling.sentences() if asked.form.is_shown else ():
        say_sentence(sentence)
    fits = "".join(f"<p>{sentence}</p>" for sentence in scaling.sentences())
    answer(
        results,
        asked.form,
        title="Scaling",
        extra=[drawing, fits],
        fit=scaling.record(),
        sentences=scaling.sentences(),
    )
    if out is not None:
        write_chart(picture, out)
        note(f"The plot is in {out}")
    return code


def _within(config: Config, tokens: int | None) -> Config:
    """Return the configuration with as many steps as the budget has tokens for."""
    if tokens is None:
        return config
    steps = max(1, tokens // (config.train.batch_size * config.model.block_size))
    return replace(config, train=replace(config.train, steps=steps))


def _free_place(path: Path) -> Path:
    """Return where the plot goes; raises, before an hour of training, what would keep it from being written."""
    from gpt2mini_tui.charts.writing import check_ending

    check_ending(path)
    place = path.expanduser()
    if not place.resolve().parent.is_dir():
        raise CannotCreateError("there is no folder for the plot", where=path)
    return place
