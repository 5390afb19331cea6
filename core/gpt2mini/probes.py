"""Numbers from inside the network while it trains, a row for each layer: what tells a dead model from a slow one.

Gradients and updates come from the step that was taken anyway. The rest comes from one small forward pass without
dropout and without gradients, between two steps, always over the same text, so that only the model can have changed.
It draws nothing and writes nothing: a run that is looked at computes the same bits as one that is not.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from gpt2mini.ablations import Ablations
from gpt2mini.model import GPT2Mini

__all__ = ["Activations", "Effect", "WeightsBefore", "block_norms", "look_inside", "probe_rows", "rounded"]

_TOKENS, _SHARE = 512, 16
"""What a look is taken over: at most so many tokens, and a sixteenth of what a step reads, but one window at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a step did to each block."""

    grad_norms: tuple[float, ...]
    """L2 norm of the block's gradient, before clipping."""
    update_ratios: tuple[float, ...]
    """‖ΔW‖ / ‖W‖ over the block's matrices, ΔW being what AdamW changed, decay included; about 1e-3 is healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activations:
    """What a forward pass looked like; NaN where a part is switched off. Blocks from the first to the last."""

    residual_norms: tuple[float, ...]
    """Mean L2 norm of the residual stream after each block."""
    token_cosines: tuple[float, ...]
    """Mean cosine between two different positions after each block; 1 is rank collapse (Dong et al. 2021)."""
    attention_entropies: tuple[tuple[float, ...], ...]
    """For each block and head, in nats, the mean over positions: 0 looks at one token, ln T at all of them alike."""
    norm_input_means: tuple[float, ...]
    """Of each LayerNorm in the order of the forward pass, ln1 and ln2 of each block, then ln_f: of what goes in."""
    norm_input_stds: tuple[float, ...]
    norm_output_means: tuple[float, ...]
    norm_output_stds: tuple[float, ...]


def probe_rows(block_size: int, windows: int) -> int:
    """Return over how many windows a look is taken, where a step reads `windows` of them."""
    return max(1, min(_TOKENS, windows * block_size // _SHARE) // block_size)


class WeightsBefore:
    """The matrices of each block just before a step, to tell afterwards what the step changed."""

    def __init__(self, model: GPT2Mini) -> None:
        self._matrices = [[p for p in block.parameters() if p.dim() >= 2] for block in model.blocks]
        self._copies = [[matrix.detach().clone() for matrix in matrices] for matrices in self._matrices]

    def ratios(self) -> tuple[float, ...]:
        """Return ‖W_now − W_before‖ / ‖W_before‖ for each block."""
        return tuple(
            _share(_norm([now.detach() - before for now, before in zip(matrices, copies, strict=True)]), _norm(copies))
            for matrices, copies in zip(self._matrices, self._copies, strict=True)
        )


def block_norms(model: GPT2Mini, norms: Tensor) -> tuple[float, ...]:
    """Return the norm of each block from those of all parameters, one each, in the order of the model."""
    squares = [0.0] * len(model.blocks)
    for (name, _), norm in zip(model.named_parameters(), norms.tolist(), strict=True):
        part, _, rest = name.partition(".")
        if part == "blocks":
            squares[int(rest.partition(".")[0])] += norm * norm
    return tuple(math.sqrt(square) for square in squares)


def rounded(found: Effect | Activations) -> dict[str, Any]:
    """Return the rows by name, each number to four significant digits: enough to see, and short in the log."""
    return {name: _rounded(row) for name, row in asdict(found).items()}


def look_inside(model: GPT2Mini, ids: Tensor, on: Ablations) -> Activations:
    """Pass ids (B, T) through the model, without dropout and without gradients, and return what was seen on the way."""
    seen = _Seen(on=on)
    with torch.no_grad(), _watching(model, seen):
        model(ids, on)
    blocks = range(len(model.blocks))
    norms = [f"{layer}.{name}" for layer in blocks for name in ("ln1", "ln2")] + ["f"]
    nothing = (math.nan,) * 4
    statistics = list(zip(*(seen.norms.get(name, nothing) for name in norms), strict=True))
    quiet = (math.nan,) * model.config.n_head
    return Activations(
        residual_norms=tuple(seen.residual[layer][0] for layer in blocks),
        token_cosines=tuple(seen.residual[layer][1] for layer in blocks),
        attention_entropies=tuple(seen.entropies.get(layer, quiet) for layer in blocks),
        norm_input_means=statistics[0],
        norm_input_stds=statistics[1],
        norm_output_means=statistics[2],
        norm_output_stds=statistics[3],
    )


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What the hooks of one forward pass left."""

    on: Ablations
    residual: dict[int, tuple[float, float]] = field(default_factory=dict)
    entropies: dict[int, tuple[float, ...]] = field(default_factory=dict)
    norms: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def block(self, layer: int, x: Tensor) -> None:
        self.residual[layer] = (float(x.norm(dim=2).mean()), _mean_cosine(x))

    def attention(self, layer: int, part: nn.Module, qkv: Tensor) -> None:
        weights = part.weights(qkv, self.on)  # type: ignore[operator]  # CausalSelfAttention has it
        entropies = -torch.special.xlogy(weights, weights).sum(dim=3).mean(dim=(0, 2))  # (H,)
        self.entropies[layer] = tuple(entropies.tolist())

    def norm(self, name: str, x: Tensor, y: Tensor) -> None:
        # mean and spread over the channels of a position, then the mean over positions
        pairs = ((value.mean(dim=2).mean(), value.std(dim=2, correction=0).mean()) for value in (x, y))
        self.norms[name] = tuple(float(number) for pair in pairs for number in pair)


@contextmanager
def _watching(model: GPT2Mini, seen: _Seen) -> Iterator[None]:
    """Let the parts of a model tell what passes through them, as long as this is open."""
    hooks = [model.ln_f.register_forward_hook(lambda _, x, y: seen.norm("f", x[0], y))]
    try:
        for layer, block in enumerate(model.blocks):
            hooks += _hooks(layer, block, seen)
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _hooks(layer: int, block: nn.Module, seen: _Seen) -> list[torch.utils.hooks.RemovableHandle]:
    attention = block.get_submodule("attn")
    return [
        block.register_forward_hook(lambda _, __, x: seen.block(layer, x)),
        attention.get_submodule("c_attn").register_forward_hook(
            lambda _, __, qkv: seen.attention(layer, attention, qkv)
        ),
        block.get_submodule("ln1").register_forward_hook(lambda _, x, y: seen.norm(f"{layer}.ln1", x[0], y)),
        block.get_submodule("ln2").register_forward_hook(lambda _, x, y: seen.norm(f"{layer}.ln2", x[0], y)),
    ]


def _mean_cosine(x: Tensor) -> float:
    """Return the mean cosine over all pairs of different positions of a sequence, x (B, T, C).

    With unit vectors u, the sum over all pairs is ‖Σu‖² − T: no (T, T) matrix is needed.
    """
    T = x.shape[1]
    if T < 2:
        return math.nan
    units = nn.functional.normalize(x, dim=2)
    return float(((units.sum(dim=1).square().sum(dim=1) - units.square().sum(dim=(1, 2))) / (T * (T - 1))).mean())


def _norm(tensors: Sequence[Tensor]) -> float:
    return float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(list(tensors)))))


def _share(change: float, size: float) -> float:
    return change / size if size else math.nan


def _rounded(value: Any) -> Any:
    return tuple(map(_rounded, value)) if isinstance(value, tuple) else float(f"{value:.4g}")
