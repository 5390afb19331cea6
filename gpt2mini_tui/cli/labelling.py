"""`gpt2mini-tui runs tag`, `note` and `rename`: what people call their runs, and what they remember of them."""

from dataclasses import asdict, replace

import click

from gpt2mini.labels import NOTEBOOK
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json
from gpt2mini_tui.cli.picking import find_runs

__all__ = ["note_run", "rename_run", "tag_run"]

_TAG = """
gpt2mini-tui runs tag tales-1 baseline lecture-3
gpt2mini-tui runs tag tales-1 lecture-3 --remove
gpt2mini-tui runs tag tales-1
"""
_NOTE = """
gpt2mini-tui runs note tales-1 "the one for the talk"
gpt2mini-tui runs note tales-1 --question "does it learn without a warm-up?" --prediction "no"
gpt2mini-tui runs note tales-1 --verdict "yes, only 0.05 nats later"
gpt2mini-tui runs note tales-1
"""
_RENAME = """
gpt2mini-tui runs rename tales-1 baseline
"""


@click.command("tag", cls=Command, epilog=_TAG)
@click.argument("run", shell_complete=complete_runs)
@click.argument("tags", nargs=-1)
@click.option("--remove", is_flag=True, help="Take these tags away.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tag_run(run: str, tags: tuple[str, ...], remove: bool, as_json: bool) -> None:
    """Give a run tags, and print those it has. A tag is one word."""
    (found,) = find_runs([run], the_home())
    labels = found.labels()
    kept = [tag for tag in labels.tags if not (remove and tag in tags)]
    labels = replace(labels, tags=tuple(dict.fromkeys([*kept, *([] if remove else tags)])))
    if tags:
        found.label(labels)
    if as_json:
        say_json({"run": run, "tags": labels.tags, "note": labels.note})
    else:
        for tag in labels.tags:
            say(tag)


@click.command("note", cls=Command, epilog=_NOTE)
@click.argument("run", shell_complete=complete_runs)
@click.argument("text", required=False)
@click.option("--question", help="What you want to know by this run.")
@click.option("--prediction", help="What you think will come out.")
@click.option("--verdict", help="What came out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def note_run(
    run: str, text: str | None, *, question: str | None, prediction: str | None, verdict: str | None, as_json: bool
) -> None:
    """Write a note beside a run, or what a lab notebook says of it, and print that; an empty text takes it away."""
    (found,) = find_runs([run], the_home())
    given = {"note": text, "question": question, "prediction": prediction, "verdict": verdict}
    new = {name: value.strip() for name, value in given.items() if value is not None}
    labels = replace(found.labels(), **new)  # type: ignore[arg-type]  # none of these is the tags
    if new:
        found.label(labels)
    if as_json:
        say_json({"run": run, **asdict(labels)})
        return
    for name in NOTEBOOK:
        if getattr(labels, name):
            say(f"{name}: {getattr(labels, name)}")
    if labels.note:
        say(labels.note)


@click.command("rename", cls=Command, epilog=_RENAME)
@click.argument("run", shell_complete=complete_runs)
@click.argument("name")
def rename_run(run: str, name: str) -> None:
    """Give a run another name."""
    from gpt2mini.runs import Store

    Store(the_home().checkpoints).rename(run, name)
    note(f"{run} is now called {name}.")
