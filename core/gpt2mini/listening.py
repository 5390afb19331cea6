"""A model while it reads: hooks write down what goes into and comes out of its parts.

Only the attention weights, which the fast path never holds all at once, are asked for once more in the explicit form.

Shapes: B sequences, T tokens, C channels, H heads, V tokens in the vocabulary.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.errors import DivergedError
from gpt2mini.model import Block, GPT2Mini

__all__ = ["Reading", "See", "finite", "read"]

See = Callable[[int, Tensor], None]
"""Hears the number of a layer and its attention weights (B, H, T, T)."""


@dataclass(slots=True)
class Reading:
    """What was written down on the way, each (B, T, C) and in the order of the layers."""

    streams: list[Tensor] = field(default_factory=list)
    """After the embedding, and after each layer."""
    attention: list[Tensor] = field(default_factory=list)
    mlp: list[Tensor] = field(default_factory=list)
    logits: Tensor = field(default_factory=lambda: torch.empty(0))


@torch.no_grad()
def read(model: GPT2Mini, sequences: Sequence[Sequence[int]], on: Ablations, see: See | None = None) -> Reading:
    """Let the model read sequences of one length; `see` gets the attention weights of each layer.

    Raises DivergedError unless every logit is finite.
    """
    seen = Reading()
    with _listening(model, seen, on, see):
        idx = torch.tensor(sequences, dtype=torch.int64, device=model.tok_emb.weight.device)
        seen.logits = finite(model(idx, on).cpu())
    return seen


@contextmanager
def _listening(model: GPT2Mini, seen: Reading, on: Ablations, see: See | None) -> Iterator[None]:
    """Write down what passes through the parts of the model; afterwards it is as it was."""

    def embedded(_: Any, given: tuple[Any, ...]) -> None:
        seen.streams.append(given[0].cpu())

    def left(into: list[Tensor]) -> Callable[[Any, Any, Tensor], None]:
        return lambda _part, _given, out: into.append(out.cpu())

    def asked(layer: int) -> Callable[[Any, tuple[Any, ...]], None]:
        def look(part: Any, given: tuple[Any, ...]) -> None:
            if see is not None:
                see(layer, part.weights(part.c_attn(given[0]), on).cpu())

        return look

    with ExitStack() as hooks:
        for layer, block in enumerate(cast(Iterable[Block], model.blocks)):
            if layer == 0:
                hooks.enter_context(block.register_forward_pre_hook(embedded))
            hooks.enter_context(block.attn.register_forward_pre_hook(asked(layer)))
            hooks.enter_context(block.attn.register_forward_hook(left(seen.attention)))
            hooks.enter_context(block.mlp.register_forward_hook(left(seen.mlp)))
            hooks.enter_context(block.register_forward_hook(left(seen.streams)))
        yield


def finite(values: Tensor) -> Tensor:
    """Return the values; raises DivergedError unless every one of them is finite."""
    if not torch.isfinite(values).all():
        raise DivergedError(
            "there is nothing to see in this model", why="its weights led to numbers that are not finite"
        )
    return values
