"""Windows of text: in training from anywhere alike, in validation always the same, and targets one token ahead."""

import math
from itertools import pairwise

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.batches import eval_windows, train_windows


def test_a_window_begins_anywhere_as_often_and_its_targets_are_one_token_ahead() -> None:
    x, y = train_windows(np.arange(12), seed=0, step=0, batch_size=8000, block_size=4)
    assert (x.shape, x.dtype) == ((8000, 4), torch.int64)
    assert torch.equal(x, x[:, :1] + torch.arange(4))
    assert torch.equal(y, x + 1)
    counts = torch.bincount(x[:, 0])
    assert len(counts) == 8  # the last one ends with the text
    assert (counts - 1000).abs().max() < 5 * math.sqrt(1000)


def test_a_batch_is_a_function_of_the_seed_and_the_step() -> None:
    def batch(seed: int, step: int) -> torch.Tensor:
        return train_windows(np.arange(10_000), seed=seed, step=step, batch_size=8, block_size=4)[0]

    assert torch.equal(batch(3, 7), batch(3, 7))
    batches = [batch(seed, step) for seed in range(3) for step in range(5)]
    assert len({tuple(one[:, 0].tolist()) for one in batches}) == 15


@given(st.integers(2, 300), st.integers(1, 40), st.integers(1, 400))
def test_a_validation_reads_as_much_as_it_may_spread_evenly_from_the_first_token_to_the_last(
    length: int, block_size: int, limit: int
) -> None:
    x, y = eval_windows(np.arange(length), block_size=block_size, limit=limit)
    T = min(block_size, length - 1)
    assert x.shape == (max(1, min((length - 1) // T, limit // T)), T)
    assert torch.equal(x, x[:, :1] + torch.arange(T))
    assert torch.equal(y, x + 1)
    starts = x[:, 0].tolist()
    gaps = {after - before for before, after in pairwise(starts)}
    assert starts[0] == 0
    if gaps:
        assert min(gaps) >= T
        assert max(gaps) - min(gaps) <= 1
        assert y[-1, -1] == length - 1
