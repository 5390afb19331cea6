"""Where the words of a command become a call, and where every error ends as one line and an exit code."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from gpt2mini.errors import ExitCode, LabError, reason
from gpt2mini_tui.cli.output import forgive_encodings, note
from gpt2mini_tui.safe import safe

if TYPE_CHECKING:
    from gpt2mini.paths import Home

__all__ = ["Command", "Group", "home_of", "show_version", "the_home"]

_HOME = "gpt2mini.home"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def home_of(ctx: click.Context) -> "Home":
    """Return the home that `--home` names, else the one that is found."""
    from gpt2mini.paths import find_home

    return find_home(ctx.meta.get(_HOME))


def the_home() -> "Home":
    """Return the home of the command that is running."""
    return home_of(click.get_current_context())


class Command(click.Command):
    """A command that takes the global options too, shows its options in sections, and its epilog as examples."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return its own options, then the global ones: people add `--debug` at the end."""
        return [*super().get_params(ctx), *_global_options()]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under the headings they name."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        general = sections.pop("Options")
        for heading, records in (*sections.items(), ("Options", general)):
            with formatter.section(heading):
                formatter.write_dl(records)

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand."""
        _write_examples(self.epilog, formatter)


class Group(click.Group):
    """A group of commands; the outermost one turns whatever goes wrong into a sentence."""

    command_class = Command

    def __init__(self, *words: Any, places: Mapping[str, str] | None = None, **about: Any) -> None:
        """`places` tells where each command is, `module:function`; so a command pays for no other one."""
        super().__init__(*words, **about)
        self._places = places or {}

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return its own options, then the global ones."""
        return [*super().get_params(ctx), *_global_options()]

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the commands in the order in which they were declared: what one needs first comes first."""
        return [*self._places, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, and return it; None if there is no such command."""
        if cmd_name not in self._places:
            return super().get_command(ctx, cmd_name)
        module, _, function = self._places[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"gpt2mini_tui.cli.{module}".rstrip(".")), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where there is none of that name, remember what may have been meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if not getattr(error, "possibilities", None):
                error.possibilities = get_close_matches(args[0], self.list_commands(ctx))  # type: ignore[attr-defined]  # as click's own errors do
            raise

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand."""
        _write_examples(self.epilog, formatter)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and exit with its code, whatever happens."""
        words = sys.argv[1:] if args is None else list(args)
        main = super().main

        def run() -> Any:
            return main(words, prog_name, complete_var, standalone_mode=False, **extra)

        if not standalone_mode:
            return run()
        forgive_encodings()
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy decodes a row at a time: a second thread only waits
        sys.exit(_exit_code(run, debug="--debug" in words))


def _exit_code(run: Callable[[], Any], *, debug: bool) -> int:
    """Run a command and return its exit code; an error is told on standard error."""
    try:
        code = run()
        sys.stdout.flush()
    except BaseException as error:
        if isinstance(error, SystemExit | GeneratorExit):
            raise
        if debug:
            _note_lines("".join(traceback.format_exception(error)))
        return _tell(error)
    return code if isinstance(code, int) else ExitCode.OK


def _tell(error: BaseException) -> int:
    """Say what went wrong, in one line; return the exit code."""
    match error:
        case LabError():
            sentence, code = str(error), int(error.code)
        case click.exceptions.NoArgsIsHelpError():
            error.show()
            return error.exit_code
        case click.UsageError():
            sentence, code = _usage(error), error.exit_code
        case click.ClickException():
            sentence, code = error.format_message(), error.exit_code
        case click.Abort() | KeyboardInterrupt():
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends the exit itself, without a traceback
            return ExitCode.INTERRUPTED
        case BrokenPipeError():
            _close_standard_output()
            return ExitCode.FAILED
        case MemoryError():
            sentence, code = "there is not enough memory for this", ExitCode.OUT_OF_MEMORY
        case OSError() if error.errno in _FULL:
            sentence, code = f"cannot write: {reason(error)}. Free some space", ExitCode.DISK
        case _:
            sentence = f"this is a bug: {type(error).__name__}: {error}. Run again with --debug to see where"
            code = ExitCode.FAILED
    with suppress(OSError):
        sentence = sentence.rstrip(".")
        note(f"error: {sentence}{'' if sentence.endswith('?') else '.'}")
    return code


def _note_lines(text: str) -> None:
    """Write several lines that are not data."""
    with suppress(OSError):
        click.echo(safe(text, lines=True), err=True)


def _usage(error: click.UsageError) -> str:
    """Return what click found, in our form, and where to read on."""
    near = getattr(error, "possibilities", None)
    message = error.message if near else error.format_message()
    sentence = f"{message[:1].lower()}{message[1:].rstrip('.')}"
    sentence += f". Did you mean {' or '.join(near)}?" if near else "."
    return f"{sentence} Try {error.ctx.command_path} --help" if error.ctx else sentence


def _close_standard_output() -> None:
    """Let nobody try to write the rest: whoever was reading has left, and that is no reason to complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_examples(epilog: str | None, formatter: click.HelpFormatter) -> None:
    lines = (epilog or "").strip().splitlines()
    if lines:
        with formatter.section("Examples"):
            for line in lines:
                formatter.write(f"{'':{formatter.current_indent}}{line.strip()}\n")


def _global_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--home"],
            metavar="DIR",
            expose_value=False,
            callback=_remember_home,
            help="Where runs and texts are kept; otherwise $GPT2MINI_HOME, the checkout, or your data folder.",
        ),
        click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error."),
    ]


def _remember_home(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_HOME] = value


def show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the version and leave."""
    from importlib.metadata import PackageNotFoundError, version  # not for every --help

    if value and not ctx.resilient_parsing:
        try:
            number = version("gpt2mini-tui")
        except PackageNotFoundError:
            number = "unknown"
        click.echo(f"gpt2mini-tui {number}")
        ctx.exit()
