"""Where to train: MPS, else CUDA, else the CPU; and how many of its cores."""

import os

import torch

from gpt2mini.errors import UsageError

__all__ = ["choose_device", "choose_threads"]


def choose_device(wanted: str = "auto") -> str:
    """Return `mps`, `cuda` or `cpu`; raises UsageError for one that is not on this machine."""
    there = {"mps": torch.backends.mps.is_available(), "cuda": torch.cuda.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, is_there in there.items() if is_there)
    if not there.get(wanted, False):
        has = ", ".join(name for name, is_there in there.items() if is_there)
        raise UsageError(f"--device {wanted} is not on this machine", do=f"It has {has}.")
    return wanted


def choose_threads(wanted: int = 0) -> int:
    """Return how many worker threads to use: what was asked, else the cores this process may run on."""
    if wanted > 0:
        return wanted
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
