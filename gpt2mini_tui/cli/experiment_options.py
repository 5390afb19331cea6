"""What `ablate`, `sweep` and `scale` have in common on the command line: small runs, seeds, and forms of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import CannotCreateError
from gpt2mini_tui.cli.options import settings, settings_options, threads_option

__all__ = ["SMALL_MODEL", "SMALL_TRAINING", "Form", "asked_config", "experiment_options", "form_of", "seeds_of"]

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

    def check(self) -> None:
        """Raise CannotCreateError now if the page could not be written after an hour of training."""
        if self.html is not None and not self.html.expanduser().resolve().parent.is_dir():
            raise CannotCreateError("there is no folder for the page", where=self.html)


def experiment_options(command: F) -> F:
    """Give a command the settings of the baseline, the number of seeds, and the forms of the answer."""
    decorators: tuple[Callable[[F], F], ...] = (
        click.option(
            "--seeds",
            type=click.IntRange(1, 1000),
            default=1,
            show_default=True,
            help="Pairs for each arm, for ± noise.",
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
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def asked_config() -> Config:
    """Return the baseline that the command line describes; its vocabulary is known once the text has been read."""
    return Config(
        data=settings(DataConfig),
        model=settings(ModelConfig, vocab_size=1),
        train=settings(TrainConfig),
        ablations=settings(Ablations),
    )


def seeds_of(config: Config, count: int) -> tuple[int, ...]:
    """Return so many seeds, from that of the baseline on."""
    return tuple(range(config.train.seed, config.train.seed + count))


def form_of(*, as_json: bool, as_csv: bool, as_markdown: bool, html: Path | None) -> Form:
    """Return the form of the answer; raises UsageError for two forms at once on standard output."""
    if as_json + as_csv + as_markdown > 1:
        raise click.UsageError("--json, --csv and --markdown exclude one another")
    form = Form(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown, html=html)
    form.check()
    return form
