"""The library under the lab: a GPT-2 assembled by hand, its trainer, its runs.

    from gpt2mini import load_model

    model = load_model("checkpoints/tales-1/step-001000")
    logits = model(ids)  # (B, T) to (B, T, V)

Nothing is imported before it is asked for, so that `import gpt2mini` costs nothing and reading runs never loads torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpt2mini.ablations import Ablations
    from gpt2mini.checkpoint import load_checkpoint, load_model
    from gpt2mini.commands import Set, Stop
    from gpt2mini.config import Config, DataConfig, ModelConfig, Sampling, TrainConfig
    from gpt2mini.corpus import Corpus, corpus_of, prepare
    from gpt2mini.errors import LabError
    from gpt2mini.event import Event
    from gpt2mini.events import Evaluated, StepDone, Switched
    from gpt2mini.lens import examine
    from gpt2mini.model import GPT2Mini
    from gpt2mini.paths import Home, find_home
    from gpt2mini.runs import Run, Store
    from gpt2mini.sampling import generate
    from gpt2mini.starting import new_run, resume_run
    from gpt2mini.trainer import Trainer

__all__ = [
    "Ablations",
    "Config",
    "Corpus",
    "DataConfig",
    "Evaluated",
    "Event",
    "GPT2Mini",
    "Home",
    "LabError",
    "ModelConfig",
    "Run",
    "Sampling",
    "Set",
    "StepDone",
    "Stop",
    "Store",
    "Switched",
    "TrainConfig",
    "Trainer",
    "corpus_of",
    "examine",
    "find_home",
    "generate",
    "load_checkpoint",
    "load_model",
    "new_run",
    "prepare",
    "resume_run",
]

_HOMES = {
    "ablations": ("Ablations",),
    "checkpoint": ("load_checkpoint", "load_model"),
    "commands": ("Set", "Stop"),
    "config": ("Config", "DataConfig", "ModelConfig", "Sampling", "TrainConfig"),
    "corpus": ("Corpus", "corpus_of", "prepare"),
    "errors": ("LabError",),
    "event": ("Event",),
    "events": ("Evaluated", "StepDone", "Switched"),
    "lens": ("examine",),
    "model": ("GPT2Mini",),
    "paths": ("Home", "find_home"),
    "runs": ("Run", "Store"),
    "sampling": ("generate",),
    "starting": ("new_run", "resume_run"),
    "trainer": ("Trainer",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'gpt2mini' has no attribute {name!r}")
    return getattr(import_module(f"gpt2mini.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
