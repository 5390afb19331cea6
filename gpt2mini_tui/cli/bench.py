"""`gpt2mini-tui bench`."""

from typing import TYPE_CHECKING

import click

from gpt2mini.settings import to_plain
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json
from gpt2mini_tui.cli.table import facts

if TYPE_CHECKING:
    from gpt2mini.presets import Measured

__all__ = ["bench"]

_EXAMPLES = """
gpt2mini-tui bench
gpt2mini-tui bench --json | jq .presets
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.option("--quick", is_flag=True, help="Only the default model, in some 8 seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; times are in seconds.")
def bench(quick: bool, as_json: bool) -> None:
    """Measure how fast this machine trains, and how long each preset takes here.

    Some 20 seconds on the CPU. What is found is kept, and shown wherever a run is set up.
    """
    home = the_home()
    note("Loading torch")
    from gpt2mini.presets import write_measured
    from gpt2mini.speed import measure

    measured = measure(note, ()) if quick else measure(note)
    write_measured(home, measured)
    if as_json:
        say_json({**to_plain(measured), "preset_seconds": _seconds(measured)})
        return
    for line in facts(_facts(measured)):
        say(line)


def _facts(measured: "Measured") -> list[tuple[str, str]]:
    from gpt2mini.presets import PRESETS
    from gpt2mini_tui import words

    threads = words.count(measured.threads, "thread")
    cores = words.count(measured.cores, "core")
    seconds = _seconds(measured)
    return [
        (
            "matrix products",
            f"{measured.limit_one / 1e9:.0f} GFLOP/s on 1 core, {measured.limit_all / 1e9:.0f} on {cores}",
        ),
        (
            "training",
            f"{measured.tokens_per_second:,.0f} tokens/s, the default model on {threads}: "
            f"{measured.share_of_limit:.0%} of what the products allow",
        ),
        ("generation", f"{measured.generated_per_second:,.0f} tokens/s"),
        *((f"preset {name}", f"{words.duration(seconds[name])}: {PRESETS[name].help}") for name in seconds),
    ]


def _seconds(measured: "Measured") -> dict[str, float]:
    from gpt2mini.config import Config, ModelConfig
    from gpt2mini.presets import with_preset

    plain = Config(model=ModelConfig(vocab_size=1))
    return {name: times.total(with_preset(plain, name)) for name, times in measured.presets.items()}
