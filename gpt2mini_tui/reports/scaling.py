"""A scaling experiment in words and as a picture: loss against size, and the laws that were fitted."""

import math
from dataclasses import dataclass
from typing import Any

from gpt2mini.config import Config, ModelConfig, parameter_count
from gpt2mini.errors import UsageError
from gpt2mini.experiments.arms import Arm, sized
from gpt2mini.experiments.fits import Estimate, Law, with_floor, without_floor
from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.reports.results import Result

__all__ = ["Scaling", "scale_arms", "scaling_of"]

_POINTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Sizes, their losses over all seeds, and the laws through them."""

    sizes: tuple[float, ...]
    losses: tuple[float, ...]
    plain: Law | None
    floored: Law | None
    counted: str
    """What was counted as size."""
    known_floor: float = math.nan
    """The true entropy of the text, where it is known."""

    def picture(self) -> Picture:
        """Return the log-log plot."""
        low, high = min(self.sizes), max(self.sizes)
        steps = [low * (high / low) ** (place / _POINTS) for place in range(_POINTS + 1)]
        curves = [
            Curve(label=label, points=[(size, law.loss(size)) for size in steps])
            for label, law in (("a·N^b", self.plain), ("E + a·N^b", self.floored))
            if law is not None
        ]
        dots = Curve(label="measured", points=list(zip(self.sizes, self.losses, strict=True)), is_dots=True)
        return Picture(curves=(*curves, dots), x_name=self.counted, log_x=True, log_y=True)

    def sentences(self) -> list[str]:
        """Return what the fits say, with their intervals."""
        if self.plain is None:
            return ["There are too few sizes to fit anything: two are needed."]
        told = [
            f"L = {self.plain.a:.3g} · N^b, b = {_interval(self.plain.exponent)}; off by {self.plain.error:.3f} nats."
        ]
        if self.floored is not None:
            law = self.floored
            told.append(
                f"L = E + {law.a:.3g} · N^b, b = {_interval(law.exponent)}, E = {_interval(law.floor)} nats; "
                f"off by {law.error:.3f} nats."
            )
            if not math.isfinite(law.floor.half) or law.floor.half > 0.5 * max(law.floor.value, 0.1):
                told.append("E cannot be told from these sizes: its interval is wider than half of it.")
        if math.isfinite(self.known_floor):
            told.append(f"The true entropy of this text is {self.known_floor:.3f} nats: no size goes below it.")
        return told

    def record(self) -> dict[str, Any]:
        """Return the fits as plain values for `--json`."""
        return {
            "sizes": self.sizes,
            "losses": self.losses,
            "counted": self.counted,
            "power_law": self.plain,
            "with_floor": self.floored,
            "known_floor": self.known_floor,
        }


def scale_arms(config: Config, sizes: str) -> tuple[Arm, ...]:
    """Return an arm for each of `2x64,4x128` (layers x width), the smallest first; raises UsageError."""
    found: dict[str, Arm] = {}
    for text in filter(None, (part.strip() for part in sizes.split(","))):
        layers, _, width = text.lower().partition("x")
        if not (layers.isascii() and layers.isdigit() and width.isascii() and width.isdigit()):
            raise UsageError(f"{text[:40]!r} is no size", do="Write layers x width: 2x64,4x128.")
        heads = config.model.n_head
        while int(width) % heads:
            heads -= 1
        changed = sized(config, {"n_layer": int(layers), "n_embd": int(width), "n_head": heads})
        label = f"{int(layers)}x{int(width)}"
        found[label] = Arm(label=label, config=changed)
    if not found:
        raise UsageError("--sizes names no size", do="Write layers x width: 2x64,4x128.")
    return tuple(sorted(found.values(), key=lambda arm: parameter_count(arm.config.model)))


def scaling_of(result: Result, *, without_embeddings: bool = False) -> Scaling:
    """Fit what a scaling experiment came to; runs that diverged are left out."""
    points = [
        (float(_size(result.arm_of(row).config.model, without_embeddings)), one.score)
        for row in result.rows
        for one in row.runs
        if math.isfinite(one.score) and not one.has_diverged
    ]
    sizes, losses = tuple(size for size, _ in points), tuple(loss for _, loss in points)
    references = result.rows[0].runs[0].references if result.rows else {}
    return Scaling(
        sizes=sizes,
        losses=losses,
        plain=without_floor(sizes, losses) if points else None,
        floored=with_floor(sizes, losses) if points else None,
        counted="parameters without embeddings" if without_embeddings else "parameters",
        known_floor=references.get("floor", math.nan),
    )


def _size(model: ModelConfig, without_embeddings: bool) -> int:
    whole = parameter_count(model)
    return whole - (model.vocab_size + model.block_size) * model.n_embd if without_embeddings else whole


def _interval(estimate: Estimate) -> str:
    if not math.isfinite(estimate.half):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
