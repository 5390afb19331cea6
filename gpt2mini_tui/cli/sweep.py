"""`gpt2mini-tui sweep`."""

import sys
from pathlib import Path

import click

from gpt2mini_tui.cli.experiment_options import asked_config, experiment_options, form_of, seeds_of
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, say, width

__all__ = ["sweep"]

_EXAMPLES = """
gpt2mini-tui sweep lr=1e-4..1e-2:5
gpt2mini-tui sweep lr=1e-3,3e-3 warmup=0,20,100 --ln-style post --seeds 3
gpt2mini-tui sweep batch-size=4,8,16 --html batch.html
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("axes", nargs=-1, required=True, metavar="NAME=VALUES…")
@experiment_options
def sweep(
    axes: tuple[str, ...],
    *,
    seeds: int,
    as_json: bool,
    as_csv: bool,
    as_markdown: bool,
    html: Path | None,
    threads: int,
) -> int:
    """Compare values of numbers: learning rate, warm-up, weight decay, batch size, any setting.

    Values are a list, or low..high:count for so many a constant factor apart; several names make a grid. Everything
    else is as in `ablate`: same seed, same table, runs that are there already are read.
    """
    from gpt2mini.experiments.arms import Axis, Question, sweep_arms
    from gpt2mini_tui.cli.experimenting import answer, investigate, show

    form = form_of(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown, html=html)
    config = asked_config()
    parsed = [Axis.parse(text) for text in axes]
    question = Question(title="Sweep", arms=sweep_arms(config, parsed), seeds=seeds_of(config, seeds))
    is_shown = not (as_json or as_csv or as_markdown)
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
    extra = []
    if len(parsed) == 1:
        from gpt2mini_tui.charts.experiment_curves import swept
        from gpt2mini_tui.charts.svg_chart import svg_chart

        picture = swept(results[0], parsed[0].name)
        extra = [svg_chart(picture)]
        if is_shown:
            from gpt2mini_tui.cli.drawing import drawn

            for line in drawn(picture, min(width(), 100) if is_terminal(sys.stdout) else 80, 14):
                say(line)
    answer(results, form, title="Sweep", extra=extra)
    return code
