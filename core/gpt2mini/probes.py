"""What is measured inside the network while it trains: each probe once, with its words and with how it is measured.

A probe is a field of the event `Probed`. The trainer, the log, the layers on the screen, their summary in sentences,
TensorBoard and the reference read its declaration. What `measure` is handed, and how many numbers there are, depends on
what it is a measurement `of`:

    gradients  the norms of the gradients of a block's parameters, before clipping; a number a block
    update     the matrices of a block before a step, and after it; a number a block
    stream     the residual stream (B, T, C) after a block; a number a block
    attention  the attention weights (B, H, T, T) of a block; H numbers a block
    norm in    what goes into a LayerNorm, (B, T, C); a number for ln1 and ln2 of each block, then for ln_f
    norm out   what comes out of a LayerNorm, likewise

Only methods of what is handed over are called: whoever reads the log of a run needs no torch for it.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gpt2mini.event import Event

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PROBES", "Of", "Probe", "Probed", "mean_cosine"]

Of = Literal["gradients", "update", "stream", "attention", "norm in", "norm out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe as everybody sees it."""

    name: str
    """Of its field in the log."""
    label: str
    """In two or three words, for a list."""
    title: str
    """For the border of a chart."""
    meaning: str
    """What to look for, in a sentence."""
    of: Of
    measure: Callable[..., Any]
    unit: str = ""
    """Empty for a number without one."""
    is_log: bool = False
    """Whether its orders of magnitude matter."""

    @property
    def caption(self) -> str:
        """The title, with the unit if there is one."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def read(self, event: "Probed") -> tuple[float, ...]:
        """Return its numbers, one for each label; none from a log of before it was measured."""
        row = getattr(event, self.name)
        return tuple(number for heads in row for number in heads) if self.of == "attention" else row

    def labels(self, event: "Probed") -> list[str]:
        """Return what its numbers belong to: block `2`, head `2.1`, LayerNorm `2 ln1`; blocks count from 0."""
        row = getattr(event, self.name)
        if self.of == "attention":
            return [f"{block}.{head}" for block, heads in enumerate(row) for head in range(len(heads))]
        if self.of in ("norm in", "norm out"):
            inner = [f"{block} ln{norm}" for block in range(len(row) // 2) for norm in (1, 2)]
            return [*inner, "ln_f"][: len(row)]
        return [str(block) for block in range(len(row))]


def _probe(
    *,
    label: str,
    title: str,
    meaning: str,
    of: Of,
    measure: Callable[..., Any],
    unit: str = "",
    is_log: bool = False,
) -> Any:
    """Declare a field that is a probe; see `Probe` for the words. A log of before it was measured lacks it."""
    words = {"label": label, "title": title, "meaning": meaning, "unit": unit}
    return field(default=(), metadata={"probe": words | {"of": of, "measure": measure, "is_log": is_log}})


def _update_ratio(before: "Sequence[Tensor]", after: "Sequence[Tensor]") -> float:
    size = math.hypot(*(float(matrix.norm()) for matrix in before))
    change = math.hypot(*(float((new - old).norm()) for new, old in zip(after, before, strict=True)))
    return change / size if size else math.nan


def mean_cosine(x: "Tensor") -> float:
    """Return the mean cosine over all pairs of different positions of a sequence, x (B, T, C); NaN for a single one.

    With unit vectors u, the sum over all pairs is ‖Σu‖² − T: no (T, T) matrix is needed.
    """
    T = x.shape[1]
    if T < 2:
        return math.nan
    units = x / x.norm(dim=2, keepdim=True).clamp_min(1e-12)
    whole, own = units.sum(dim=1).square().sum(dim=1), units.square().sum(dim=(1, 2))
    return float(((whole - own) / (T * (T - 1))).mean())


def _entropy(weights: "Tensor") -> "Tensor":
    """Return −Σ p ln p of each head, the mean over positions: weights (B, H, T, T) → (H,)."""
    return -weights.xlogy(weights).sum(dim=3).mean(dim=(0, 2))


def _mean(x: "Tensor") -> "Tensor":
    """Return the mean over the channels of a position, the mean over positions: x (B, T, C)."""
    return x.mean(dim=2).mean()


def _spread(x: "Tensor") -> "Tensor":
    """Return the standard deviation over the channels of a position, the mean over positions: x (B, T, C)."""
    return x.std(dim=2, correction=0).mean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed(Event):
    """The inside of the network was looked at, right after a step; a number for each block, from the first to the last.

    Four significant digits. A number is NaN where a part is switched off.
    """

    grad_norms: tuple[float, ...] = _probe(
        label="gradient norm",
        title="gradient norm of each block",
        meaning="Alike in all blocks is healthy; falling by orders towards block 0, the first blocks learn nothing.",
        of="gradients",
        measure=lambda norms: math.hypot(*norms),
        is_log=True,
    )
    """L2 norm of each block's gradient in the step that was just taken, before clipping."""
    update_ratios: tuple[float, ...] = _probe(
        label="update ratio",
        title="update / weight of each block",
        meaning="What a step changes: about 0.001 is healthy, 0.1 is wild, 0.00001 stands still, or lr is near 0.",
        of="update",
        measure=_update_ratio,
        is_log=True,
    )
    """‖ΔW‖ / ‖W‖ of each block's matrices in that step: what AdamW really changed, decay included."""
    residual_norms: tuple[float, ...] = _probe(
        label="residual norm",
        title="residual stream norm after each block",
        meaning="Growing a little from block to block is healthy; without LayerNorm it explodes.",
        of="stream",
        measure=lambda x: x.norm(dim=2).mean(),
        is_log=True,
    )
    """Mean L2 norm of the residual stream after each block."""
    token_cosines: tuple[float, ...] = _probe(
        label="token cosine",
        title="cosine between positions after each block",
        meaning="1 means that every position looks the same: nothing about the text is left.",
        of="stream",
        measure=mean_cosine,
    )
    """Mean cosine between two positions after each block (rank collapse: Dong et al. 2021)."""
    attention_entropies: tuple[tuple[float, ...], ...] = _probe(
        label="attention entropy",
        title="attention entropy of each block.head",
        meaning="High looks at everything alike, 0 looks at one token; heads that differ have found jobs.",
        of="attention",
        measure=_entropy,
        unit="nats",
    )
    """For each block one number a head, the mean over positions: ln T looks at all T tokens alike."""
    norm_input_means: tuple[float, ...] = _probe(
        label="LayerNorm input mean",
        title="mean of what goes into each LayerNorm",
        meaning="Near 0 is usual; a drift is what LayerNorm takes out.",
        of="norm in",
        measure=_mean,
    )
    """Mean over the channels of what goes into ln1 and ln2 of every block, then into ln_f."""
    norm_input_stds: tuple[float, ...] = _probe(
        label="LayerNorm input spread",
        title="spread of what goes into each LayerNorm",
        meaning="Grows with depth, because each block adds to the stream.",
        of="norm in",
        measure=_spread,
        is_log=True,
    )
    """Standard deviation over the channels of what goes into each of them."""
    norm_output_means: tuple[float, ...] = _probe(
        label="LayerNorm output mean",
        title="mean of what comes out of each LayerNorm",
        meaning="0 at first; it moves as far as the norm has learned to shift.",
        of="norm out",
        measure=_mean,
    )
    """Mean over the channels of what comes out of each of them."""
    norm_output_stds: tuple[float, ...] = _probe(
        label="LayerNorm output spread",
        title="spread of what comes out of each LayerNorm",
        meaning="1 at first, whatever went in: that is what LayerNorm is for.",
        of="norm out",
        measure=_spread,
        is_log=True,
    )
    """Standard deviation over the channels of what comes out of each of them."""


PROBES: tuple[Probe, ...] = tuple(
    Probe(name=item.name, **item.metadata["probe"]) for item in dataclasses.fields(Probed) if "probe" in item.metadata
)
"""In the order in which the layers show them."""
