"""What two processes are worth that torchrun starts on one machine, beside one process on one core and on two.

    python benchmarks/together.py [--rounds N] [--steps N]

The default model and the tiny preset, on the CPU, gradients by gloo; all take turns, and nothing is done but steps.
Time of a step by the event logs, the first steps left out; medians of the runs with the least and the most. Exits with
1 unless all have the same losses, to the bit.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from gpt2mini.events import Started, StepDone
from gpt2mini.runs import Run

SIZES: dict[str, tuple[list[str], int]] = {"default": ([], 1), "tiny": (["--preset", "tiny"], 10)}
"""The words that ask for each size, and how many times the steps it takes."""
WAYS = {"one process, one thread": (1, 1), "one process, two threads": (1, 2), "two processes, a thread each": (2, 1)}
QUIET = [word for what in ("eval", "save", "sample", "probe") for word in (f"--{what}-every", "0")]
QUIET += ["--no-frames", "--device", "cpu"]
WARM_UP = 5


def train(home: Path, name: str, words: list[str], processes: int, threads: int) -> Run:
    """Train a run in so many processes of so many worker threads."""
    lab = [
        "-m",
        "gpt2mini_tui",
        "train",
        *QUIET,
        *words,
        "--threads",
        str(threads),
        "--name",
        name,
        "--home",
        str(home),
    ]
    together = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"] if processes > 1 else []
    subprocess.run([sys.executable, *together, *lab], capture_output=True, check=True)
    return Run(home / "checkpoints" / name)


def seconds(run: Run) -> tuple[float, float]:
    """Return the seconds of a step, and the tokens of a second, over all steps but the first."""
    events = list(run.events())
    [started] = [event for event in events if isinstance(event, Started)]
    rates = [event.tokens_per_second for event in events if isinstance(event, StepDone)][WARM_UP:]
    step = statistics.median(started.tokens_per_step / rate for rate in rates)
    return step, started.tokens_per_step / step


def losses(run: Run) -> list[float]:
    """Return the loss of every step."""
    return [event.loss for event in run.events() if isinstance(event, StepDone)]


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=25, help="of the default model; ten times as many of the tiny one")
    asked = parser.parse_args()
    differ = False
    for size, (words, times) in SIZES.items():
        taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        seen: set[tuple[float, ...]] = set()
        with tempfile.TemporaryDirectory() as folder:
            for turn in range(asked.rounds):
                for number, (way, (processes, threads)) in enumerate(WAYS.items()):
                    steps = ["--steps", str(times * asked.steps)]
                    run = train(Path(folder), f"{number}-{turn}", [*words, *steps], processes, threads)
                    taken[way].append(seconds(run))
                    seen.add(tuple(losses(run)))
        print(f"{size:30}{'ms a step':>10}{'spread':>16}{'tokens/s':>10}")
        for way, found in taken.items():
            walls = [1000 * step for step, _ in found]
            spread = f"{min(walls):.1f}-{max(walls):.1f}"
            rate = statistics.median(rate for _, rate in found)
            print(f"{way:30}{statistics.median(walls):10.1f}{spread:>16}{rate:10,.0f}")
        differ |= len(seen) > 1
        print("the losses are not the same" if len(seen) > 1 else "the losses of all are the same, to the bit")
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
