"""What memory a run takes, headless and in the app, and whether it grows.

    python benchmarks/memory.py [--minutes N]

The default model, on one worker thread each, both at the same time; resident memory of the process every second. Growth
is from the second quarter, when everything has been used once, to the last.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers.terminal import Terminal

OFTEN = "1000000"
"""Steps that no machine takes in the time."""


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(said.stdout) / 1024


def main() -> None:
    """Train in both ways, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = ["--data", "tales", "--steps", OFTEN, "--threads", "1", "--home", folder, "--name"]
        train = [sys.executable, "-m", "gpt2mini_tui", "train", *words, "headless", "--plain"]
        with (Path(folder) / "said").open("w") as said:
            headless = subprocess.Popen(train, stdout=said, stderr=said)
        terminal = Terminal(["-m", "gpt2mini_tui", "launch", *words, "app"])
        terminal.sees("Start")
        terminal.press("s")
        terminal.sees("tok/s")
        taken: dict[str, list[float]] = {"headless": [], "in the app": []}
        until = time.monotonic() + 60 * asked.minutes
        while time.monotonic() < until:
            for way, pid in (("headless", headless.pid), ("in the app", terminal.pid)):
                taken[way].append(resident(pid))
            time.sleep(1)
        headless.kill()
        headless.wait()
        terminal.kill()
    for way, found in taken.items():
        quarter = len(found) // 4
        first, last = (statistics.median(part) for part in (found[quarter : 2 * quarter], found[-quarter:]))
        print(
            f"{way:12}{max(found):7,.0f} MB at most; {last - first:+.1f} MB in the last half of {asked.minutes:g} min"
        )


if __name__ == "__main__":
    main()
