"""What being watched costs a run: its event log, probes and samples at their defaults, against none of them.

    python benchmarks/watching.py [--rounds N]

The small preset on one worker thread, in two processes that take turns of 25 steps; process CPU time of all turns, so
that what happens only now and then counts too. Exits with 1 if less than 98 % of the speed is left.
"""

import argparse
import sys

from peers.turns import Entry, take_turns

STEPS, BAR = 25, 0.98


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    asked = parser.parse_args()
    ways = {"nothing": False, "log, probes and samples": True}
    entries = {
        label: Entry(module="watching", name="steps", given={"watched": watched}, repeat=STEPS)
        for label, watched in ways.items()
    }
    taken = take_turns(entries, asked.rounds)
    for label, one in taken.items():
        mean = sum(one.cpus) / len(one.cpus)
        print(f"{label:24} {mean * 1000:7.1f} ms CPU a step, {min(one.cpus) * 1000:.1f}-{max(one.cpus) * 1000:.1f}")
    blind, watched = (sum(taken[label].cpus) for label in ways)
    print(f"{blind / watched:.1%} of the speed is left; bar: {BAR:.0%}")
    return int(blind / watched < BAR)


if __name__ == "__main__":
    sys.exit(main())
