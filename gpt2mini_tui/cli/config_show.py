"""`gpt2mini-tui config show`."""

from collections.abc import Iterator
from typing import Any

import click

from gpt2mini_tui.cli.group import Command
from gpt2mini_tui.cli.output import note, say, say_json
from gpt2mini_tui.cli.table import table

__all__ = ["show_config"]

_EXAMPLES = """
gpt2mini-tui config show
gpt2mini-tui config show --all
"""


@click.command("show", cls=Command, epilog=_EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Every setting of a new run, also those nobody chose.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_config(everything: bool, as_json: bool) -> None:
    """Show what a new run and the lab will be like without any flag, and who said so.

    A flag wins over the environment (GPT2MINI_TRAIN_LR=1e-3), that over the file of the project, that over the file of
    the user. A section of a file is one of [data], [model], [train], [switches] and [lab], a key in it the name of a
    setting; or [keys], where actions are given other keys: train.start = "S". The help of the lab names the actions.
    """
    rows = [row for row in _rows() if everything or row["source"] != "default"]
    if as_json:
        say_json({"settings": rows})
        return
    if not rows:
        note("Nobody chose anything: every setting is the default. `gpt2mini-tui config path` says where to write.")
        return
    cells = [(f"{row['section']}.{row['name']}", _toml(row["value"]), row["source"]) for row in rows]
    for line in table(("setting", "value", "from"), cells):
        say(line)


def _rows() -> Iterator[dict[str, Any]]:
    from gpt2mini.settings import specs
    from gpt2mini_tui.personal.preferences import KEYS, SECTIONS, Preference, in_force

    chosen = in_force()
    if KEYS in chosen:
        from gpt2mini_tui.personal.actions import check_keys  # it asks the screens

        check_keys(chosen)
    for section, cls in SECTIONS.items():
        for spec in specs(cls):
            usual = Preference(value=spec.default, source="default")
            found = chosen.get(section, {}).get(spec.name, usual)
            yield {"section": section, "name": spec.name, "value": found.value, "source": found.source}
    for name, found in chosen.get(KEYS, {}).items():
        yield {"section": KEYS, "name": name, "value": found.value, "source": found.source}


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
