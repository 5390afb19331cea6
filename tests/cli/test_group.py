"""Whatever goes wrong ends as one line and the right exit code; the traceback waits for `--debug`."""

import errno
import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from gpt2mini.errors import DataError, DivergedError, LockedError
from gpt2mini_tui.cli.group import Command, Group, the_home
from small_lab import Lab


def outcome(error: BaseException, *words: str) -> Result:
    """Return what a command shows that raises this."""

    @click.command(cls=Command)
    def fail() -> None:
        raise error

    group = Group("lab")
    group.add_command(fail)
    return CliRunner().invoke(group, ["fail", *words])


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            DataError("no text", where="a.txt", why="empty", do="Name another."),
            65,
            "no text (a.txt): empty. Name another.",
        ),
        (DivergedError("training diverged"), 70, "training diverged."),
        (LockedError("busy"), 75, "busy."),
        (MemoryError(), 71, "there is not enough memory for this."),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            74,
            "cannot write: no space left on device. Free some space.",
        ),
        (click.UsageError("Missing thing."), 2, "missing thing. Try lab fail --help."),
        (click.ClickException("Odd"), 1, "Odd."),
        (ValueError("what"), 1, "this is a bug: ValueError: what. Run again with --debug to see where."),
    ],
)
def test_an_error_is_one_line_and_a_code(error: Exception, code: int, line: str) -> None:
    result = outcome(error)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"error: {line}\n")


def test_a_name_in_an_error_cannot_reach_the_terminal() -> None:
    shown = outcome(DataError("no text", where="\x1b]0;x\x07\n\u202e[/x]")).stderr
    assert shown == "error: no text (␛]0;x␇⏎<U+202E>[/x]).\n"


@pytest.mark.parametrize("error", [DataError("no text"), ValueError("what")])
def test_debug_shows_the_traceback_above_the_line(error: Exception) -> None:
    result = outcome(error, "--debug")
    assert result.stderr.startswith("Traceback")
    assert result.stderr.splitlines()[-1].startswith("error: ")


def test_an_interrupt_is_its_own_code_and_says_nothing() -> None:
    code = "from gpt2mini_tui.cli.group import Group\nimport click\ngroup = Group('lab')\n"
    code += "@group.command()\ndef wait() -> None:\n    raise KeyboardInterrupt\ngroup.main(['wait'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (130, "")


def test_a_reader_that_leaves_is_no_reason_to_complain() -> None:
    code = "from gpt2mini_tui.cli.group import Group\nimport click\ngroup = Group('lab')\n"
    code += (
        "@group.command()\ndef talk() -> None:\n    while True:\n        click.echo('x' * 1000)\ngroup.main(['talk'])"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["tran"], "no such command 'tran'. Did you mean train? Try gpt2mini-tui --help"),
        (["runs", "lst"], "no such command 'lst'. Did you mean list? Try gpt2mini-tui runs --help"),
        (["where", "--jsn"], "no such option '--jsn'. Did you mean --json? Try gpt2mini-tui where --help"),
        (["where", "x"], "got unexpected extra argument (x). Try gpt2mini-tui where --help"),
        (["runs", "show"], "missing argument 'RUN'. Try gpt2mini-tui runs show --help"),
    ],
)
def test_a_slip_of_the_keys_is_met_with_what_was_meant(trained: Lab, words: list[str], line: str) -> None:
    result = trained.run(*words)
    assert (result.exit_code, result.stderr) == (2, f"error: {line}.\n")


@pytest.mark.parametrize("place", [lambda home: ["--home", home, "home"], lambda home: ["home", "--home", home]])
def test_the_home_may_be_named_before_the_command_or_after_it(place: Callable[[str], list[str]]) -> None:
    @click.command(cls=Command)
    def home() -> None:
        click.echo(the_home().root)

    group = Group("lab")
    group.add_command(home)
    assert CliRunner().invoke(group, place("/somewhere")).stdout == "/somewhere\n"


def test_an_encoding_that_lacks_a_character_shows_its_number() -> None:
    code = "from gpt2mini_tui.cli.group import Group\nimport click\ngroup = Group('lab')\n"
    code += "@group.command()\ndef talk() -> None:\n    click.echo('caf\\u00e9 \\u65e5')\ngroup.main(['talk'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env={"PYTHONIOENCODING": "latin-1", "PATH": ""}
    )
    assert (done.returncode, done.stdout) == (0, b"caf\xe9 \\u65e5\n")
