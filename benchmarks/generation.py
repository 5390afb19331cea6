"""What writing costs: 500 tokens of the default model, batch 1, temperature 0.8, top-k 40, on one thread.

    python benchmarks/generation.py [--peer nanogpt=PATH] [--rounds N]

Everybody in a process of their own, taking turns; medians. transformers cannot go past its window of 256 tokens: its
time is that of the 255 it writes, and the rate says so. `strict` reads the whole window again at every token once it is
full, as nanoGPT does.
"""

import argparse

from peers.turns import Entry, has_transformers, paths_of_peers, take_turns


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    peers = paths_of_peers(asked.peer)
    contenders = {"this project": {"contender": "this project"}}
    contenders["this project, strict"] = {"contender": "this project", "strict": True}
    if "nanogpt" in peers:
        contenders["nanoGPT.generate"] = {"contender": "nanoGPT", "path": peers["nanogpt"]}
    if has_transformers():
        contenders["transformers"] = {"contender": "transformers"}
    entries = {label: Entry(module="generation", name="write", given=given) for label, given in contenders.items()}
    taken = take_turns(entries, asked.rounds)
    mine = taken["this project"]
    print(f"{'':24}{'wall ms':>9}{'spread':>15}{'CPU ms':>9}{'tokens/s':>10}   CPU v this project")
    for label, one in taken.items():
        tokens = 255 if label == "transformers" else 500
        times = (one.cpu / tokens) / (mine.cpu / 500)
        print(
            f"{label:24}{one.wall * 1000:9,.0f}{one.spread():>15}{one.cpu * 1000:9,.0f}{tokens / one.cpu:10,.0f}"
            f"   {times:.1f}x a token"
        )


if __name__ == "__main__":
    main()
