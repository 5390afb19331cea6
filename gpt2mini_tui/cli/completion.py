"""`gpt2mini-tui completion`."""

import click
from click.shell_completion import get_completion_class

from gpt2mini_tui.cli.group import Command

__all__ = ["completion"]

_EXAMPLES = """
gpt2mini-tui completion bash >> ~/.bashrc
gpt2mini-tui completion zsh >> ~/.zshrc
gpt2mini-tui completion fish > ~/.config/fish/completions/gpt2mini-tui.fish
"""
_PROGRAM, _VARIABLE = "gpt2mini-tui", "_GPT2MINI_TUI_COMPLETE"


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print what makes Tab complete commands, options, and the names of runs and checkpoints."""
    made = get_completion_class(shell)
    assert made is not None  # one of the three that click knows
    root = click.get_current_context().find_root().command
    click.echo(made(root, {}, _PROGRAM, _VARIABLE).source())
