"""A conversation with a model that only ever continues text: what was said before is simply the text so far."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import click

from gpt2mini.config import Sampling
from gpt2mini.errors import LabError, UsageError
from gpt2mini.settings import Spec, Value, specs
from gpt2mini_tui.cli.loading import Found, describe, note_unknown
from gpt2mini_tui.cli.options import SettingType
from gpt2mini_tui.cli.output import is_terminal, note, write
from gpt2mini_tui.cli.table import facts

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint

__all__ = ["Conversation", "obey", "talk"]

_SETTINGS: dict[str, Spec] = {spec.name.replace("_", "-"): spec for spec in specs(Sampling)}
_COMMANDS = {
    "help": "Show this list.",
    "settings": "Show how the model writes.",
    **{name: f"{spec.help} Without a value: show it." for name, spec in _SETTINGS.items()},
    "reset": "Forget what was said.",
    "quit": "Leave; so does Ctrl-D.",
}


class Conversation:
    """The text so far, and how it is continued. Each answer draws from the seed plus the number of answers before."""

    def __init__(self, checkpoint: "Checkpoint", writing: Sampling, *, strict: bool = False) -> None:
        self.checkpoint, self.writing, self.strict = checkpoint, writing, strict
        self.text = ""
        """Everything that was said, by both sides."""
        self.answers = 0

    def answer(self, line: str) -> Iterator[str]:
        """Yield the continuation of all that was said and this line, a token at a time; what is taken is remembered."""
        from gpt2mini.sampling import encode_prompt, generate

        model, tokenizer = self.checkpoint.model, self.checkpoint.tokenizer
        note_unknown(tokenizer.unknown(line), self.checkpoint)
        self.text += f"\n{line}" if self.text else line
        prompt = encode_prompt(self.text, tokenizer, model.config.block_size)
        how = replace(self.writing, seed=(self.writing.seed + self.answers) % 2**63)
        self.answers += 1
        for token in generate(model, tokenizer, prompt.ids, how, strict=self.strict):
            self.text += token.text
            yield token.text

    def reset(self) -> None:
        """Forget what was said, and begin the seeds again."""
        self.text, self.answers = "", 0


def talk(conversation: Conversation, found: Found) -> None:
    """Answer lines until there are no more."""
    import torch

    torch.set_num_threads(1)  # one row at a time has no work for two
    is_interactive = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    if is_interactive:
        _greet(conversation, found)
    read = _ask if is_interactive else _next_line
    while (line := read()) is not None:
        if line.startswith("/") and not line.startswith("//"):
            if not _obey_aloud(line, conversation):
                return
        elif line:
            _answer(conversation, line.removeprefix("/") if line.startswith("//") else line, is_interactive)


def obey(line: str, conversation: Conversation) -> str | None:
    """Carry out a command; return what there is to say, or None to leave. Raises UsageError for one that is not."""
    name, _, value = line.removeprefix("/").strip().partition(" ")
    name, value = name.lower(), value.strip()
    if name in _SETTINGS:
        return _set(conversation, _SETTINGS[name], value)
    if name in ("quit", "exit", "q"):
        return None
    actions: dict[str, Callable[[], str]] = {
        "help": _help,
        "settings": lambda: _settings(conversation),
        "reset": lambda: _reset(conversation),
    }
    if name not in actions:
        raise UsageError(f"there is no command /{name[:40]}", do="/help lists them; //… says a line with a slash.")
    return actions[name]()


def _greet(conversation: Conversation, found: Found) -> None:
    note(describe(found, conversation.checkpoint))
    note("It was trained to continue text, so it goes on with what you type, and with all that was said before.")
    note("/help lists the commands. Ctrl-C stops an answer, Ctrl-D leaves.")
    with suppress(ImportError):  # not on every system; then lines are edited without it
        import readline  # noqa: F401  # importing it is what edits lines


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


def _answer(conversation: Conversation, line: str, is_interactive: bool) -> None:
    speaker = "model> " if is_interactive else ""
    try:
        for text in conversation.answer(line):
            write(speaker + text)
            speaker = ""
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
    return "\n".join(facts((f"/{name}", text) for name, text in _COMMANDS.items()))


def _settings(conversation: Conversation) -> str:
    values = (
        (item.name.replace("_", "-"), _shown(getattr(conversation.writing, item.name))) for item in fields(Sampling)
    )
    return "\n".join(facts(values))


def _reset(conversation: Conversation) -> str:
    conversation.reset()
    return "Forgotten."
