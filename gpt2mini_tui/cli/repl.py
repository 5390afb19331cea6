"""The lines of a conversation on a terminal or from a pipe: some are said, those with a slash are commands."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from textwrap import fill
from typing import Any

import click

from gpt2mini.config import Sampling
from gpt2mini.errors import LabError, NotFoundError, UsageError, reason
from gpt2mini.settings import Spec, Value, specs
from gpt2mini_tui.cli.conversation import Conversation
from gpt2mini_tui.cli.loading import Found, describe
from gpt2mini_tui.cli.options import SettingType
from gpt2mini_tui.cli.output import is_terminal, note, width, write
from gpt2mini_tui.cli.table import facts
from gpt2mini_tui.talk.reopening import kept_in
from gpt2mini_tui.talk.turns import FORMS, turns

__all__ = ["completions", "obey", "remembered", "talk"]

_SETTINGS: dict[str, Spec] = {spec.name.replace("_", "-"): spec for spec in specs(Sampling)}
_COMMANDS = {
    "help": "Show this list.",
    "more": "Let the model go on.",
    "again": "Let it answer anew, from the next seed; the answer before is kept as a branch.",
    "settings": "Show how the model writes.",
    **{name: f"{spec.help} Without a value: show it." for name, spec in _SETTINGS.items()},
    "turns": f"Speak in turns: {', '.join(FORMS)}, or a form such as You: {{}}\\nBot: with a gap for what you say.",
    "save": "Write everything down, as Markdown and JSON.",
    "open": "Go on with a conversation that was saved: a file; without one, the newest.",
    "reset": "Forget what was said.",
    "quit": "Leave; so does Ctrl-D.",
}
_LINES = 1000
"""Lines that are remembered from one conversation to the next."""


def talk(conversation: Conversation, found: Found, history: Path) -> None:
    """Answer lines until there are no more; those that a person types are remembered in the file `history`."""
    import torch

    torch.set_num_threads(1)  # one row at a time has no work for two
    is_interactive = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    if not is_interactive:
        _answer_all(conversation, _next_line, is_interactive=False)
        return
    note(describe(found, conversation.checkpoint))
    note("It was trained to continue text, so it goes on with what you type, and with all that was said before.")
    note("/help lists the commands, Tab completes them. Ctrl-C stops an answer, Ctrl-D leaves.")
    with remembered(history):
        _answer_all(conversation, _ask, is_interactive=True)


def obey(line: str, conversation: Conversation) -> str | None:
    """Carry out a command; return what there is to say, or None to leave. Raises UsageError for one that is not."""
    name, value = _parts(line)
    if name in _SETTINGS:
        return _set(conversation, _SETTINGS[name], value)
    if name in ("quit", "exit", "q"):
        return None
    actions: dict[str, Callable[[], str]] = {
        "help": _help,
        "settings": lambda: _settings(conversation),
        "turns": lambda: _turns(conversation, value),
        "save": lambda: f"Saved as {conversation.save()}.",
        "open": lambda: conversation.open(_kept(value, conversation)),
        "reset": lambda: _reset(conversation),
    }
    if name not in actions:
        raise UsageError(f"there is no command /{name[:40]}", do="/help lists them; //… says a line with a slash.")
    return actions[name]()


@contextmanager
def remembered(path: Path) -> Iterator[None]:
    """Let lines be edited, completed and called back with the arrow keys, also those of earlier conversations."""
    try:
        import readline
    except ImportError:  # not on every system; then lines are edited without it
        yield
        return
    with suppress(OSError, UnicodeDecodeError):  # there is none yet, or it is not ours
        readline.read_history_file(path)
    readline.set_history_length(_LINES)
    readline.set_completer_delims(" ")
    readline.set_completer(lambda text, state: [*completions(text), None][state])
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(path)
        except OSError as error:
            note(f"note: the lines could not be remembered ({path}): {reason(error)}.")


def completions(text: str) -> list[str]:
    """Return the commands that begin like this."""
    return [f"/{name}" for name in _COMMANDS if text.startswith("/") and f"/{name}".startswith(text)]


def _parts(line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix("/").strip().partition(" ")
    return name.lower(), value.strip()


def _answer_all(conversation: Conversation, read: Callable[[], str | None], *, is_interactive: bool) -> None:
    while (line := read()) is not None:
        answers = _answers(line, conversation)
        if answers is not None:
            _answer(answers, is_interactive)
        elif line and not _obey_aloud(line, conversation):
            return


def _answers(line: str, conversation: Conversation) -> "Callable[[], Iterator[str]] | None":
    """Return what a line lets the model say; None for one that lets it say nothing."""
    if line.startswith("//") or (line and not line.startswith("/")):
        said = line.removeprefix("/") if line.startswith("//") else line
        return lambda: conversation.answer(said)
    return {"more": conversation.more, "again": conversation.again}.get(_parts(line)[0]) if line else None


def _ask() -> str | None:
    """Return the next line that a person types, or None at the end."""
    try:
        return input("you> ")
    except EOFError:
        click.echo()
        return None
    except KeyboardInterrupt:
        click.echo()
        note("Ctrl-D leaves.")
        return ""


def _next_line() -> str | None:
    """Return the next line of standard input, or None at its end."""
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None


def _answer(answers: Callable[[], Iterator[str]], is_interactive: bool) -> None:
    speaker = "model> " if is_interactive else ""
    texts: Iterator[str] = iter(())
    try:
        texts = answers()
        for text in texts:
            write(speaker + text)
            speaker = ""
    except UsageError as error:
        note(error)
        return
    except KeyboardInterrupt:
        if not is_interactive:
            raise
    write("\n")


def _obey_aloud(line: str, conversation: Conversation) -> bool:
    """Carry out a command and say what came of it, on standard error; False to leave."""
    try:
        said = obey(line, conversation)
    except LabError as error:
        said = str(error)
    for one in (said or "").splitlines():
        note(one)
    return said is not None


def _set(conversation: Conversation, spec: Spec, value: str) -> str:
    if value:
        given: Any = SettingType(spec).convert(_unescaped(value) if spec.kind is str else value, None, None)
        conversation.writing = replace(conversation.writing, **{spec.name: given})
    return f"{spec.name.replace('_', '-')} {_shown(getattr(conversation.writing, spec.name))}"


def _unescaped(value: str) -> str:
    """Return the text that a person means, where a line break is typed as in Python, and nothing as two quotes."""
    return "" if value in ('""', "''") else value.replace("\\n", "\n").replace("\\t", "\t")


def _shown(value: Value) -> str:
    return repr(value) if isinstance(value, str) else f"{value}"


def _help() -> str:
    lines = facts((f"/{name}", text) for name, text in _COMMANDS.items())
    indent = " " * (max(map(len, _COMMANDS)) + 3)
    return "\n".join(fill(line, width(), subsequent_indent=indent, break_on_hyphens=False) for line in lines)


def _settings(conversation: Conversation) -> str:
    values = (
        (item.name.replace("_", "-"), _shown(getattr(conversation.writing, item.name))) for item in fields(Sampling)
    )
    return "\n".join([*facts(values), _turns(conversation, "")])


def _turns(conversation: Conversation, value: str) -> str:
    if value:
        conversation.turns = turns(value)
    return f"turns {_shown(conversation.turns.pattern) if conversation.turns.pattern else 'plain'}"


def _kept(value: str, conversation: Conversation) -> Path:
    """Return the conversation that is meant: a file, the name of one in the folder, or the newest there."""
    if value:
        path = Path(value).expanduser()
        inside = conversation.folder / value
        return inside if not path.exists() and inside.exists() else path
    found = kept_in(conversation.folder)
    if not found:
        raise NotFoundError("no conversation was saved yet", where=conversation.folder)
    return found[0].path


def _reset(conversation: Conversation) -> str:
    conversation.reset()
    return "Forgotten."
