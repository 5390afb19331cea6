"""What opening a finished run costs the app: its log read for the first time, and what was kept of it after that.

    python benchmarks/opening.py [--steps 1000 100000 1000000] [--rounds N]

CPU time of the thread that reads; the screen goes on meanwhile. The first time is proportional to the log.
"""

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from gpt2mini.events import Evaluated, Finished, Probed, StepDone, to_json
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.runs.shelf import Shelf

BAR = 0.5


def write(log: Path, steps: int) -> None:
    """Write the log of a run with a look inside every 10 steps and a validation every 100."""
    draw = random.Random(0)
    with log.open("w", encoding="utf-8") as file:
        for step in range(1, steps + 1):
            loss, norm, rate = 1 + 3 / step**0.2 + draw.gauss(0, 0.05), draw.lognormvariate(0, 0.3), draw.random() * 1e4
            print(to_json(StepDone(step=step, loss=loss, grad_norm=norm, lr=1e-3, tokens_per_second=rate)), file=file)
            if step % 10 == 0:
                print(to_json(look(step, draw)), file=file)
            if step % 100 == 0:
                print(to_json(Evaluated(step=step, val_loss=loss, tokens=1000)), file=file)
        print(to_json(Finished(step=steps, reason="done", loss=1.0, val_loss=1.0, seconds=1.0)), file=file)


def look(step: int, draw: random.Random) -> Probed:
    """Return what a probe of four blocks of four heads says."""
    four, nine = (tuple(round(draw.random(), 4) for _ in range(count)) for count in (4, 9))
    return Probed(
        step=step,
        grad_norms=four,
        update_ratios=four,
        residual_norms=four,
        token_cosines=four,
        attention_entropies=(four,) * 4,
        norm_input_means=nine,
        norm_input_stds=nine,
        norm_output_means=nine,
        norm_output_stds=nine,
    )


def seconds(home: Home) -> float:
    """Return the CPU seconds of opening the run in an app that has just started."""
    shelf = Shelf(Store(home.checkpoints), kept=home.histories)
    began = time.process_time()
    found = [story for story in shelf.story("long") if story is not None]
    assert found[0].history.status == "done"
    return time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(f"{'steps':>10}{'log, MB':>10}{'first, s':>10}{'again, s':>10}         spread    bar, again: {BAR} s")
    for steps in asked.steps:
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder))
            log = home.checkpoints / "long" / "events.jsonl"
            log.parent.mkdir(parents=True)
            write(log, steps)
            first, *again = (seconds(home) for _ in range(asked.rounds + 1))
            size = log.stat().st_size / 1e6
        spread = f"{min(again):.3f}-{max(again):.3f}"
        print(f"{steps:10,}{size:10.1f}{first:10.2f}{statistics.median(again):10.3f}{spread:>15}")


if __name__ == "__main__":
    main()
