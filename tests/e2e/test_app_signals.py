"""Signals to the app while it is busy with something else than a step: it leaves with its code, and tidily."""

import os
import signal
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gpt2mini.checkpoint import verify
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.cli import main
from test_app_tmux import (
    TINY,
    Terminal,
    ended,
    exit_code,
    home,
    is_restored,
    launch,
    number,
    open_app,
    pytestmark,
    terminal,
)

CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def has_open(process: int, path: Path) -> bool:
    """Tell whether a process has this file open."""
    links = list(Path(f"/proc/{process}/fd").iterdir())
    return any(os.path.realpath(link) == str(path) for link in links)


def send(process: int, name: str) -> None:
    os.kill(process, getattr(signal, name))


def test_a_hangup_of_a_terminal_that_is_there_gives_it_back(terminal: Terminal, home: Home) -> None:
    launch(terminal, home)
    send(number(terminal), "SIGHUP")
    assert exit_code(terminal) == 129
    assert is_restored(terminal)
    run, last = ended(home)
    assert last.reason == "stopped"
    verify(run.checkpoints()[-1].path)
    result = CliRunner().invoke(main, ["resume", "live", "--steps", str(last.step + 2), "--home", str(home.root)])
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("name", CODES)
def test_a_signal_while_the_text_is_read_leaves_no_run(name: str, terminal: Terminal, home: Home) -> None:
    long = home.root / "long.txt"
    long.write_text("One for sorrow, two for joy; three for a girl, four for a boy.\n" * 2_000_000)
    open_app(terminal, home, TINY.replace("rhyme.txt", "long.txt"))
    process = number(terminal)
    terminal.press("s")
    terminal.until(lambda: has_open(process, long))
    send(process, name)
    assert exit_code(terminal) == CODES[name]
    assert is_restored(terminal)
    assert Store(home.checkpoints).runs() == []


@pytest.mark.parametrize("name", CODES)
def test_a_signal_while_a_model_writes_in_the_chat(name: str, terminal: Terminal, home: Home) -> None:
    words = ["train", "--data", str(home.root / "rhyme.txt"), "--name", "live", "--steps", "1", "--n-layer", "16"]
    result = CliRunner().invoke(main, [*words, "--batch-size", "1", "--home", str(home.root)])
    assert result.exit_code == 0, result.stderr
    open_app(terminal, home, "")
    terminal.press("4")
    terminal.sees("live · step 1", "esc Leave prompt")
    terminal.press("one for")
    terminal.sees("❯ one for")
    terminal.press("Enter")
    terminal.until(lambda: "❯ one for" not in terminal.screen)  # 200 tokens are a second or more
    send(number(terminal), name)
    began = time.monotonic()
    assert exit_code(terminal) == CODES[name]
    assert time.monotonic() - began < 30
    assert is_restored(terminal)
    verify(Store(home.checkpoints).get("live").checkpoints()[-1].path)


def test_a_hundred_changes_of_size_while_it_trains(terminal: Terminal, home: Home) -> None:
    launch(terminal, home)
    for place in range(100):
        terminal.resize(40 + 7 * place % 140, 10 + 5 * place % 50)
    terminal.resize(120, 40)
    terminal.sees("● training", "loss ", "val ", "samples ·")
    terminal.press("q")
    assert exit_code(terminal) == 0
    assert ended(home)[1].reason == "stopped"
