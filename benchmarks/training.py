"""What a training step costs: here, and as others build the same model, on one core and on all.

    python benchmarks/training.py [--peer nanogpt=PATH] [--peer mingpt=PATH] [--rounds N] [--table NAME]

Every contender has a process of its own; all take turns. Medians with the least and the most; CPU is that of the whole
process. `limit` is the share of what the matrix products of this very step allow, measured in the same turns: useful
arithmetic over their rate. `v best` compares wall times with the peer's best thread count.
"""

import argparse

from peers.models import CONTENDERS, Size
from peers.turns import Entry, Taken, has_transformers, paths_of_peers, take_turns

from gpt2mini.devices import choose_threads
from gpt2mini.speed import step_flops

TABLES: dict[str, dict[str, int]] = {
    "default": {},
    "batch of 12": {"B": 12},
    "V = 3,500": {"V": 3500},
    "tiny": {"B": 16, "T": 64, "L": 2, "C": 64},
}
Key = tuple[str, int]


def entries(table: str, peers: dict[str, str], cores: int) -> dict[str, Entry]:
    """Return who takes part: each contender on one core and on all of them, and the products."""
    size, repeat = TABLES[table], 10 if table == "tiny" else 1
    found = {}
    for threads in sorted({1, cores}):
        for name in CONTENDERS:
            if name == "this project" or name.lower() in peers:
                given = {"contender": name, "size": size, "threads": threads, "path": peers.get(name.lower(), "")}
                found[f"{name} x {threads}"] = Entry(module="training", name="step", given=given, repeat=repeat)
        given = {"size": size, "threads": threads}
        found[f"products x {threads}"] = Entry(module="training", name="products", given=given)
    return found


def show(table: str, taken: dict[str, Taken], cores: int) -> None:
    """Print the table."""
    size = Size(**TABLES[table])
    flops, tokens = step_flops(size.config().model, size.B), size.B * size.T
    print(f"\n{table}: {size.L} layers of {size.C}, block {size.T}, batch {size.B}, V {size.V}, dropout 0.1")
    print(f"{'':24}{'threads':>8}{'wall ms':>9}{'spread':>15}{'CPU ms':>8}{'tokens/s':>10}{'limit':>7}{'MB':>7}")
    for label, one in taken.items():
        name, _, threads = label.rpartition(" x ")
        if name != "products":
            rate = taken[f"products x {threads}"].said
            print(
                f"{name:24}{threads:>8}{one.wall * 1000:9,.0f}{one.spread():>15}{one.cpu * 1000:8,.0f}"
                f"{tokens / one.wall:10,.0f}{flops / one.wall / rate:7.0%}{one.memory:7,.0f}"
            )
    for threads in sorted({1, cores}):
        print(f"{'products':24}{threads:>8}  {taken[f'products x {threads}'].said / 1e9:.0f} GFLOP/s")
    mine = {threads: taken[f"this project x {threads}"] for threads in {1, cores}}
    for name in CONTENDERS:
        theirs = [one for label, one in taken.items() if label.rpartition(" x ")[0] == name]
        if theirs and name != "this project":
            best = min(one.wall for one in theirs)
            alone = taken[f"{name} x 1"].cpu / mine[1].cpu
            fastest = min(one.wall for one in mine.values())
            print(f"v {name}: {best / fastest:.2f}x wall at the best thread counts, {alone:.2f}x CPU on one core")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--table", choices=TABLES, action="append")
    asked = parser.parse_args()
    peers = {"nn.transformerencoder": "", **paths_of_peers(asked.peer)}
    if has_transformers():
        peers["transformers"] = ""
    cores = choose_threads()
    for table in asked.table or TABLES:
        rounds = max(1, asked.rounds)
        show(table, take_turns(entries(table, peers, cores), rounds), cores)


if __name__ == "__main__":
    main()
