"""Training in several processes that torchrun started: the first opens the run, the others do what it says.

Only the first one has the run folder open for writing, prints and decides; the others get from it, in plain values,
which text, which configuration and which checkpoint.
"""

import os
from typing import TYPE_CHECKING, Any

from gpt2mini.errors import LabError, UsageError
from gpt2mini.events import Event
from gpt2mini.paths import Home
from gpt2mini_tui.cli.output import Lines
from gpt2mini_tui.setup.plan import NewRun, ResumeRun, RunPlan

if TYPE_CHECKING:
    from gpt2mini.trainer import Trainer

__all__ = ["SilentReport", "again", "describe", "follow", "is_follower"]


def is_follower() -> bool:
    """Tell whether torchrun started this process, and another one is the first."""
    return "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("RANK", "0") != "0"


def again(plan: NewRun, home: Home) -> RunPlan:
    """Return what a process is to do that torchrun has started, perhaps again after one of them died.

    The run goes on if it has a checkpoint, and begins anew if it does not. Raises UsageError for a run without a name:
    it could not be found again.
    """
    from gpt2mini.runs import Run, Store

    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return plan
    if not plan.name:
        raise UsageError("a run of torchrun needs a name, to be found again after a restart", do="Give it a --name.")
    path = home.checkpoints / plan.name
    if os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0" or is_follower() or not path.exists():
        return plan
    if any(not entry.problem for entry in Run(path).checkpoints()):
        return ResumeRun(name=plan.name, threads=plan.threads)
    Store(home.checkpoints).trash(path)
    return plan


def describe(trainer: "Trainer") -> dict[str, Any]:
    """Return what the others have to know of the trainer of the first."""
    from gpt2mini.runs import checkpoint_name
    from gpt2mini.settings import to_plain

    assert trainer.run is not None
    return {
        "config": to_plain(trainer.config),
        "fingerprint": trainer.corpus.fingerprint,
        "tokenizer": trainer.corpus.tokenizer.to_plain(),
        "checkpoint": str(trainer.run.path / checkpoint_name(trainer.step)) if trainer.is_resumed else "",
    }


def follow(said: object, home: Home, threads: int) -> "Trainer":
    """Return the trainer of another process, which keeps no run; raises LabError if the first has given up."""
    from pathlib import Path

    from gpt2mini.checkpoint import load_resumable
    from gpt2mini.config import Config
    from gpt2mini.settings import from_plain
    from gpt2mini.trainer import Trainer

    if not isinstance(said, dict):
        raise LabError("the first process could not begin", do="It has said why.")
    config = from_plain(Config, said["config"])
    resume = load_resumable(Path(said["checkpoint"])) if said["checkpoint"] else None
    return Trainer(config, _same_text(config, said, home), threads=threads, resume=resume)


def _same_text(config: Any, said: dict[str, Any], home: Home) -> Any:
    """Return the text of the first: as it prepared it, else read again from where it came."""
    from gpt2mini.corpus import prepare, reopen
    from gpt2mini.errors import DataError, NotFoundError
    from gpt2mini.tokenizer import tokenizer_from_plain

    try:
        return reopen(said["fingerprint"], home)
    except NotFoundError:
        data = config.data
        corpus = prepare(data.data, home, tokenizer_from_plain(said["tokenizer"]), encoding=data.encoding)
    if corpus.fingerprint != said["fingerprint"]:
        raise DataError("the processes do not read the same text", where=data.data)
    return corpus


class SilentReport:
    """What a process tells that is not the first: nothing."""

    def __init__(self) -> None:
        self.lines = Lines()

    def preparing(self, doing: str) -> None:
        """Say nothing."""

    def add(self, event: Event) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Leave the terminal as it is."""
