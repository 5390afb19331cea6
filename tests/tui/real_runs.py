"""Runs that really were trained, each a second or two: what a verdict has to say of real numbers, not of told ones."""

from collections.abc import Mapping
from pathlib import Path

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.commands import Set
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.events import Event, StepDone
from gpt2mini.paths import Home
from gpt2mini.settings import Value
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import NewRun

__all__ = ["TALES", "trained"]

TALES = Path(__file__).parents[1] / "core" / "tales-sample.txt"


def trained(
    folder: Path,
    *,
    text: Path = TALES,
    on: Ablations = ALL_ON,
    layers: int = 2,
    flips: Mapping[int, tuple[str, Value]] | None = None,
    **train: float,
) -> list[Event]:
    """Train a run, setting switches after these steps, and return everything that was said."""
    settings = {"steps": 120, "batch_size": 8, "lr": 3e-3, "warmup": 10, "eval_every": 20, "probe_every": 20, **train}
    config = Config(
        model=ModelConfig(vocab_size=1, n_layer=layers, n_head=2, n_embd=32, block_size=32),
        data=DataConfig(data=str(text)),
        train=TrainConfig(sample_every=0, save_every=0, device="cpu", frames=False, **settings),  # type: ignore[arg-type]  # as they are named
        ablations=on,
    )
    trainer = open_trainer(NewRun(config=config, threads=1), Home(folder))
    events = []
    for event in trainer:
        events.append(event)
        if isinstance(event, StepDone) and flips and event.step in flips:
            name, value = flips[event.step]
            trainer.send(Set(name=name, value=value))
    return events
