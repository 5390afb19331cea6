"""Each exit code has a command that ends with it: in one line, and with a traceback only where one was asked for."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gpt2mini import errors
from gpt2mini.errors import ExitCode, LabError
from gpt2mini.runs import Store
from gpt2mini_tui.cli.group import Command, Group
from small_lab import Lab

SIGNALLED = {ExitCode.HANGUP, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
"""Those of `tests/e2e` and `tests/faults`, where there are processes to signal."""

WORDS = {
    ExitCode.OK: ("runs", "list"),
    ExitCode.FAILED: ("launch",),  # there is no terminal
    ExitCode.USAGE: ("train", "--n-layer", "0"),
    ExitCode.BAD_INPUT: ("train", "--data", "empty.txt"),
    ExitCode.NOT_FOUND: ("generate", "--load", "nowhere"),
    ExitCode.DIVERGED: (
        *("train", "--data", "rhyme.txt", "--n-layer", "1", "--n-head", "1", "--n-embd", "8", "--block-size", "8"),
        *("--ln-style", "none", "--no-grad-clip", "--lr", "1e9", "--warmup", "0", "--steps", "60", "--eval-every", "0"),
    ),
    ExitCode.OUT_OF_MEMORY: ("train", "--data", "rhyme.txt", "--n-layer", "200", "--n-head", "1", "--n-embd", "16000"),
    ExitCode.CANNOT_CREATE: ("train", "--data", "rhyme.txt", "--name", "rhyme"),
    ExitCode.LOCKED: ("resume", "rhyme", "--steps", "9"),
}


def every_error() -> list[type[LabError]]:
    return [LabError, *LabError.__subclasses__()]


@pytest.mark.parametrize("kind", every_error())
@pytest.mark.parametrize("debug", [False, True])
def test_every_error_is_a_line_and_its_code(kind: type[LabError], debug: bool) -> None:
    @click.command(cls=Command)
    def fail() -> None:
        raise kind("it failed", where="here", why="of this", do="Do that.")

    group = Group("lab")
    group.add_command(fail)
    result = CliRunner().invoke(group, ["fail", *(["--debug"] if debug else [])])
    assert (result.exit_code, result.stdout) == (kind.code, "")
    *above, line = result.stderr.splitlines()
    assert line == "error: it failed (here): of this. Do that."
    assert ("Traceback (most recent call last):" in above) == bool(above) == debug


def test_every_error_that_there_is_has_been_walked() -> None:
    named = {getattr(errors, name) for name in errors.__all__ if name not in ("ExitCode", "LabError", "reason")}
    assert named == set(every_error()) - {LabError}
    assert {kind.code for kind in every_error()} | SIGNALLED | {ExitCode.OK} == set(ExitCode)


@contextmanager
def held(lab: Lab) -> Iterator[None]:
    """Train the run, as far as another process can tell."""
    log = Store(lab.home / "checkpoints").get("rhyme").open_log()
    yield
    log.close()


@pytest.mark.parametrize("code", WORDS)
@pytest.mark.parametrize("debug", [False, True])
def test_a_command_ends_with_this_code(code: ExitCode, debug: bool, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.home)
    Path("empty.txt").touch()
    before = set((lab.home / "checkpoints").iterdir())
    if code is ExitCode.LOCKED:
        with held(lab):
            result = ended(lab, code, debug)
    else:
        result = ended(lab, code, debug)
    if code is ExitCode.OK:
        assert result.stderr == ""
        return
    lines = result.stderr.splitlines()
    assert lines[-1].startswith("error: ")
    assert (len(lines) > 1, "Traceback" in result.stderr) == (debug, debug)
    is_made = code is ExitCode.DIVERGED
    made = set((lab.home / "checkpoints").iterdir()) - before
    assert len(made) == is_made


def ended(lab: Lab, code: ExitCode, debug: bool) -> Result:
    result = lab.run(*WORDS[code], *(["--debug"] if debug else []))
    assert result.exit_code == code, result.stderr
    return result


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
@pytest.mark.parametrize("debug", [False, True])
def test_a_disk_that_takes_nothing_is_a_code_too(trained: Lab, debug: bool) -> None:
    words = [sys.executable, "-m", "gpt2mini_tui", "runs", "list", "--home", str(trained.home)]
    with open("/dev/full", "w") as full:
        told = subprocess.run(
            words + ["--debug"] * debug, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, env=os.environ
        )
    assert told.returncode == ExitCode.DISK
    assert told.stderr.splitlines()[-1] == "error: cannot write: no space left on device. Free some space."
    assert ("Traceback" in told.stderr) == debug == (len(told.stderr.splitlines()) > 1)
