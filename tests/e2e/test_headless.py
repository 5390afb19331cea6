"""Commands as processes: signals, pipes and terminals, which nothing but a process has."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gpt2mini_tui.cli import main

PROGRAM = [sys.executable, "-m", "gpt2mini_tui"]
SMALL = ("--n-layer", "1", "--n-head", "1", "--n-embd", "8", "--block-size", "8", "--batch-size", "4")
TINY = (*SMALL, "--sample-every", "0", "--threads", "1")
PATIENCE = 60.0
"""Seconds that a busy machine may take for what takes two."""
PROMPT = b"you> "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "text.txt").write_text("one for sorrow, two for joy, three for a girl.\n" * 40)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"GPT2MINI_HOME": str(home), "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}


def start(home: Path, *words: str, **how: Any) -> "subprocess.Popen[str]":
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*PROGRAM, *words], cwd=home, env=environment(home), **(streams | how))


def here(home: Path, *words: str) -> str:
    """Return what a command printed that needs no process of its own."""
    result = CliRunner().invoke(main, [*words, "--home", str(home)])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def training(home: Path, *words: str) -> "subprocess.Popen[str]":
    """Start a run that would take for ever, and wait until it has taken a step."""
    endless = ("--steps", "1000000", "--eval-every", "0", "--save-every", "0")
    process = start(home, "train", "--data", "text.txt", *TINY, *endless, "--json", *words)
    assert process.stdout is not None
    assert any('"StepDone"' in line for line in process.stdout)
    return process


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def test_a_signal_saves_first_and_the_run_goes_on_from_there(home: Path) -> None:
    codes = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
    running = {number: training(home, "--name", number.name) for number in codes}
    for number, process in running.items():
        process.send_signal(number)
    for number, process in running.items():
        code, out, err = finished(process)
        last = json.loads(out.splitlines()[-1])
        assert (code, last["event"], last["reason"]) == (codes[number], "Finished", "stopped")
        step = last["step"]
        assert (home / "checkpoints" / number.name / f"step-{step:06}" / "model.safetensors").exists()
        assert err == (
            f"Stopped by {number.name} at step {step:,}, saved as step-{step:06}. "
            f"Go on with: gpt2mini-tui resume {number.name}\n"
        )
        resumed = here(home, "resume", number.name, "--steps", str(step + 3), "--json")
        events = map(json.loads, resumed.splitlines())
        assert [event["step"] for event in events if event["event"] == "StepDone"] == [step + 1, step + 2, step + 3]


def test_a_second_interrupt_leaves_at_once(home: Path) -> None:
    process = training(home, "--batch-size", "16000")  # a step of seconds
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    code, out, err = finished(process)
    assert (code, err) == (130, "Left at once. The last checkpoint is as it was.\n")
    assert '"Finished"' not in out


def test_a_signal_before_training_leaves_at_once(home: Path) -> None:
    with open(home / "text.txt", "w") as text:
        text.writelines(f"{number} and some words\n" for number in range(2_000_000))
    process = start(home, "train", "--data", "text.txt", *TINY)
    while not list((home / "data").glob("prepared/.*")):  # it is being read
        assert process.poll() is None
        time.sleep(0.01)
    process.terminate()
    assert finished(process) == (143, "", "Stopped before training began; there was nothing to save.\n")
    assert not (home / "checkpoints").exists()


def test_a_pipe_that_closes_stops_the_run_and_nothing_is_lost(home: Path) -> None:
    process = training(home, "--name", "piped")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(PATIENCE) == 1
    assert "saved as step-" in err
    assert err.count("\n") == 1
    assert len(list((home / "checkpoints" / "piped").glob("step-*/model.safetensors"))) == 1


def test_a_text_that_is_a_pipe_is_refused_without_waiting_for_it(home: Path) -> None:
    os.mkfifo(home / "pipe")
    waiting = [start(home, *words) for words in (("train", "--data", "pipe"), ("generate", "--load", "pipe"))]
    for process in waiting:
        code, out, err = finished(process)
        assert (code, out) == (65, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1


def test_the_lab_says_that_it_needs_a_terminal(home: Path) -> None:
    code, out, err = finished(start(home, "launch"))
    assert (code, out) == (1, "")
    assert err.startswith("error: the lab needs a terminal")
    assert err.count("\n") == 1


def on_terminal(home: Path, *words: str, keys: tuple[bytes, ...] = ()) -> tuple[int, str]:
    """Return what a command did on a terminal of its own, and all that reached it; keys answer its prompts in turn."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = start(home, *words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    seen, left = b"", list(keys)
    while select.select([master], [], [], PATIENCE)[0]:
        try:
            seen += os.read(master, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if left and seen.endswith(PROMPT):
            os.write(master, left.pop(0))
    os.close(master)
    return process.wait(PATIENCE), seen.decode()


def test_a_terminal_gets_a_line_that_moves_below_lines_that_stay(home: Path) -> None:
    steps = ("--steps", "300", "--eval-every", "100", "--save-every", "0")
    code, shown = on_terminal(home, "train", "--data", "text.txt", *TINY, *steps)
    assert code == 0
    assert "\r━" in shown or "\r─" in shown
    assert "/300 steps  loss " in shown
    assert "step 100  val  " in shown
    assert "step 100  loss" not in shown  # that is what the moving line is for
    assert shown.replace("\r\n", "\n").endswith("resume text-1 --steps 600\n")
    assert all(part.startswith("K") for part in shown.split("\x1b[")[1:])  # nothing but clearing the line


def test_no_byte_of_a_model_reaches_the_terminal(home: Path) -> None:
    (home / "evil.txt").write_text("\x1b]0;x\x07\x1b[2J\x9b[/x]\u202e\u2066abc\n" * 40)
    assert "\x1b" not in here(home, "train", "--data", str(home / "evil.txt"), *SMALL, "--steps", "1")
    code, shown = on_terminal(home, "generate", "--prompt", "\x1b[2J\x07", "--tokens", "300", "--temperature", "9")
    assert code == 0
    assert "␛" in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e\u2066")


def test_a_conversation_on_a_terminal_ends_with_the_end_of_the_line(home: Path) -> None:
    here(home, "train", "--data", str(home / "text.txt"), *SMALL, "--steps", "1")
    code, shown = on_terminal(home, "chat", "--tokens", "5", keys=(b"/tokens 7\r", b"one for\r", b"\x04"))
    assert code == 0
    assert "It was trained to continue text" in shown
    assert "tokens 7" in shown
    assert "model> " in shown
