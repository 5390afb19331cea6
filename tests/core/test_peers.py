"""How processes share a batch; that they compute the same as one is tested with real ones in `tests/e2e`."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.peers import Peers, choose_backend, join, leave, peers


@given(st.integers(1, 9), st.integers(1, 40))
def test_every_piece_is_somebodys_and_in_order(size: int, count: int) -> None:
    shares = [list(range(count))[Peers(rank=rank, size=size).share(count)] for rank in range(size)]
    assert [piece for share in shares for piece in share] == list(range(count))
    assert shares[0]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_alone_everything_is_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert join() == peers() == Peers()
    leave()
    me = Peers()
    assert me.is_first
    assert me.any(True)
    assert not me.any(False)
    assert me.hear({"a": 1}) == {"a": 1}
    pieces = [(torch.tensor(float(n)), [torch.full((2,), float(n))]) for n in (1, 2, 3)]
    total, gradients = me.add_up(pieces, [torch.zeros(2)])
    assert total == 6.0
    assert gradients[0].tolist() == [6.0, 6.0]


@pytest.mark.parametrize(
    ("gpus", "processes", "has_nccl", "backend"),
    [
        (0, 2, False, "gloo"),
        (0, 2, True, "gloo"),  # a machine without a GPU, with a torch that could use one
        (2, 2, True, "cpu:gloo,cuda:nccl"),
        (8, 2, True, "cpu:gloo,cuda:nccl"),
        (1, 2, True, "gloo"),  # they would share it
        (2, 2, False, "gloo"),  # Windows
    ],
)
def test_gradients_go_from_gpu_to_gpu_where_each_process_has_one(
    gpus: int, processes: int, has_nccl: bool, backend: str
) -> None:
    assert choose_backend(gpus, processes, has_nccl=has_nccl) == backend
