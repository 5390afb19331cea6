"""What the screen costs a run, and how soon it answers: the same training headless and in the app, and keys meanwhile.

    python benchmarks/app.py [--rounds N] [--steps N] [--threads N]

The small preset's size; all take turns, each in a process of its own, the app in a pseudo-terminal of 120x40: once
only looked at, and once with the help opened and closed, a key a second. Speed is that of the event logs, the first
steps left out. A key's time is from the press until its effect has been drawn and has arrived here. Exits with 1 if a
bar is missed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers.terminal import Terminal

from gpt2mini.events import StepDone
from gpt2mini.runs import Run

SHAPE = ["--data", "tales", "--block-size", "64", "--eval-every", "0", "--save-every", "0", "--sample-every", "0"]
WARM_UP, SPEED, OFTEN, ALWAYS = 10, 0.97, 0.05, 0.2
EVERY = 1.0
"""Seconds from key to key."""
HEADLESS, SHOWN, PRESSED = "headless", "in the app", "with keys"


def in_the_app(words: list[str], run: Run, *, pressing: bool) -> list[float]:
    """Train a run in the app, and return how long each key took."""
    terminal = Terminal(["-m", "gpt2mini_tui", "launch", *words])
    terminal.sees("Start")
    terminal.press("s")
    terminal.sees("tok/s")
    times = []
    while run.summary().status != "done":
        time.sleep(EVERY)
        if pressing:
            terminal.press("?")
            times.append(terminal.sees("Escape closes"))
            time.sleep(EVERY)
            terminal.press("\x1b")
            terminal.sees("palette")  # the footer is drawn again, whatever has become of the run
    terminal.leave()
    return times


def speed(run: Run) -> float:
    """Return tokens a second over all steps but the first."""
    steps = [event for event in run.events() if isinstance(event, StepDone)][WARM_UP:]
    return len(steps) / sum(1 / event.tokens_per_second for event in steps)


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    speeds: dict[str, list[float]] = {HEADLESS: [], SHOWN: [], PRESSED: []}
    keys: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(asked.rounds):
            for way, found in speeds.items():
                run = Run(Path(folder) / "checkpoints" / f"{way.replace(' ', '-')}-{turn}")
                words = [*SHAPE, "--steps", str(asked.steps), "--threads", str(asked.threads), "--name", run.name]
                words += ["--home", folder]
                if way == HEADLESS:
                    train = [sys.executable, "-m", "gpt2mini_tui", "train", *words]
                    subprocess.run(train, capture_output=True, check=True)
                else:
                    keys += in_the_app(words, run, pressing=way == PRESSED)
                found.append(speed(run))
    headless = statistics.median(speeds[HEADLESS])
    for way, found in speeds.items():
        share = statistics.median(found) / headless
        said = f"  bar: {SPEED:.0%}" if way == SHOWN else ""
        middle = f"{way:12}{statistics.median(found):9,.0f} tokens/s"
        print(f"{middle}  {min(found):,.0f}-{max(found):,.0f}  {share:6.1%}{said}")
    left = statistics.median(speeds[SHOWN]) / headless
    late = sorted(keys)[int(0.99 * (len(keys) - 1))]
    print(
        f"{len(keys)} keys: median {statistics.median(keys) * 1000:.0f} ms, 99 of 100 within {late * 1000:.0f} ms",
        end="",
    )
    print(f" (bar {OFTEN * 1000:.0f}), the slowest {max(keys) * 1000:.0f} ms (bar {ALWAYS * 1000:.0f})")
    return int(left < SPEED or late > OFTEN or max(keys) > ALWAYS)


if __name__ == "__main__":
    sys.exit(main())
