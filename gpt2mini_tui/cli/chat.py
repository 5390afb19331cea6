"""`gpt2mini-tui chat`."""

from pathlib import Path

import click

from gpt2mini.config import Sampling
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import load_option, settings, settings_options

__all__ = ["chat"]

_EXAMPLES = """
gpt2mini-tui chat
gpt2mini-tui chat --load tales-1 --temperature 0.5
gpt2mini-tui chat --load tales-1 --turns tales
gpt2mini-tui chat --load tales-1 --open transcripts/2026-01-31-120000.json
printf 'Once upon a time\\n' | gpt2mini-tui chat --load tales-1 --tokens 100
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@load_option
@settings_options(Sampling)
@click.option(
    "--turns",
    "form",
    default="plain",
    show_default=True,
    help=r"Speak in turns: plain, tales, plays, or a form such as 'You: {}\nBot:' with a gap for what you say.",
)
@click.option(
    "--open",
    "opened",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Go on with a conversation that was saved; its branches come along.",
)
@click.option("--strict", is_flag=True, help="Read the whole window anew for every token; slower.")
def chat(load: str, form: str, opened: Path | None, strict: bool) -> None:
    """Talk to a trained model: it goes on with whatever you type.

    A line that begins with a slash is a command, /help lists them. From a pipe, each line is answered in turn.
    """
    from gpt2mini_tui.cli.conversation import Conversation
    from gpt2mini_tui.cli.loading import find_model, open_model
    from gpt2mini_tui.cli.output import note
    from gpt2mini_tui.cli.repl import talk
    from gpt2mini_tui.talk.turns import turns

    writing, spoken, home = settings(Sampling), turns(form), the_home()
    found = find_model(load, home)
    checkpoint = open_model(found)
    conversation = Conversation(
        checkpoint, writing, name=found.name, strict=strict, turns=spoken, folder=home.transcripts
    )
    if opened is not None:
        note(conversation.open(opened))
    talk(conversation, found, home.transcripts / "lines")
