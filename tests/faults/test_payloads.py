"""No byte of a name, a text or a message reaches the terminal as anything but itself, whatever command shows it."""

import json
import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gpt2mini.events import Noticed, SaveFailed
from gpt2mini.runs import Store
from gpt2mini.starting import new_run
from gpt2mini_tui.runs.short_names import short_name
from gpt2mini_tui.safe import safe
from ledger import FULL, Ledger
from nursery import small_config, small_corpus

CONTROL = {
    "title": "\x1b]0;owned\x07",
    "clear": "\x1b[2J",
    "reset": "\x1bc",
    "device": "\x1bP+q544e\x1b\\",
    "clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "hyperlink": "\x1b]8;;http://owned\x1b\\",
    "application": "\x1b_owned\x1b\\",
    "C1": "\x9b31m",
    "bell": "ring\x07",
    "backspace": "gone\x08\x08",
    "return": "over\rwritten",
    "bidi": "\u202egnp.exe",
    "tag": "a\U000e0041\U000e0042",
    "shift out": "\x0elqqk",
}
MARKUP = (
    "[/x]",
    "[red]r",
    "[b",
    "[/]",
    "[[a]]",
    "\\[x]",
    "[@click=app.bell]c",
    "[link=http://owned]l",
    "[on red]o",
    "[$primary]p",
    ":smile:",
    "%s%n",
    "{0}",
    "[!]",
)
PLACES = "123456"
COMMANDS = (
    ("runs", "list"),
    ("runs", "show", "run"),
    ("checkpoints", "list"),
    ("checkpoints", "verify"),
    ("checkpoints", "show", "run"),
    ("data", "show", "text.txt"),
    ("generate", "--load", "run", "--prompt", "one"),
    ("resume", "run", "--steps", "16"),
)


def on_the_wire(home: Path, *words: str) -> bytes:
    """Return every byte that a command sends to its terminal."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"GPT2MINI_HOME": str(home), "TERM": "xterm-256color", "COLUMNS": "400", "LINES": "50"}
    command = [sys.executable, "-m", "gpt2mini_tui", *words]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=home)
    os.close(theirs)
    data = b""
    with suppress(OSError):  # the end of a terminal is an error
        while piece := os.read(ours, 65536):
            data += piece
    os.close(ours)
    process.wait(timeout=60)
    return data


def infested(home: Path) -> None:
    """Make a run that carries every payload in its texts, and a run of each name that a disk can hold."""
    everything = " ".join((*CONTROL.values(), *MARKUP))
    corpus, store = small_corpus(), Store(home / "checkpoints")
    list(new_run(small_config(corpus), corpus, store, name="run"))
    run = store.get("run")
    plain = json.loads((run.path / "run.json").read_bytes())
    plain["corpus"]["name"] = plain["command"] = plain["parent"] = everything
    (run.path / "run.json").write_text(json.dumps(plain))
    log = run.open_log()
    for payload in (*CONTROL.values(), *MARKUP):
        log.append(Noticed(step=12, text=payload))
        log.append(SaveFailed(step=12, why=payload))
    log.close()
    (home / "text.txt").write_text(everything * 40)
    for payload in (*CONTROL.values(), *MARKUP):
        folder = home / "checkpoints" / payload.replace("/", "|")
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"format": 99, "config": payload}))


def as_listed(name: str) -> set[str]:
    """Return how lists of the app may show a name: whole, or without its middle where there is little room."""
    return {short_name(name, width) for width in range(12, 80)}


def test_no_byte_of_a_file_controls_the_terminal(tmp_path: Path, ledger: Ledger) -> None:
    infested(tmp_path)
    commands = COMMANDS if FULL else COMMANDS[:3]
    for words in commands:
        wire = on_the_wire(tmp_path, *words)
        assert wire, words
        for name, payload in CONTROL.items():
            assert payload.encode() not in wire, (words, name)
        assert b"Traceback" not in wire, words
        assert b"this is a bug" not in wire, words
    listed = on_the_wire(tmp_path, "runs", "list").decode()
    for payload in (*CONTROL.values(), *MARKUP):
        assert safe(payload.replace("/", "|")) in listed, payload
    result = (
        f"{len(CONTROL)} control and {len(MARKUP)} markup payloads x {len(commands)} commands: 0 on the wire, 0 lost"
    )
    figure = "payloads in names, texts and messages: 0 on the wire, all shown literally"
    ledger.note(5, "no byte of a file controls the terminal", figure, result)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
def test_no_byte_of_a_file_controls_the_app(tmp_path: Path, ledger: Ledger) -> None:
    infested(tmp_path)
    wire = tmp_path / "wire"
    socket = f"gpt2mini-faults-{os.getpid()}"

    def tmux(*words: str) -> str:
        return subprocess.run(["tmux", "-L", socket, *words], capture_output=True, text=True, check=True).stdout

    command = f"GPT2MINI_HOME={tmp_path} {sys.executable} -m gpt2mini_tui launch"
    tmux("-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "60", "sh")
    try:
        tmux("pipe-pane", "-o", f"cat > {wire}")
        tmux("send-keys", command, "Enter")
        wait_for(lambda: "Train" in tmux("capture-pane", "-p"))
        seen = ""
        for place in PLACES:
            for keys in (place, "Down", "Enter", "Down", "End", "Enter", "d", "z"):
                tmux("send-keys", keys)
                time.sleep(0.4)
                seen += tmux("capture-pane", "-p")
        tmux("send-keys", "C-q")
        wait_for(lambda: tmux("display-message", "-p", "#{alternate_on}").strip() == "0")
    finally:
        subprocess.run(["tmux", "-L", socket, "kill-server"], capture_output=True)
    raw = wire.read_bytes()
    assert [name for name, payload in CONTROL.items() if payload.encode() in raw] == []
    assert "Traceback" not in seen
    payloads = (*CONTROL.values(), *MARKUP)
    shown = [payload for payload in payloads if any(name in seen for name in as_listed(payload.replace("/", "|")))]
    assert shown == list(payloads)
    result = f"{len(shown)} payloads, every place of the app opened in a real terminal: 0 on the wire, all seen"
    ledger.note(5, "nor in the app", "the same, on every screen", result)


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
