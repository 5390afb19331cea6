"""Several processes that train one model: started by torchrun, on one machine or on several.

Each computes its share of the fixed pieces that a batch is cut into. The sum of the gradients then travels from one to
the next: each adds its pieces, in their order, to what comes from the one before it, and the last tells everybody. That
is the very sum that one process makes, so the number of processes changes no bit of a run, as the number of cores does
not. It costs a hop for each process, which a handful of them does not feel.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor

from gpt2mini.errors import LabError

__all__ = ["Peers", "choose_backend", "join", "leave", "peers"]

Piece = tuple[Tensor, Sequence[Tensor]]
"""The loss of a piece of a batch, and its gradient for each parameter."""

_BY_GPU = "cpu:gloo,cuda:nccl"
_PATIENCE = timedelta(hours=24)
"""How long to wait for the others, who may be measuring or saving. One that has died is noticed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """This process among those that train with it."""

    rank: int = 0
    size: int = 1
    by_gpu: bool = False
    """Whether gradients on a GPU travel from there by nccl; otherwise over the CPU by gloo."""

    @property
    def is_first(self) -> bool:
        """Whether this is the one that keeps the log, measures, samples and saves."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """Return which of so many pieces are this process's; the first ones have more, if not all have the same."""
        each, more = divmod(count, self.size)
        start = self.rank * each + min(self.rank, more)
        return slice(start, start + each + (self.rank < more))

    def add_up(
        self, pieces: Sequence[tuple[Tensor, Sequence[Tensor]]], like: Sequence[Tensor]
    ) -> tuple[float, list[Tensor]]:
        """Return the sum of all losses and of all gradients of all processes, piece by piece in their order.

        `like` are tensors of the shapes and the device of the gradients.
        """
        if self.size == 1:
            return _sum(pieces[0], pieces[1:])
        from torch import distributed

        wire = like[0].device if self.by_gpu else torch.device("cpu")
        flat = torch.empty(1 + sum(one.numel() for one in like), device=wire)
        if self.rank > 0:
            with _among_others():
                distributed.recv(flat, src=self.rank - 1)
            total, gradients = _sum(_unpacked(flat, like), pieces)
        else:
            total, gradients = _sum(pieces[0], pieces[1:])
        packed = _packed(total, gradients, wire)
        with _among_others():
            if self.rank < self.size - 1:
                distributed.send(packed, dst=self.rank + 1)
            else:
                flat = packed
            distributed.broadcast(flat, src=self.size - 1)
        loss, summed = _unpacked(flat, like)
        return float(loss), list(summed)

    def any(self, flag: bool) -> bool:
        """Tell whether the flag is up in any of them; all of them have to ask."""
        if self.size == 1:
            return flag
        from torch import distributed

        raised = torch.tensor(int(flag))
        with _among_others():
            distributed.all_reduce(raised, distributed.ReduceOp.MAX)
        return bool(raised)

    def hear(self, words: Any = None) -> Any:
        """Return what the first one says, plain values; all of them have to listen."""
        if self.size == 1:
            return words
        from torch import distributed

        said = [words]
        with _among_others():
            distributed.broadcast_object_list(said, src=0)
        return said[0]


def join() -> Peers:
    """Meet the others, if torchrun started this process; return the place among them."""
    if "TORCHELASTIC_RUN_ID" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return Peers()
    from torch import distributed

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % gpus)
    if not distributed.is_initialized():
        near = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        with _among_others():
            distributed.init_process_group(
                choose_backend(gpus, near, has_nccl=distributed.is_nccl_available()),
                store=_meeting_point(),
                rank=int(os.environ["RANK"]),
                world_size=int(os.environ["WORLD_SIZE"]),
                timeout=_PATIENCE,
            )
    return peers()


def choose_backend(gpus: int, processes: int, *, has_nccl: bool) -> str:
    """Return how the processes talk: nccl from GPU to GPU where each process of this machine has one of its own.

    Flags and words go by gloo all the same, and so does everything of a run on the CPU. Two processes that share a GPU
    have to do without nccl, which refuses that. All machines of a run should have the same.
    """
    return _BY_GPU if has_nccl and 0 < processes <= gpus else "gloo"


def _meeting_point() -> Any:
    """Return where the processes leave their addresses: another place after each restart, where no old ones lie."""
    from torch import distributed

    is_host = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True" and os.environ["RANK"] == "0"
    store = distributed.TCPStore(  # type: ignore[attr-defined]  # torch exports it without saying so
        os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), int(os.environ["WORLD_SIZE"]), is_host
    )
    return distributed.PrefixStore(f"gpt2mini/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)  # type: ignore[attr-defined]  # as above


@contextmanager
def _among_others() -> Iterator[None]:
    """Turn what torch says of a process that does not answer into a sentence."""
    try:
        yield
    except RuntimeError as error:
        raise LabError(
            "another process of this run does not answer",
            why=str(error).splitlines()[0][:120],
            do="torchrun begins again from the last checkpoint, as often as --max-restarts allows.",
        ) from error


def peers() -> Peers:
    """Return the place of this process among those it has joined; alone if it has joined none."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return Peers()
    from torch import distributed

    if not distributed.is_available() or not distributed.is_initialized():
        return Peers()
    by_gpu = "nccl" in str(distributed.get_backend_config())
    return Peers(rank=distributed.get_rank(), size=distributed.get_world_size(), by_gpu=by_gpu)


def leave() -> None:
    """Part from the others."""
    if peers().size > 1:
        from torch import distributed

        distributed.destroy_process_group()


def _sum(first: Piece, others: Sequence[Piece]) -> tuple[float, list[Tensor]]:
    total, gradients = first[0], list(first[1])
    for loss, more in others:
        total = total + loss
        torch._foreach_add_(gradients, list(more))
    return float(total), gradients


def _packed(total: float, gradients: Sequence[Tensor], wire: torch.device) -> Tensor:
    """Return the loss and all gradients in one row, on the device that they travel from."""
    parts = (one.detach().to(wire).flatten() for one in gradients)
    return torch.cat([torch.tensor([total], device=wire), *parts])


def _unpacked(flat: Tensor, like: Sequence[Tensor]) -> tuple[Tensor, Sequence[Tensor]]:
    rows = torch.split(flat[1:], [one.numel() for one in like])
    return flat[0].clone(), [row.view(one.shape).to(one.device, copy=True) for row, one in zip(rows, like, strict=True)]
