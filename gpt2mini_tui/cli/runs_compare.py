"""`gpt2mini-tui runs compare`."""

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gpt2mini_tui import words
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, say, say_json, width
from gpt2mini_tui.cli.picking import read_stories
from gpt2mini_tui.cli.table import table

if TYPE_CHECKING:
    from gpt2mini_tui.runs.shelf import Story

__all__ = ["compare_runs"]

_EXAMPLES = """
gpt2mini-tui runs compare tales-1 tales-2
gpt2mini-tui runs compare full no-residual no-mlp --baseline full --json
"""
_HEADERS = ("run", "step", "loss", "val", "best", "difference", "at step")


@click.command("compare", cls=Command, epilog=_EXAMPLES)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete_runs)
@click.option("--baseline", shell_complete=complete_runs, help="The run to measure against; by default the first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare_runs(runs: tuple[str, ...], baseline: str | None, as_json: bool) -> None:
    """Set runs beside one another: their losses, their distance at equal steps, and only the settings that differ.

    Losses are in nats per token. A difference is that of the validation losses at the last step both were measured
    at; two seeds of the same run differ by about 0.05, so less than that says nothing.
    """
    from gpt2mini_tui.charts.comparing import delta, differences

    base = baseline or runs[0]
    stories = read_stories([*runs, base], the_home())
    shown = [story for story in stories if story.name in runs]
    found = next(story for story in stories if story.name == base)
    deltas = {story.name: None if story.name == base else delta(story, found) for story in shown}
    if as_json:
        say_json(
            {
                "baseline": base,
                "runs": [_record(story, deltas[story.name]) for story in shown],
                "settings": {name: dict(zip(runs, values, strict=False)) for name, values in differences(shown)},
            }
        )
        return
    rows: list[tuple[str, ...]] = [_row(story, deltas[story.name], is_base=story.name == base) for story in shown]
    further = _further(shown)
    rows = [(*row, *(column[place] for column in further.values())) for place, row in enumerate(rows)]
    _print((*_HEADERS, *further), rows, right=(*_HEADERS[1:], *further))
    settings = differences(shown)
    if settings:
        say()
        _print(("setting", *(story.name for story in shown)), [(name, *values) for name, values in settings])
    elif len(shown) > 1:
        say()
        say("These runs have the same settings.")


def _further(stories: "Sequence[Story]") -> dict[str, list[str]]:
    """Return the columns that only some comparisons need: of tasks, and of tokenizers that differ."""
    from gpt2mini_tui.charts.comparing import exact

    found: dict[str, list[str]] = {}
    histories = [story.history for story in stories]
    if any(history.answered is not None for history in histories):
        found["exact"] = [words.share(exact(story)) for story in stories]
    if any(history.has_pairs for history in histories):
        found["bits/byte"] = [
            words.loss(words.bits_per_byte(history.last_val, history.bytes_per_token)) for history in histories
        ]
    return found


def _print(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    for line in table(headers, rows, right=right, width=width() if is_terminal(sys.stdout) else None):
        say(line)


def _row(story: "Story", found: tuple[int, float] | None, *, is_base: bool) -> tuple[str, ...]:
    history = story.history
    best = words.loss(history.best.loss) if history.best else words.loss(math.nan)
    difference = "baseline" if is_base else words.difference(found[1]) if found else words.loss(math.nan)
    at = f"{found[0]:,}" if found else ""
    losses = words.loss(history.loss.smoothed.y), words.loss(history.last_val, is_measured=bool(history.validations))
    return (story.name, f"{history.step:,}", *losses, best, difference, at)


def _record(story: "Story", found: tuple[int, float] | None) -> dict[str, object]:
    history = story.history
    return {
        "name": story.name,
        "step": history.step,
        "loss": history.loss.smoothed.y,
        "val_loss": history.last_val,
        "best_val_loss": history.best.loss if history.best else None,
        "best_step": history.best.step if history.best else None,
        "difference": found[1] if found else None,
        "at_step": found[0] if found else None,
        "bits_per_byte": words.bits_per_byte(history.last_val, history.bytes_per_token),
        "exact": history.answered.exact if history.answered else None,
    }
