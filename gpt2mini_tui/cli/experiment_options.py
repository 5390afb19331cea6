"""What `ablate`, `sweep` and `scale` have in common on the command line: small runs, seeds, and forms of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import CannotCreateError
from gpt2mini_tui.cli.options import settings, settings_options, threads_option

__all__ = ["SMALL_MODEL", "SMALL_TRAINING", "Asked", "Form", "experiment_options"]

F = TypeVar("F", bound=Callable[..., Any])

SMALL_MODEL = {"n_embd": 64, "block_size": 64}
SMALL_TRAINING = {"steps": 250, "batch_size": 16, "lr": 3e-3, "warmup": 20, "frames": False}
"""A run of a quarter of a minute on two cores, at which most switches have an effect that can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the answer is wanted."""

    as_json: bool = False
    as_csv: bool = False
    as_markdown: bool = False
    html: Path | None = None

    @property
    def is_shown(self) -> bool:
        """Whether tables are printed as soon as they are there, for whoever sits at the terminal."""
        return not (self.as_json or self.as_csv or self.as_markdown)

    def check(self) -> None:
        """Raise CannotCreateError now if the page could not be written after an hour of training."""
        if self.html is not None and not self.html.expanduser().resolve().parent.is_dir():
            raise CannotCreateError("there is no folder for the page", where=self.html)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says of an experiment, whatever it compares."""

    baseline: Config
    """Its vocabulary is known once the text has been read."""
    count: int
    """Of the seeds."""
    form: Form
    threads: int
    question: str
    """For the notebook of its runs; empty for what the command itself wants to know."""
    prediction: str

    @property
    def seeds(self) -> tuple[int, ...]:
        """As many seeds as were asked for, from that of the baseline on."""
        first = self.baseline.train.seed
        return tuple(range(first, first + self.count))


def experiment_options(command: F) -> F:
    """Give a command the settings of the baseline, the number of seeds, and the forms of the answer, as one `asked`."""

    @wraps(command)
    def bundled(
        *,
        seeds: int,
        as_json: bool,
        as_csv: bool,
        as_markdown: bool,
        html: Path | None,
        threads: int,
        question: str,
        prediction: str,
        **own: Any,
    ) -> Any:
        asked = Asked(
            baseline=_baseline(),
            count=seeds,
            form=_form(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown, html=html),
            threads=threads,
            question=question.strip(),
            prediction=prediction.strip(),
        )
        return command(asked=asked, **own)

    decorated: Any = bundled
    for decorate in reversed(_options()):
        decorated = decorate(decorated)
    bundle: F = decorated
    return bundle


def _options() -> tuple[Callable[[Any], Any], ...]:
    return (
        click.option(
            "--seeds",
            type=click.IntRange(1, 1000),
            default=1,
            show_default=True,
            help="Pairs for each arm, for ± noise.",
        ),
        click.option("--question", default="", metavar="TEXT", help="What you want to know, for the notebook."),
        click.option(
            "--prediction", default="", metavar="TEXT", help="What you think will come out, for the notebook."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--csv", "as_csv", is_flag=True, help="Print a line for each run."),
        click.option("--markdown", "as_markdown", is_flag=True, help="Print the tables for a text file."),
        click.option(
            "--html",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write a report with curves.",
        ),
        settings_options(DataConfig, "Text"),
        settings_options(ModelConfig, "Model", SMALL_MODEL),
        settings_options(TrainConfig, "Training", SMALL_TRAINING),
        settings_options(Ablations, "Switches of the baseline"),
        threads_option,
    )


def _baseline() -> Config:
    return Config(
        data=settings(DataConfig),
        model=settings(ModelConfig, vocab_size=1),
        train=settings(TrainConfig),
        ablations=settings(Ablations),
    )


def _form(*, as_json: bool, as_csv: bool, as_markdown: bool, html: Path | None) -> Form:
    """Return the form of the answer; raises UsageError for two forms at once on standard output."""
    if as_json + as_csv + as_markdown > 1:
        raise click.UsageError("--json, --csv and --markdown exclude one another")
    form = Form(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown, html=html)
    form.check()
    return form
