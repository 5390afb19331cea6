"""Runs as they would be told, for tests that need no trainer."""

from collections.abc import Iterable

from gpt2mini import events as say
from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.settings import to_plain
from gpt2mini_tui.folds.history import History

__all__ = ["LINES", "Story", "told"]

LINES = {"uniform": 4.25, "1-gram": 3.16, "2-gram": 2.40, "3-gram": 1.73, "4-gram": 1.19, "floor": 0.35}
SPEED = 1000.0


class Story:
    """Tells a run event by event; every method returns what happened."""

    def __init__(self, *, steps: int = 1000, on: Ablations = ALL_ON, references: dict[str, float] = LINES) -> None:
        self.step = 0
        self.on = on
        self.config = Config(
            model=ModelConfig(vocab_size=70, n_layer=2, n_head=2, n_embd=16, block_size=16),
            train=TrainConfig(steps=steps, batch_size=4),
            ablations=on,
        )
        self._references = references

    def started(self, *, val_tokens: int = 100_000) -> say.Event:
        return say.Started(
            step=self.step,
            run="tales-1",
            config=to_plain(self.config),
            parameters=12_345,
            device="cpu",
            threads=2,
            tokens_per_step=64,
            train_tokens=900_000,
            val_tokens=val_tokens,
            references=self._references,
            versions={},
        )

    def stepped(self, loss: float) -> say.Event:
        self.step += 1
        return say.StepDone(step=self.step, loss=loss, grad_norm=loss / 2, lr=1e-3, tokens_per_second=SPEED)

    def trained(self, steps: int, *, begin: float, end: float) -> list[say.Event]:
        """Take steps whose loss goes from one number to another."""
        return [self.stepped(begin + (end - begin) * number / steps) for number in range(1, steps + 1)]

    def measured(self, val: float) -> say.Event:
        return say.Evaluated(step=self.step, val_loss=val, tokens=4096)

    def answered(self, exact: float, *, chance: float = 0.0) -> say.Event:
        return say.Answered(step=self.step, exact=exact, tokens=(1 + exact) / 2, problems=80, chance=chance)

    def flipped(self, name: str, value: bool | str) -> say.Event:
        self.on = self.on.with_switch(name, value)
        return say.Switched(step=self.step, name=name, value=value, ablations=self.on)

    def skipped(self, tensor: str) -> say.Event:
        self.step += 1
        return say.Skipped(step=self.step, loss=float("nan"), grad_norm=float("inf"), tensor=tensor)

    def wrote(self, text: str) -> say.Event:
        return say.Sampled(step=self.step, prompt="\n", text=text)

    def probed(
        self, *, grad: tuple[float, ...] = (0.3, 0.2), cosine: tuple[float, ...] = (0.2, 0.3), update: float = 1e-3
    ) -> say.Event:
        """Look inside: two blocks of two heads."""
        return say.Probed(
            step=self.step,
            grad_norms=grad,
            update_ratios=(update,) * 2,
            residual_norms=(1.5, 3.0),
            token_cosines=cosine,
            attention_entropies=((1.8, 2.1), (0.4, 1.2)),
            norm_input_means=(0.0, 0.01, -0.01, 0.02, 0.0),
            norm_input_stds=(0.1, 0.2, 0.3, 0.4, 0.5),
            norm_output_means=(0.0,) * 5,
            norm_output_stds=(1.0, 1.1, 1.0, 0.9, 1.2),
        )

    def adjusted(self, name: str, value: float, was: float) -> say.Event:
        return say.Adjusted(step=self.step, name=name, value=value, was=was)

    def saved(self) -> say.Event:
        return say.Saved(step=self.step, checkpoint=f"step-{self.step:06}", val_loss=1.0)

    def finished(self, reason: str, *, seconds: float = 60.0) -> say.Event:
        return say.Finished(step=self.step, reason=reason, loss=1.0, val_loss=1.0, seconds=seconds)


def told(*parts: say.Event | Iterable[say.Event]) -> History:
    """Return the history of these events."""
    history = History()
    for part in parts:
        for event in [part] if isinstance(part, say.Event) else part:
            history.add(event)
    return history
