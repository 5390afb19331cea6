"""Where to train: MPS, else CUDA, else the CPU; and how many of its cores."""

import os
import platform
from collections.abc import Mapping

import torch

from gpt2mini.cores import usable_cores
from gpt2mini.errors import UsageError
from gpt2mini.kernels import Kernels

__all__ = ["choose_device", "choose_threads", "differences", "facts"]


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
    """Return how many worker threads to use: what was asked, else the cores this process may run on.

    Processes that torchrun starts on one machine share its cores.
    """
    if wanted > 0:
        return wanted
    return max(1, usable_cores() // max(1, int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))


def facts(kernels: Kernels) -> dict[str, str]:
    """Return what the last bit of a training depends on besides the run itself. The number of cores is not among it."""
    return {
        "torch": torch.__version__,
        "device": kernels.device,
        "machine": f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "kernels": str(kernels),
    }


def differences(saved: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return a sentence about what has changed since a checkpoint was saved, empty if nothing has."""
    changed = [
        f"{name} was {saved[name]} and is {now[name]}" for name in now if saved.get(name, now[name]) != now[name]
    ]
    if not changed:
        return ""
    return f"The numbers go on closely, but not to the bit: {'; '.join(changed)}."
