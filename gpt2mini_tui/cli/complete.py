"""What a shell offers when Tab is pressed: names of runs and checkpoints, without torch, and never an error."""

from collections.abc import Callable, Iterable, Iterator

import click
from click.shell_completion import CompletionItem

from gpt2mini.errors import LabError
from gpt2mini_tui.cli.group import home_of

__all__ = ["complete_cards", "complete_models", "complete_runs"]


def complete_runs(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of the runs, the newest first."""
    return _offer(_runs, ctx, incomplete)


def complete_models(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return runs, and after `RUN/` its checkpoints; where nothing fits, files."""
    names = _checkpoints if "/" in incomplete else _runs
    return _offer(names, ctx, incomplete) or [CompletionItem(incomplete, type="file")]


def complete_cards(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of the cards."""
    return _offer(_cards, ctx, incomplete)


def _offer(
    names: Callable[[click.Context, str], Iterable[str]], ctx: click.Context, incomplete: str
) -> list[CompletionItem]:
    try:
        return [CompletionItem(name) for name in names(ctx, incomplete) if name.startswith(incomplete)]
    except (LabError, OSError):  # there is nobody to tell: the person is in the middle of a line
        return []


def _cards(_ctx: click.Context, _: str) -> Iterator[str]:
    from gpt2mini.experiments.deck import DECK

    yield from DECK


def _runs(ctx: click.Context, _: str) -> Iterator[str]:
    from gpt2mini.runs import Store

    yield from (run.name for run in reversed(Store(home_of(ctx).checkpoints).runs()))


def _checkpoints(ctx: click.Context, incomplete: str) -> Iterator[str]:
    from gpt2mini.runs import Store

    run = Store(home_of(ctx).checkpoints).get(incomplete.partition("/")[0])
    yield from (f"{run.name}/{entry.name}" for entry in reversed(run.checkpoints()))
