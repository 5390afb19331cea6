"""What attention costs, forward and backward: as it reads, as torch does it, and in chunks as the model does it.

    python benchmarks/attention.py [--levers]

Each way runs inside worker threads of one intra-op thread, as in training: alone (CPU time), then two threads at once
(wall time until both have done one). All ways take turns, so that a busy machine disturbs all of them alike; medians.
With --levers also what each idea behind the chunks buys: their height, how a weight is dropped, and the rest.
"""

import math
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import torch
from torch import Tensor
from torch.nn import functional as F

from gpt2mini import attention
from gpt2mini.attention import attend, attend_qkv, keep_mask
from gpt2mini.rng import Noise, sixteen_bits, threshold, zero_dropped

SHAPES = ((8, 4, 256, 32), (16, 4, 64, 16), (8, 6, 256, 64))  # a piece of the default, a tiny and a wide model
ROUNDS = 11
P = 0.1
NOISE = Noise(seed=1, step=1)
PLACE = "0.attn.weights"

Way = Callable[[Tensor, int, float], Tensor]
"""From (B, T, 3C), the heads and a dropout rate to (B, T, C)."""


def split(qkv: Tensor, n_head: int) -> tuple[Tensor, Tensor, Tensor]:
    B, T, C3 = qkv.shape
    q, k, v = (part.view(B, T, n_head, -1).transpose(1, 2) for part in qkv.split(C3 // 3, dim=2))
    return q, k, v


def merged(y: Tensor) -> Tensor:
    return y.transpose(1, 2).flatten(2)


def explicit(qkv: Tensor, n_head: int, p: float) -> Tensor:
    q, k, v = split(qkv, n_head)
    scores = q @ k.mT / math.sqrt(q.shape[3])
    past = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).tril()
    weights = scores.masked_fill(~past, -math.inf).softmax(dim=3)
    if p > 0:
        weights = weights * keep_mask(NOISE, PLACE, weights.shape, p, causal=True, like=weights)
    return merged(weights @ v)


def by_torch(qkv: Tensor, n_head: int, p: float) -> Tensor:
    return merged(F.scaled_dot_product_attention(*split(qkv, n_head), is_causal=True, dropout_p=p))


def chunked(qkv: Tensor, n_head: int, p: float) -> Tensor:
    q, k, v = split(qkv, n_head)
    return merged(attend(q, k, v, causal=True, scale=1 / math.sqrt(q.shape[3]), p=p, noise=NOISE, place=PLACE))


def chunked_whole(qkv: Tensor, n_head: int, p: float) -> Tensor:
    scale = 1 / math.sqrt(qkv.shape[2] // 3 // n_head)
    return attend_qkv(qkv, n_head, causal=True, scale=scale, p=p, noise=NOISE, place=PLACE)


def of_height(rows: int) -> Way:
    def way(qkv: Tensor, n_head: int, p: float) -> Tensor:
        attention.ROWS = rows
        return chunked_whole(qkv, n_head, p)

    return way


WAYS: dict[str, tuple[Way, float]] = {
    "explicit, dropout": (explicit, P),
    "torch's, dropout": (by_torch, P),
    "attend, dropout": (chunked, P),
    "attend_qkv, dropout": (chunked_whole, P),
    "explicit": (explicit, 0.0),
    "torch's": (by_torch, 0.0),
    "attend_qkv": (chunked_whole, 0.0),
}


def once(way: Way, p: float, qkv: Tensor, n_head: int, grad_y: Tensor) -> tuple[float, float]:
    """Return the CPU milliseconds of a forward and of a backward pass."""
    start = time.thread_time()
    y = way(qkv, n_head, p)
    middle = time.thread_time()
    torch.autograd.grad(y, qkv, grad_y)
    return (middle - start) * 1000, (time.thread_time() - middle) * 1000


def compare(ways: dict[str, tuple[Way, float]], shape: tuple[int, int, int, int], *, pairs: bool) -> None:
    """Print a line for each way: alone, and if asked two at once, also as multiples of the first."""
    alone: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    paired: dict[str, list[float]] = {name: [] for name in ways}
    B, H, T, D = shape
    given = torch.randn(B, T, 3 * H * D, requires_grad=True), H, torch.randn(B, T, H * D)
    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for turn in range(ROUNDS + 2):
            for name, (way, p) in ways.items():
                times = pool.submit(once, way, p, *given).result()
                start = time.perf_counter()
                if pairs:
                    wait([pool.submit(once, way, p, *given) for _ in range(4)])
                if turn >= 2:  # the first ones warm up
                    alone[name].append(times)
                    paired[name].append((time.perf_counter() - start) * 500)
    print(f"\n(B, H, T, D) = {shape}: {'forward':>18} {'backward':>9} {'both':>8}" + "   two threads at once" * pairs)
    totals = {name: statistics.median(map(sum, taken)) for name, taken in alone.items()}
    walls = {name: statistics.median(taken) for name, taken in paired.items()}
    first = next(iter(ways))
    for name, taken in alone.items():
        forward, backward = (statistics.median(part) for part in zip(*taken, strict=True))
        line = f"{name:>30} {forward:9.2f} {backward:9.2f} {totals[name]:8.2f} ms {totals[first] / totals[name]:5.2f}x"
        print(line + f" {walls[name]:9.2f} ms {walls[first] / walls[name]:5.2f}x" * pairs)


def levers() -> None:
    """Print what one operation costs on the last chunk of the default model, done one way and another."""
    weights = torch.randn(32, 64, 256).softmax(2)
    q, k = torch.randn(32, 64, 32), torch.randn(32, 256, 32)
    bits = sixteen_bits((32, 64, 256), NOISE.draw(PLACE))
    out, scores = torch.empty_like(weights), torch.randn(32, 64, 256)
    bias = torch.full((64, 256), -math.inf).triu_(193)
    future = bias < 0
    ideas: dict[str, Callable[[], object]] = {
        "draw 16-bit values": lambda: sixteen_bits((32, 64, 256), NOISE.draw(PLACE)),
        "drop: gradient of a threshold": lambda: zero_dropped(weights, bits, P),
        "drop: product with booleans": lambda: weights * (bits >= threshold(P)),
        "drop: where": lambda: torch.where(bits >= threshold(P), weights, 0.0),
        "drop: masked_fill": lambda: weights.masked_fill(bits < threshold(P), 0.0),
        "drop: F.dropout, its own draws": lambda: F.dropout(weights, P),
        "softmax": lambda: torch.softmax(scores, 2, out=out),
        "softmax by hand": lambda: scores.sub(scores.amax(2, True)).exp_().div_(out.sum(2, True)),
        "scores, then the future added": lambda: torch.bmm(q, k.mT, out=out)[:, :, 192:].add_(bias[:, 192:]),
        "scores, then masked_fill": lambda: torch.bmm(q, k.mT, out=out).masked_fill_(future, -math.inf),
        "scores with a bias (beta = 1)": lambda: torch.baddbmm(bias, q, k.mT, out=out),
    }
    taken: dict[str, list[float]] = {name: [] for name in ideas}
    for _ in range(ROUNDS * 2):
        for name, idea in ideas.items():
            start = time.thread_time()
            idea()
            taken[name].append((time.thread_time() - start) * 1000)
    print()
    for name, times in taken.items():
        print(f"{name:>30} {statistics.median(times):9.2f} ms")


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    for shape in SHAPES:
        compare(WAYS, shape, pairs=True)
    if "--levers" in sys.argv:
        chosen = attention.ROWS
        for shape in SHAPES:
            ways = {f"{rows} rows, dropout": (of_height(rows), P) for rows in (256, 128, 64, 32, 16)}
            compare(ways, shape, pairs=False)
        attention.ROWS = chosen
        levers()


if __name__ == "__main__":
    main()
