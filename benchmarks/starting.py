"""What one waits for before anything happens: `--help`, `runs list` of 1,000 runs, the first frame of the app.

    python benchmarks/starting.py [--rounds N]

A new process each time, all of them in turn; CPU time of the process, medians with the least and the most. The first
frame is one in a pseudo-terminal, beside that of an app of one line.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from peers.terminal import Terminal

from gpt2mini.config import Config, ModelConfig
from gpt2mini.events import Evaluated, Finished, StepDone
from gpt2mini.manifest import versions
from gpt2mini.runs import Manifest, Store

RUNS = 1000
FIRST, WHOLE = "launch, first frame", "launch, whole screen"


def fill(home: Path) -> None:
    """Write runs that were trained for three steps."""
    store = Store(home / "checkpoints")
    corpus = {"name": "tales", "source": "tales", "fingerprint": "0", "train_tokens": 9, "val_tokens": 9}
    manifest = Manifest(
        config=Config(model=ModelConfig(vocab_size=65)), corpus=corpus, tokenizer={}, versions=versions()
    )
    run = store.create(manifest, stem="tales")
    log = run.open_log()
    for step in (1, 2, 3):
        log.append(StepDone(step=step, loss=3.0, grad_norm=1.0, lr=1e-3, tokens_per_second=1e4))
    log.append(Evaluated(step=3, val_loss=3.1, tokens=100))
    log.append(Finished(step=3, reason="done", loss=3.0, val_loss=3.1, seconds=1.0))
    log.close()
    for number in range(2, RUNS + 1):
        shutil.copytree(run.path, run.path.with_name(f"tales-{number}"))


def cost(words: list[str]) -> float:
    """Return the CPU seconds of a command."""
    before = os.times()
    subprocess.run([sys.executable, *words], capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    BINDINGS = [("q", "quit", "Quit")]

    def compose(self):
        yield Static("Start")

Bare().run()
"""


def drawing(words: list[str], seen: str) -> float:
    """Return the CPU seconds until a program has drawn this."""
    terminal = Terminal(words)
    terminal.sees(seen)
    return terminal.kill()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        lab = ["-m", "gpt2mini_tui"]
        commands = {
            "python -c pass": (["-c", "pass"], None),
            "--help": ([*lab, "--help"], 0.2),
            "train --help": ([*lab, "train", "--help"], 0.2),
            f"runs list, {RUNS:,} runs": ([*lab, "runs", "list", "--home", folder], 0.5),
            "import textual.app": (["-c", "import textual.app"], None),
            "import gpt2mini_tui.app": (["-c", "import gpt2mini_tui.app"], None),
        }
        launch = [*lab, "launch", "--home", folder]
        frames = {"app of one line": (["-c", BARE], "Start"), FIRST: (launch, "Train"), WHOLE: (launch, "Start")}
        taken: dict[str, list[float]] = {name: [] for name in commands}
        drawn: dict[str, list[float]] = {name: [] for name in frames}
        for _ in range(asked.rounds):
            for name, (words, _) in commands.items():
                taken[name].append(cost(words))
            for name, (words, seen) in frames.items():
                drawn[name].append(drawing(words, seen))
    for name, times in taken.items():
        bar = commands[name][1]
        said = "" if bar is None else f"  bar: {bar} s"
        print(f"{name:24} {statistics.median(times):.2f} s CPU, {min(times):.2f}-{max(times):.2f}{said}")
    bare = statistics.median(drawn["app of one line"])
    for name, times in drawn.items():
        more = statistics.median(times) - bare
        said = {FIRST: f"  {more:+.2f} s  bar: +0.06 s", WHOLE: f"  {more:+.2f} s"}.get(name, "")
        print(f"{name:24} {statistics.median(times):.2f} s CPU, {min(times):.2f}-{max(times):.2f}{said}")


if __name__ == "__main__":
    main()
