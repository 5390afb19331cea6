"""What the screen costs a run, and how soon it answers: the same training headless and in the app, and keys meanwhile.

    python benchmarks/app.py [--rounds N] [--steps N] [--threads N]

The small preset's size; all take turns, each in a process of its own, the app in a pseudo-terminal of 120x40: once
only looked at, and once with a key a second: into the panel of switches and back, then the help opened and closed.
Speed is that of the event logs, the first steps left out. A key's time is from the press until its effect was drawn
and has arrived here; the help is the most that any key draws. Exits with 1 if a bar is missed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

from peers.terminal import Terminal

from gpt2mini.events import StepDone
from gpt2mini.runs import Run

SHAPE = ["--data", "tales", "--block-size", "64", "--eval-every", "0", "--save-every", "0", "--sample-every", "0"]
WARM_UP, SPEED, OFTEN, ALWAYS = 10, 0.97, 0.05, 0.2
EVERY = 1.0
"""Seconds from key to key."""
HEADLESS, SHOWN, PRESSED = "headless", "in the app", "with keys"
LIGHT, HEAVY = "to the switches", "to the help"
KEYS = {LIGHT: ("f", "Flip"), HEAVY: ("?", "Escape closes")}
"""A key, and what shows that it was heard."""


def in_the_app(words: list[str], run: Run, *, pressing: bool) -> dict[str, list[float]]:
    """Train a run in the app, and return how long each key took."""
    terminal = Terminal(["-m", "gpt2mini_tui", "launch", *words])
    terminal.sees("Start")
    terminal.press("s")
    terminal.sees("tok/s")
    times: dict[str, list[float]] = {name: [] for name in KEYS}
    for name, (key, answer) in cycle(KEYS.items()):
        time.sleep(EVERY)
        if run.summary().status == "done":
            break
        if pressing:
            terminal.press(key)
            times[name].append(terminal.sees(answer))
            time.sleep(EVERY)
            terminal.press("\x1b")
            terminal.sees("palette" if name == HEAVY else "Switches")  # the footer is drawn again
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
    keys: dict[str, list[float]] = {name: [] for name in KEYS}
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
                    for name, times in in_the_app(words, run, pressing=way == PRESSED).items():
                        keys[name] += times
                found.append(speed(run))
    headless = statistics.median(speeds[HEADLESS])
    for way, found in speeds.items():
        share = statistics.median(found) / headless
        said = f"  bar: {SPEED:.0%}" if way == SHOWN else ""
        middle = f"{way:12}{statistics.median(found):9,.0f} tokens/s"
        print(f"{middle}  {min(found):,.0f}-{max(found):,.0f}  {share:6.1%}{said}")
    left = statistics.median(speeds[SHOWN]) / headless
    bars = f"bars: {OFTEN * 1000:.0f}, {ALWAYS * 1000:.0f} ms"
    print(f"{'a key, until drawn':20}    keys   median  99 of 100   slowest   {bars}")
    for name, times in keys.items():
        middle, late, slowest = (1000 * one for one in (statistics.median(times), _late(times), max(times)))
        print(f"{name:20}{len(times):8}{middle:6.0f} ms{late:8.0f} ms{slowest:7.0f} ms")
    answers = [one for times in keys.values() for one in times]
    return int(left < SPEED or _late(answers) > OFTEN or max(answers) > ALWAYS)


def _late(times: list[float]) -> float:
    return sorted(times)[int(0.99 * (len(times) - 1))]


if __name__ == "__main__":
    sys.exit(main())
