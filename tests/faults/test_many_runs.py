"""Much of everything: ten thousand runs, a million lines, a text of a gigabyte, claims of a thousand million layers."""

import asyncio
import json
import os
import shutil
import struct
import time
from pathlib import Path

import pytest

from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.config import Config, ModelConfig
from gpt2mini.errors import CheckpointError
from gpt2mini.eventlog import last_events
from gpt2mini.events import Finished, StepDone, to_json
from gpt2mini.paths import Home
from gpt2mini.runs import Manifest, Run, Store
from ledger import FULL, Ledger, times
from nursery import CONTEXT

GB = 2**30


def many_runs(store: Store, count: int) -> None:
    manifest = Manifest(
        config=Config(model=ModelConfig(vocab_size=5)),
        corpus={"name": "tales"},
        tokenizer={"kind": "char", "characters": "abcde"},
        versions={},
    )
    first = store.create(manifest, name="run-00000")
    log = first.open_log()
    log.append(StepDone(step=1, loss=1.0, grad_norm=1.0, lr=0.1, tokens_per_second=1.0))
    log.append(Finished(step=1, reason="done", loss=1.0, val_loss=1.0, seconds=1.0))
    log.close()
    for number in range(1, count):
        folder = store.root / f"run-{number:05d}"
        folder.mkdir()
        for name in ("run.json", "events.jsonl"):
            os.link(first.path / name, folder / name)


async def test_the_browser_lists_thousands_of_runs_and_stays_awake(tmp_path: Path, ledger: Ledger) -> None:
    from gpt2mini_tui.app import LabApp
    from gpt2mini_tui.garbage import settle
    from gpt2mini_tui.screens.browser import CheckpointsPlace

    count = times(1000, 10_000)
    home = Home(tmp_path)
    many_runs(Store(home.checkpoints), count)
    settle()  # as when the app is run
    app, gaps = LabApp(home), [0.0]

    async def beat() -> None:
        while True:
            before = time.thread_time()  # what this thread computed, not what a busy machine made it wait
            await asyncio.sleep(0.002)
            gaps.append(time.thread_time() - before)

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(1.5)
        heart = asyncio.create_task(beat())
        began = time.perf_counter()
        app.simulate_key("3")  # pilot.press would come back only when all is quiet again
        first = 0.0
        while not (places := app.query(CheckpointsPlace)) or len(places.first()._tree.runs) < count:
            await asyncio.sleep(0.02)
            if not first and places and places.first()._tree.runs:
                first = time.perf_counter() - began
            assert time.perf_counter() - began < 120
        whole = time.perf_counter() - began
        first = first or whole
        heart.cancel()
    longest = max(gaps)
    assert first < 10
    assert longest < 2
    result = (
        f"{count:,} runs: first lines after {first:.2f} s, all after {whole:.1f} s, longest gap {1000 * longest:.0f} ms"
    )
    figure = "10,000 runs: first lines < 1 s, the loop never busy > 100 ms (CPU time)"
    ledger.note(10, "the browser stays awake", figure, result)


def test_the_log_is_always_readable(tmp_path: Path, ledger: Ledger) -> None:
    count = times(50_000, 1_000_000)
    run = Run(tmp_path)
    lines = "".join(
        to_json(StepDone(step=step, loss=2.0, grad_norm=1.0, lr=1e-3, tokens_per_second=1e4)) + "\n"
        for step in range(1, count + 1)
    ).encode()
    path = tmp_path / "events.jsonl"
    path.write_bytes(lines)
    began = time.perf_counter()
    assert last_events(tmp_path)["step"].step == count
    tail = time.perf_counter() - began
    for cut in range(1, 1001):
        os.truncate(path, len(lines) - cut)
        last = last_events(tmp_path)["step"].step
        assert count - 12 <= last < count
    middle = lines.index(b"\n", len(lines) // 2) + 1
    path.write_bytes(lines[:middle] + b"\xff not a line\n" + lines[middle:])
    bad: list[int] = []
    read = sum(1 for _ in run.events(bad=lambda: bad.append(1)))
    assert (read, len(bad)) == (count, 1)
    result = f"{count:,} lines: how it stands after {1000 * tail:.1f} ms; 1,000 cut tails load; a bad line is counted"
    ledger.note(9, "the log is always readable", "any cut tail loads, a bad line in the middle is counted", result)


def claim(kind: str, folder: str) -> tuple[float, float]:
    """Open something that claims to be huge; return seconds and megabytes it took to refuse it."""
    import resource

    path = Path(folder) / "model.safetensors"
    sound = path.read_bytes()
    length = struct.unpack("<Q", sound[:8])[0]
    header = json.loads(sound[8 : 8 + length])
    about = json.loads(header["__metadata__"]["gpt2mini"])
    size = None
    match kind:
        case "a thousand million layers":
            about["config"]["model"]["n_layer"] = 10**9
        case "the largest model that the limits allow":
            about["config"]["model"] |= {"n_layer": 256, "n_embd": 16384, "block_size": 16384}
        case "a shape of 2^63":
            header["ln_f.bias"]["shape"] = [2**63]
        case "ten terabytes of holes":
            size = 10 * 2**40
    header["__metadata__"]["gpt2mini"] = json.dumps(about)
    words = json.dumps(header).encode()
    match kind:
        case "a header of eight megabytes of brackets":
            words = b'{"a":[' + b"[]," * (8 * 2**20 // 3 - 10) + b"[]]}"
        case "a header of nested lists":
            words = b"[" * 8_000_000
        case "a header of 2^62 bytes":
            words = b"{}"
    claimed = 2**62 if kind == "a header of 2^62 bytes" else len(words)
    other = Path(folder) / "other.safetensors"
    other.unlink(missing_ok=True)
    other.write_bytes(struct.pack("<Q", claimed) + words + sound[8 + length :])
    if size is not None:
        os.truncate(other, size)
    if kind == "a pipe":
        other.unlink()
        os.mkfifo(other)
    if kind == "a link to /dev/zero":
        other.unlink()
        other.symlink_to("/dev/zero")
    load_checkpoint(path)
    base, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        load_checkpoint(other)
    except CheckpointError:
        took = time.process_time() - began
        return took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    raise AssertionError(kind)


CLAIMS = (
    "a thousand million layers",
    "the largest model that the limits allow",
    "a shape of 2^63",
    "ten terabytes of holes",
    "a header of eight megabytes of brackets",
    "a header of nested lists",
    "a header of 2^62 bytes",
    "a pipe",
    "a link to /dev/zero",
)


def test_claims_are_refused_before_they_cost_anything(tmp_path: Path, ledger: Ledger) -> None:
    from gpt2mini.starting import new_run
    from nursery import small_config, small_corpus

    corpus = small_corpus()
    list(new_run(small_config(corpus), corpus, Store(tmp_path), name="run"))
    folder = Store(tmp_path).get("run").checkpoints()[-1].path
    costs = {}
    for kind in CLAIMS:
        with CONTEXT.Pool(1) as pool:
            costs[kind] = pool.apply_async(claim, (kind, str(folder))).get(timeout=60)
    slowest, largest = max(cost[0] for cost in costs.values()), max(cost[1] for cost in costs.values())
    assert slowest < 2, costs
    assert largest < 100, costs
    result = f"{len(CLAIMS)} kinds: at most {1000 * slowest:.0f} ms and {largest:.0f} MB"
    ledger.note(11, "a claim costs nothing", "refused in < 100 ms and < 50 MB", result)


def encode(path: str, home: str) -> tuple[float, float, int, float]:
    """Prepare a text; return the megabytes over base, what remains mapped, how often progress was told, seconds."""
    import resource

    from gpt2mini.corpus import prepare

    told: list[float] = []
    small = Path(home) / "small.txt"
    small.write_text("one for sorrow, two for joy.\n" * 100)
    prepare(str(small), Home(Path(home)))
    base, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    corpus = prepare(path, Home(Path(home)), progress=told.append)
    assert len(corpus.train) + len(corpus.val) == os.path.getsize(path)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    return peak, corpus.train.nbytes / 2**20, len(set(told)), time.perf_counter() - began


@pytest.mark.skipif(shutil.disk_usage("/tmp").free < 8 * GB, reason="there is no room for a gigabyte here")
def test_a_text_of_a_gigabyte_does_not_need_one(tmp_path: Path, ledger: Ledger) -> None:
    size = GB if FULL else GB // 32
    path = tmp_path / "long.txt"
    piece = ("One for sorrow, two for joy; three for a girl, four for a boy. " * 1024).encode()
    with path.open("wb") as file:  # one line without an end
        for _ in range(size // len(piece)):
            file.write(piece)
    with CONTEXT.Pool(1) as pool:
        peak, _, told, seconds = pool.apply_async(encode, (str(path), str(tmp_path))).get(timeout=550)
    assert told > 10
    assert peak < 300
    written = f"{path.stat().st_size / 1e9:.2f} GB in one line"
    result = f"{written}: {peak:.0f} MB over base, {seconds:.0f} s, {told} progress reports"
    ledger.note(12, "a gigabyte of text needs no gigabyte of memory", "one line of 1 GB: ≤ 300 MB over base", result)
