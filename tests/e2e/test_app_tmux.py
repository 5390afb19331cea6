"""The app in a real terminal, driven by keys and signals: what a person sees, and what is left when it is gone."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gpt2mini.checkpoint import verify
from gpt2mini.events import Finished, Switched
from gpt2mini.paths import Home
from gpt2mini.runs import Run, Store
from gpt2mini_tui.cli import main

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")

PATIENCE = 60.0
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
TINY = "--data rhyme.txt --name live --n-layer 1 --n-head 1 --n-embd 16 --block-size 32 --batch-size 16"
OFTEN = "--steps 1000000 --eval-every 100 --sample-every 100 --save-every 0 --threads 1"


class Terminal:
    """A terminal of its own, with a shell in it."""

    def __init__(self, folder: Path, *, width: int, height: int) -> None:
        self._socket = f"gpt2mini-{os.getpid()}-{folder.name}"
        self._environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self._environment["XDG_CONFIG_HOME"] = str(folder / "habits")  # the next one shall not begin where this ended
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(folder), "sh")

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def paste(self, path: Path) -> None:
        """Paste what is in a file, byte for byte."""
        self._tmux("load-buffer", str(path))
        self._tmux("paste-buffer", "-p")

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def tell(self, name: str) -> str:
        """Return what tmux knows about the terminal: `alternate_on`, `cursor_flag`, …."""
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, self.screen
            time.sleep(0.05)

    def sees(self, *words: str) -> None:
        self.until(lambda: all(word in self.screen for word in words))

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True)

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self._socket, *words]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Home:
    text = "".join(f"{n} one for sorrow, two for joy; three for a girl, four for a boy.\n" for n in range(60))
    (tmp_path / "rhyme.txt").write_text(text)
    return Home(tmp_path)


@pytest.fixture
def terminal(home: Home) -> Iterator[Terminal]:
    terminal = Terminal(home.root, width=120, height=40)
    yield terminal
    terminal.close()


def open_app(terminal: Terminal, home: Home, words: str) -> None:
    """Open the app, ready to begin a run."""
    terminal.press(f"GPT2MINI_HOME={home.root} {sys.executable} -m gpt2mini_tui launch {words}", "Enter")
    terminal.sees("Train a GPT-2 from scratch", "^p palette")


def launch(terminal: Terminal, home: Home) -> None:
    """Open the app, and start a run in it."""
    open_app(terminal, home, f"{TINY} {OFTEN}")
    terminal.press("s")
    terminal.sees("● training", "loss ", "val ", "samples ·")


def marks(terminal: Terminal, letter: str, words: str) -> list[str]:
    """Return the lines above the charts that have this mark, with its words or beside those of the warm-up."""
    line_of_marks = re.compile(rf"\W*{letter}\W*({words}|warm-up ends)?")
    return [line for line in terminal.screen.splitlines() if line_of_marks.fullmatch(line[30:].strip())]


def exit_code(terminal: Terminal) -> int:
    """Wait for the shell to come back, and ask it how the app ended."""
    terminal.until(lambda: terminal.tell("pane_current_command") == "sh")
    terminal.press("echo code=$?.", "Enter")
    terminal.until(lambda: re.search(r"code=\d+\.", terminal.screen))
    return int(re.findall(r"code=(\d+)\.", terminal.screen)[-1])


def number(terminal: Terminal) -> int:
    """Return the process number of the app."""
    shell = terminal.tell("pane_pid")
    return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])


def ended(home: Home) -> tuple[Run, Finished]:
    """Return how the run ended, after checking that a checkpoint is of its last step."""
    run = Store(home.checkpoints).get("live")
    last = list(run.events())[-1]
    assert isinstance(last, Finished)
    assert run.checkpoints()[-1].step == last.step
    return run, last


def is_restored(terminal: Terminal) -> bool:
    """Tell whether the terminal is as a shell wants it."""
    terminal.press("stty -a", "Enter")
    terminal.sees("icanon")
    words = terminal.screen.split()
    flags = [terminal.tell(name) for name in ("alternate_on", "cursor_flag", "mouse_any_flag")]
    return flags == ["0", "1", "0"] and {"icanon", "echo", "isig", "ixon"} <= set(words)


def test_a_run_is_started_watched_broken_and_left(terminal: Terminal, home: Home) -> None:
    launch(terminal, home)
    before = terminal.screen.splitlines()[1:3]
    terminal.until(lambda: terminal.screen.splitlines()[1:3] != before)
    terminal.press("R")
    terminal.sees("OFF ○", "Add each")
    terminal.until(lambda: len(marks(terminal, "R", "residual off")) == 2)  # one above each chart
    terminal.press("q")
    assert exit_code(terminal) == 0
    terminal.sees("live is saved at step", "gpt2mini-tui resume live")
    assert is_restored(terminal)
    run, last = ended(home)
    assert last.reason == "stopped"
    assert [(event.name, event.value) for event in run.events() if isinstance(event, Switched)] == [("residual", False)]


def test_bytes_that_are_no_text_are_left_out_and_the_run_goes_on(terminal: Terminal, home: Home) -> None:
    launch(terminal, home)
    latin = home.root / "latin-1.txt"
    latin.write_bytes("q wie Kaf\xfc und x".encode("latin-1"))
    terminal.paste(latin)
    terminal.sees("no UTF-8")
    before = terminal.screen
    terminal.until(lambda: terminal.screen != before)
    assert "● training" in terminal.screen
    terminal.press("q")
    assert exit_code(terminal) == 0


def test_the_window_may_change_its_size(terminal: Terminal, home: Home) -> None:
    launch(terminal, home)
    terminal.resize(80, 24)
    terminal.sees("T activation", "gradient norm", "q Quit", "tok/s")
    terminal.until(lambda: terminal.screen.rstrip().endswith("palette"))  # the footer is drawn by and by
    lines = terminal.screen.splitlines()
    assert len(lines) == 24
    assert lines[1].split()[:2] == ["live", "●"]
    terminal.resize(40, 10)
    terminal.sees("too small", "Training goes on")
    terminal.resize(200, 60)
    terminal.sees("need a new run to change", "samples ·")
    terminal.press("q")
    assert exit_code(terminal) == 0


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_saves_and_gives_the_terminal_back(terminal: Terminal, home: Home, name: str, code: int) -> None:
    launch(terminal, home)
    process = number(terminal)
    subprocess.run(["kill", f"-{name.removeprefix('SIG')}", str(process)], check=True)
    assert exit_code(terminal) == code
    assert is_restored(terminal)
    assert ended(home)[1].reason == "stopped"


def test_a_terminal_that_is_closed_takes_no_run_with_it(terminal: Terminal, home: Home) -> None:
    launch(terminal, home)
    process = number(terminal)
    terminal.close()
    terminal_is_gone = time.monotonic()
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() - terminal_is_gone < PATIENCE
        time.sleep(0.05)
    assert ended(home)[1].reason == "stopped"


def has_open(process: int, path: Path) -> bool:
    """Tell whether a process has this file open."""
    links = list(Path(f"/proc/{process}/fd").iterdir())
    return any(_target(link) == os.path.realpath(path) for link in links)


def _target(link: Path) -> str:
    """Return where a link leads; nowhere if it has gone meanwhile."""
    try:
        return os.readlink(link)
    except OSError:
        return ""


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
    terminal.sees("▎ one for")  # and 200 tokens are a second or more
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
