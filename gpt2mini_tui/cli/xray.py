"""`gpt2mini-tui xray`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpt2mini_tui.cli.complete import complete_models
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import is_terminal, note, say_json, width

if TYPE_CHECKING:
    from gpt2mini_tui.pictures import Look
    from gpt2mini_tui.xray.seen import Seen

__all__ = ["xray"]

_VIEWS = ("attention", "lens", "surprise", "residual", "embedding", "position")
_ENDINGS = (".svg", ".png")
_EXAMPLES = """
gpt2mini-tui xray "the cat sat on the mat" --view attention --layer 1 --head 2
gpt2mini-tui xray --load tales-1/step-30 --view lens
gpt2mini-tui xray "the cat" --view surprise --json
gpt2mini-tui xray "the cat" --view attention --output cat.svg
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("text", default="")
@click.option(
    "--load",
    default="",
    metavar="RUN|FOLDER|FILE",
    shell_complete=complete_models,
    help="A run, RUN/step-000030 (a checkpoint or a frame), a folder or a file; by default the newest run.",
)
@click.option("--view", type=click.Choice(_VIEWS), default="attention", show_default=True, help="What to look at.")
@click.option(
    "--layer", type=int, default=-1, show_default=True, help="Whose attention; from 0 on, or from -1 backwards."
)
@click.option(
    "--head", type=int, default=None, help="Which one, from 0 on; by default the first, and all in .png and --json."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write a picture: .svg with letters and numbers, .png with a pixel for each number.",
)
@click.option("--theme", type=click.Choice(("dark", "light")), default="dark", show_default=True, help="Of a picture.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: the equation, the shapes, the numbers.")
def xray(
    *, text: str, load: str, view: str, layer: int, head: int | None, output: Path | None, theme: str, as_json: bool
) -> None:
    """Look inside a model while it reads TEXT.

    Without a TEXT it reads some of what its run held back from training; - is standard input.
    """
    _check_ending(output)
    seen = _look(text, load, view, layer)
    for sentence in seen.notices:
        note(f"note: {sentence}")
    if head is not None:
        from gpt2mini_tui.xray.looking import only_head

        seen = only_head(seen, head)
    from gpt2mini_tui.pictures import Look

    look = Look(is_pointing=False, head=(head or 0) % seen.n_head)
    if output is not None:
        _write(output, seen, theme, look)
    if as_json:
        say_json(seen.to_plain())
    elif output is None:
        _print(seen, theme, look)


def _check_ending(output: Path | None) -> None:
    if output is not None and output.suffix.lower() not in _ENDINGS:
        from gpt2mini.errors import UsageError

        raise UsageError(f"--output {output.name} is no picture", do="End it in .svg or .png.")


def _look(text: str, load: str, view: str, layer: int) -> "Seen":
    from gpt2mini_tui.cli.loading import find_model, open_model
    from gpt2mini_tui.xray.looking import held_back, look_into

    home = the_home()
    checkpoint = open_model(find_model(load, home))
    text = sys.stdin.read() if text == "-" else text or held_back(checkpoint, home)
    return look_into(checkpoint, text, view, layer=layer)


def _write(output: Path, seen: "Seen", theme: str, look: "Look") -> None:
    """Write the picture; raises DiskError where that cannot be done."""
    from gpt2mini.errors import DiskError, reason
    from gpt2mini_tui.pictures import picture_of
    from gpt2mini_tui.pictures.files import png, svg
    from gpt2mini_tui.pictures.palette import PALETTES

    picture = picture_of(seen, look, PALETTES[theme])
    if output.suffix.lower() == ".png":
        data = png(picture)
    else:
        data = svg(picture, title=_title(seen, look.head), lines=[seen.view.equation, seen.view.shapes]).encode()
    try:
        output.write_bytes(data)
    except OSError as error:
        raise DiskError("cannot write the picture", where=output, why=reason(error)) from error
    note(f"The picture is in {output}")


def _print(seen: "Seen", theme: str, look: "Look") -> None:
    """Print the picture: in colours on a terminal that has them, in shades elsewhere."""
    from rich.console import Console
    from rich.text import Text

    from gpt2mini_tui.pictures import picture_of
    from gpt2mini_tui.pictures.palette import PALETTES, PLAIN

    console = Console(file=sys.stdout, highlight=False, width=max(20, width()), legacy_windows=False)
    palette = PALETTES[theme] if is_terminal(sys.stdout) and console.color_system and not console.no_color else PLAIN
    picture = picture_of(seen, look, palette)
    columns, rows = picture.natural_size
    page = picture.paged(min(columns, console.width), rows)
    for words in (_title(seen, look.head), f"{seen.view.equation}    {seen.view.shapes}", ""):
        console.print(Text(words), soft_wrap=True)
    for row in page.rows(whole=False):
        line = Text.assemble(*((part, style or "") for part, style, _ in row))
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ignore", crop=False)


def _title(seen: "Seen", head: int) -> str:
    from gpt2mini_tui import words
    from gpt2mini_tui.safe import safe

    where = f", layer {seen.view.to_plain()['layer']}, head {head}" if seen.view.name == "attention" else ""
    parts = (
        seen.run or "a model",
        f"step {seen.step:,}",
        f"val {words.nats(seen.val_loss)}",
        f"{seen.view.name}{where}",
    )
    return safe(" · ".join(part for part in (*parts, words.switches(seen.changed)) if part))
