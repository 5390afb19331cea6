"""The probes of a network, carried out: what tells a dead model from a slow one, a row of numbers for each of them.

Gradients and updates come from the step that was taken anyway. The rest comes from one small forward pass without
dropout and without gradients, between two steps, always over the same text, so that only the model can have changed.
It draws nothing and writes nothing: a run that is looked at computes the same bits as one that is not.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gpt2mini.ablations import Ablations
from gpt2mini.model import GPT2Mini
from gpt2mini.probes import PROBES, Of

__all__ = ["BeforeStep", "Rows", "look_inside", "probe_rows", "rounded"]

_TOKENS, _SHARE = 512, 16
"""What a look is taken over: at most so many tokens, and a sixteenth of what a step reads, but one window at least."""

Rows = Mapping[str, tuple[Any, ...]]
"""By the name of the probe: a number for each block or LayerNorm, from the first to the last; for attention a tuple a
block, with a number a head. NaN where a part is switched off."""


def probe_rows(block_size: int, windows: int) -> int:
    """Return over how many windows a look is taken, where a step reads `windows` of them."""
    return max(1, min(_TOKENS, windows * block_size // _SHARE) // block_size)


class BeforeStep:
    """The blocks just before a step, to tell afterwards what the step did to each."""

    def __init__(self, model: GPT2Mini, norms: Tensor) -> None:
        """Take the model and the norms of its gradients before clipping: one a parameter, in the model's order."""
        self._gradients: list[list[float]] = [[] for _ in model.blocks]
        for (name, _), norm in zip(model.named_parameters(), norms.tolist(), strict=True):
            part, _, rest = name.partition(".")
            if part == "blocks":
                self._gradients[int(rest.partition(".")[0])].append(norm)
        self._matrices = [[p.detach() for p in block.parameters() if p.dim() >= 2] for block in model.blocks]
        self._copies = [[matrix.clone() for matrix in matrices] for matrices in self._matrices]

    def effect(self) -> Rows:
        """Return what the probes of gradients and updates say, once the step was taken."""
        seen = _Seen()
        for block, gradients in enumerate(self._gradients):
            seen.take("gradients", block, gradients)
            seen.take("update", block, self._copies[block], self._matrices[block])
        return seen.rows({"gradients": len(self._gradients), "update": len(self._gradients)})


def look_inside(model: GPT2Mini, ids: Tensor, on: Ablations) -> Rows:
    """Pass ids (B, T) through the model, without dropout and without gradients, and return what the probes say."""
    seen = _Seen()
    with torch.no_grad(), _watching(model, seen, on):
        model(ids, on)
    blocks = len(model.blocks)
    norms = 2 * blocks + 1
    counts: dict[Of, int] = {"stream": blocks, "attention": blocks, "norm in": norms, "norm out": norms}
    return seen.rows(counts, heads=model.config.n_head)


def rounded(rows: Rows) -> dict[str, Any]:
    """Return the rows with each number to four significant digits: enough to see, and short in the log."""
    return {name: _rounded(row) for name, row in rows.items()}


class _Seen:
    """What the probes said of each block or norm that was passed."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], Any] = {}

    def take(self, of: Of, place: int, *handed: Any) -> None:
        for probe in PROBES:
            if probe.of == of:
                value = probe.measure(*handed)
                self._found[probe.name, place] = tuple(value.tolist()) if of == "attention" else float(value)

    def norm(self, place: int, x: Tensor, y: Tensor) -> None:
        self.take("norm in", place, x)
        self.take("norm out", place, y)

    def rows(self, counts: Mapping[Of, int], *, heads: int = 0) -> Rows:
        return {
            probe.name: tuple(
                self._found.get((probe.name, place), (math.nan,) * heads if probe.of == "attention" else math.nan)
                for place in range(counts[probe.of])
            )
            for probe in PROBES
            if probe.of in counts
        }


@contextmanager
def _watching(model: GPT2Mini, seen: _Seen, on: Ablations) -> Iterator[None]:
    """Let the parts of a model tell what passes through them, as long as this is open."""
    last = 2 * len(model.blocks)
    hooks = [model.ln_f.register_forward_hook(lambda _, x, y: seen.norm(last, x[0], y))]
    try:
        for layer, block in enumerate(model.blocks):
            hooks += _hooks(layer, block, seen, on)
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _hooks(layer: int, block: nn.Module, seen: _Seen, on: Ablations) -> list[torch.utils.hooks.RemovableHandle]:
    attention = block.get_submodule("attn")
    return [
        block.register_forward_hook(lambda _, __, x: seen.take("stream", layer, x)),
        attention.get_submodule("c_attn").register_forward_hook(
            lambda _, __, qkv: seen.take("attention", layer, attention.weights(qkv, on))  # type: ignore[operator]  # CausalSelfAttention has it
        ),
        block.get_submodule("ln1").register_forward_hook(lambda _, x, y: seen.norm(2 * layer, x[0], y)),
        block.get_submodule("ln2").register_forward_hook(lambda _, x, y: seen.norm(2 * layer + 1, x[0], y)),
    ]


def _rounded(value: Any) -> Any:
    return tuple(map(_rounded, value)) if isinstance(value, tuple) else float(f"{value:.4g}")
