"""How a device computes a step: in which precision it multiplies, and whether torch.compile fuses what lies between.

Both are offered where they help. A CPU of today multiplies bfloat16 many times slower than float32, and compiling the
default model there takes longer than it ever saves. A run is the same from its first step to its last: neither can be
switched in the middle.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar, cast

import torch

from gpt2mini.config import Config
from gpt2mini.errors import UsageError

__all__ = ["Kernels", "kernels", "refuse_kernels"]

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """What was chosen for a device."""

    device: str = "cpu"
    precision: str = "float32"
    is_compiled: bool = False

    def products(self) -> AbstractContextManager[None]:
        """Return where matrix products have the chosen precision, in this thread (Micikevicius et al. 2018).

        bfloat16 has the range of float32, so the loss needs no scaling.
        """
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def fused(self, forward: F) -> F:
        """Return a forward pass, compiled if that was chosen; each set of switches is compiled when it is first met."""
        return cast(F, torch.compile(forward)) if self.is_compiled else forward

    def __str__(self) -> str:
        products = "" if self.precision == "float32" else f", products in {self.precision}"
        return f"fused AdamW, {'compiled' if self.is_compiled else 'not compiled'}{products}"


def kernels(config: Config, device: str) -> Kernels:
    """Return what a run asks for, as far as this device offers it: on a CPU, plain float32."""
    if device == "cpu":
        return Kernels()
    return Kernels(device=device, precision=config.train.precision, is_compiled=config.train.compiled)


def refuse_kernels(config: Config, device: str) -> None:
    """Raise UsageError if a new run asks for what does not help: on a CPU, or compiling with dropout."""
    train = config.train
    if device == "cpu" and (train.precision != "float32" or train.compiled):
        asked = "--compiled" if train.compiled else f"--precision {train.precision}"
        raise UsageError(f"{asked} is for MPS and CUDA", why="on a CPU it is slower", do="Leave it out here.")
    if train.compiled and config.model.dropout > 0 and config.ablations.dropout:
        raise UsageError(
            "--compiled needs --dropout 0",
            why="each mask is drawn from its seed, step and place, which a compiled forward pass cannot do",
        )
