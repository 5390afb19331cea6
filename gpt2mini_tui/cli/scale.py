"""`gpt2mini-tui scale`."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from gpt2mini.config import Config
from gpt2mini.errors import CannotCreateError
from gpt2mini_tui.cli.experiment_options import asked_config, experiment_options, form_of, seeds_of
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, note, say, width

__all__ = ["scale"]

_EXAMPLES = """
gpt2mini-tui scale
gpt2mini-tui scale --sizes 2x64,4x128,6x192 --steps 1000 --seeds 2 --svg scaling.svg
gpt2mini-tui scale --ancestor --data data.txt
"""
SIZES = "1x16,2x32,2x64,3x96,4x128"
ANCESTOR = "2x64,4x128,6x192,6x256,8x384"


@click.command(cls=Command, epilog=_EXAMPLES)
@click.option("--sizes", default=SIZES, show_default=True, metavar="LxC,…", help="Layers x width of each model.")
@click.option("--ancestor", is_flag=True, help=f"The five sizes of the program this one grew from: {ANCESTOR}.")
@click.option("--tokens", type=click.IntRange(1), help="Tokens that each model reads; sets --steps.")
@click.option("--without-embeddings", is_flag=True, help="Count the parameters of the blocks only.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the plot.")
@experiment_options
def scale(
    *,
    sizes: str,
    ancestor: bool,
    tokens: int | None,
    without_embeddings: bool,
    svg: Path | None,
    seeds: int,
    as_json: bool,
    as_csv: bool,
    as_markdown: bool,
    html: Path | None,
    threads: int,
) -> int:
    """Train models of several sizes on the same batches, and fit how the loss falls with size.

    L = a·N^b, and L = E + a·N^b with a part E that no size removes; intervals are 95 %. All models take the same
    steps, so the larger ones cost more: this is loss against size at a fixed amount of text.
    """
    from gpt2mini.experiments.arms import Question
    from gpt2mini_tui.cli.experimenting import answer, investigate, show
    from gpt2mini_tui.reports.scaling import scale_arms, scaling_of

    form = form_of(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown, html=html)
    config = asked_config()
    arms = scale_arms(_within(config, tokens), ANCESTOR if ancestor else sizes)
    is_shown = not (as_json or as_csv or as_markdown)
    question = Question(title="Sizes", arms=arms, seeds=seeds_of(config, seeds))
    results, code = investigate(
        [question],
        the_home(),
        text=config.data.data,
        encoding=config.data.encoding,
        tokenizer=config.data.tokenizer,
        vocab_size=config.data.vocab_size,
        threads=threads,
        done=show if is_shown else None,
    )
    if not results or not results[0].rows:
        return code
    scaling = scaling_of(results[0], without_embeddings=without_embeddings)
    from gpt2mini_tui.charts.svg_chart import svg_chart

    picture = svg_chart(scaling.picture())
    if is_shown:
        from gpt2mini_tui.cli.drawing import drawn

        for line in drawn(scaling.picture(), min(width(), 100) if is_terminal(sys.stdout) else 80, 18):
            say(line)
        for sentence in scaling.sentences():
            say(sentence)
    fits = "".join(f"<p>{sentence}</p>" for sentence in scaling.sentences())
    answer(results, form, title="Scaling", extra=[picture, fits], fit=scaling.record(), sentences=scaling.sentences())
    if svg is not None:
        _write(svg, picture)
    return code


def _within(config: Config, tokens: int | None) -> Config:
    """Return the configuration with as many steps as the budget has tokens for."""
    if tokens is None:
        return config
    steps = max(1, tokens // (config.train.batch_size * config.model.block_size))
    return replace(config, train=replace(config.train, steps=steps))


def _write(path: Path, text: str) -> None:
    try:
        path.expanduser().write_text(text, "utf-8")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CannotCreateError("cannot write the plot", where=path, why=why) from error
    note(f"The plot is in {path}")
