"""Whether a device computes what the CPU computes: the same short run on both, and how far their losses part.

Rounding differs between devices, so a few ten-thousandths of a nat after twenty steps are to be expected. A kernel that
is wrong shows at once: as a loss that is elsewhere, stands still, or is no number.
"""

import math
from dataclasses import dataclass

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.corpus import corpus_of
from gpt2mini.events import StepDone
from gpt2mini.trainer import Trainer

__all__ = ["STEPS", "Agreement", "compare"]

STEPS = 20
TOLERANCE = 0.01
"""Nats that two losses may differ by."""
_TEXT = "one for sorrow, two for joy, three for a girl, four for a boy,\n" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The losses of the same run on two devices, step by step."""

    device: str
    expected: tuple[float, ...]
    """Those of the CPU, in nats per token."""
    found: tuple[float, ...]

    @property
    def difference(self) -> float:
        """The largest difference of two losses; infinite where one of them is no number."""
        pairs = zip(self.expected, self.found, strict=True)
        parts = [abs(one - other) if math.isfinite(other) else math.inf for one, other in pairs]
        return max(parts, default=math.inf)

    @property
    def is_close(self) -> bool:
        """Whether the difference is no more than rounding."""
        return self.difference <= TOLERANCE


def compare(device: str, *, steps: int = STEPS) -> Agreement:
    """Train the same small model on the CPU and on a device of this machine; raises UsageError if it is not there."""
    return Agreement(device=device, expected=_losses("cpu", steps), found=_losses(device, steps))


def _losses(device: str, steps: int) -> tuple[float, ...]:
    corpus = corpus_of(_TEXT)
    config = Config(  # without dropout: a device may draw its own masks
        model=ModelConfig(
            vocab_size=corpus.tokenizer.vocab_size, n_layer=2, n_head=2, n_embd=64, block_size=64, dropout=0.0
        ),
        train=TrainConfig(steps=steps, batch_size=8, lr=1e-3, device=device, eval_every=0, sample_every=0),
    )
    return tuple(event.loss for event in Trainer(config, corpus, threads=1) if isinstance(event, StepDone))
