"""`gpt2mini-tui ablate`."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini_tui.cli.experiment_options import Asked, experiment_options
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import given, settings

if TYPE_CHECKING:
    from gpt2mini.experiments.arms import Question
    from gpt2mini_tui.reports.results import Result

__all__ = ["ablate"]

_EXAMPLES = """
gpt2mini-tui ablate residual attention ln-style=post
gpt2mini-tui ablate --all --seeds 3 --html report.html
gpt2mini-tui ablate warmup --ln-style post --data data.txt
gpt2mini-tui ablate --ancestor --steps 30
"""
ANCESTOR = ("attention", "ln_style=post", "residual")
ANCESTOR_STEPS = (30, 50, 100)


def _complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from gpt2mini.experiments.arms import SWITCHABLE

    return [CompletionItem(name) for name in SWITCHABLE if name.startswith(incomplete)]


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("switches", nargs=-1, metavar="[SWITCH[=VALUE]]…", shell_complete=_complete)
@click.option("--all", "is_all", is_flag=True, help="Every switch there is.")
@click.option(
    "--ancestor", is_flag=True, help="The table of the program this one grew from: 239 characters, 30, 50, 100 steps."
)
@experiment_options
def ablate(switches: tuple[str, ...], *, is_all: bool, ancestor: bool, asked: Asked) -> int:
    """Take parts away, one at a time, and compare.

    Each arm is the baseline with one switch changed: the same seed, the same batches, the same first weights. Without
    a value a switch is set to everything but what GPT-2 has. The baseline is what the options say, a small model
    unless they say otherwise. Runs that are there already are read, so the same command goes on where it stopped.
    What was asked, expected and found is written beside each run.
    """
    from gpt2mini.experiments.arms import SWITCHABLE
    from gpt2mini_tui.cli.experimenting import answer, explore

    baseline = _ancestor() if ancestor else asked.baseline
    wanted = ANCESTOR if ancestor else (*switches, *(SWITCHABLE if is_all else ()))
    if not wanted:
        do = f"Name some of {', '.join(SWITCHABLE)}, or give --all."
        raise click.UsageError(f"no switch is named. {do}")
    asked = replace(asked, baseline=baseline)
    steps = _ancestor_steps() if ancestor else (baseline.train.steps,)
    questions = [_question(_lasting(baseline, count), wanted, asked.seeds) for count in steps]
    results, code = explore(questions, asked, the_home(), done=_show)
    answer(results, asked.form, title="Ablations", sentences=[line for result in results for line in _turning(result)])
    return code


def _show(result: "Result") -> None:
    from gpt2mini_tui.cli.experimenting import show
    from gpt2mini_tui.cli.output import say, say_sentence

    show(result)
    for line in _turning(result):
        say_sentence(line)
        say()


def _turning(result: "Result") -> list[str]:
    """Return from when on attention matters; an ablation that stops before looks harmless."""
    from gpt2mini.experiments.findings import turning_point

    sentence = turning_point(result.rows, "no attention")
    return [sentence] if sentence else []


def _question(baseline: Config, wanted: tuple[str, ...], seeds: tuple[int, ...]) -> "Question":
    from gpt2mini.experiments.arms import Question, ablation_arms

    arms = ablation_arms(baseline, wanted)
    text = f"What does it change: {', '.join(arm.label for arm in arms[1:])}?"
    return Question(title=f"{baseline.train.steps:,} steps", arms=arms, seeds=seeds, text=text)


def _lasting(config: Config, steps: int) -> Config:
    return replace(config, train=replace(config.train, steps=steps))


def _ancestor() -> Config:
    """Return its setting: what `train` does by default, on the text that it had built in, with what else was given."""
    model, train = given(ModelConfig), given(TrainConfig)
    return Config(
        data=DataConfig(data=str(given(DataConfig).get("data", "names"))),
        model=replace(ModelConfig(vocab_size=1), **model),  # type: ignore[arg-type]  # checked by the options
        train=replace(TrainConfig(frames=False), **train),  # type: ignore[arg-type]  # checked by the options
        ablations=settings(Ablations),
    )


def _ancestor_steps() -> tuple[int, ...]:
    asked = given(TrainConfig).get("steps")
    return ANCESTOR_STEPS if asked is None else (int(str(asked)),)
