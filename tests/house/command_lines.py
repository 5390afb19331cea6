"""Command lines as a text for people shows them: read to their end, or run at a size that takes no time.

python command_lines.py WORDS…    runs them, as `gpt2mini-tui` would, with what they train made tiny
"""

import re
import shlex
import sys
from collections.abc import Iterator

import click

from gpt2mini_tui.cli import main

__all__ = ["OTHER_PROGRAMS", "blocks", "calls", "made_tiny", "parse"]

OTHER_PROGRAMS = {"cat", "grep", "jq", "make", "pip", "printf", "source", "tail"}
"""What a text may call besides the lab."""

_LAB = ("gpt2mini-tui", "gpt2mini_tui")
"""Itself, and as a module that another program starts."""
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SEPARATORS = {"|", "||", "&&", ";", "&"}
_REDIRECTIONS = {">", ">>", "<"}
_TINY = {
    "--n-layer": 2,
    "--n-head": 2,
    "--n-embd": 16,
    "--block-size": 16,
    "--batch-size": 4,
    "--sample-tokens": 8,
    "--threads": 1,
}
_FEW, _MANY = 20, 300
"""Steps that are taken where none are named, or more than so many."""


def blocks(text: str) -> list[str]:
    """Return the lines of all `sh` blocks; one that goes on after a backslash is one line."""
    found = "".join(code for language, code in _FENCE.findall(text) if language == "sh")
    return [line.strip() for line in found.replace("\\\n", "").splitlines() if line.strip()]


def calls(line: str) -> Iterator[list[str]]:
    """Yield the words of each program that a line calls; without comments, variables before it, and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    tokens = [*lexer, ";"]
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token in _SEPARATORS:
            if words:
                yield words
            words = []
        elif (
            token not in _REDIRECTIONS
            and before not in _REDIRECTIONS
            and (words or not re.match(r"[A-Z0-9_]+=", token))
        ):
            words.append(token)


def parse(words: list[str]) -> None:
    """Let click read the words of a call to its end, values included; raises click.UsageError, or ours."""
    named = next((place for place, word in enumerate(words) if word in _LAB), None)
    if named is None or words[0] == "pip":
        assert words[0] in OTHER_PROGRAMS, words
        return
    command, context, rest = _find(words[named + 1 :])
    assert context.parent is not None
    command.make_context(context.info_name, rest, parent=context.parent)


def _find(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    """Return the command that words begin with, and what follows."""
    command: click.Command = main
    context = click.Context(main, info_name="gpt2mini-tui")
    while isinstance(command, click.Group):
        if words[:1] == ["--home"]:
            words = words[2:]
        name, *words = words
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"there is no command {name}")
        command, context = found, click.Context(found, info_name=name, parent=context)
    return command, context, words


def made_tiny(words: list[str]) -> list[str]:
    """Return the words with a size after them that trains within seconds; a fork keeps that of its parent."""
    command, _, rest = _find(words)
    flags = {flag for param in command.params for flag in param.opts}
    if not flags or command.name in ("fork", "resume"):
        return words
    added = [word for flag, value in _TINY.items() if flag in flags for word in (flag, str(value))]
    named = int(rest[rest.index("--steps") + 1]) if "--steps" in rest else None
    if "--steps" in flags and (named is None or named > _MANY):
        added += ["--steps", str(_FEW)]
    return [*words, *added]


if __name__ == "__main__":
    main(made_tiny(sys.argv[1:]))
