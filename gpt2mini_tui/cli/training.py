"""Training from the command line: the same trainer as in the app, told to the terminal instead of drawn."""

import errno
import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini import events as said
from gpt2mini.commands import Stop
from gpt2mini.errors import CannotCreateError, DiskError, DivergedError, ExitCode, UsageError, reason
from gpt2mini.events import Event
from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.cli.boards import LiveBoard
from gpt2mini_tui.cli.output import note
from gpt2mini_tui.cli.report import JsonReport, PlainReport, Report, TextReport
from gpt2mini_tui.cli.signals import Signals, StoppedEarlyError
from gpt2mini_tui.cli.together import SilentReport, describe, follow, is_follower
from gpt2mini_tui.folds.verdict import judge
from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import ForkRun, NewRun, ResumeRun, RunPlan

if TYPE_CHECKING:
    from gpt2mini.trainer import Trainer

__all__ = ["check_name_is_free", "check_portable", "run_training"]

_REFUSED = (".pt", ".pth", ".bin", ".ckpt", ".pkl")


@dataclass(slots=True)
class _Outcome:
    """What has to be known of a run when it is over."""

    run: str = ""
    reason: str = ""
    step: int = 0
    saved: str = ""
    """The newest checkpoint of this sitting."""
    failure: str = ""
    """Why the last attempt to save failed."""

    def add(self, event: Event) -> None:
        self.step = event.step
        match event:
            case said.Started(run=run):
                self.run = run
            case said.Saved(checkpoint=checkpoint):
                self.saved, self.failure = checkpoint, ""
            case said.SaveFailed(why=why):
                self.failure = why
            case said.Finished(reason=reason):
                self.reason = reason


def run_training(
    plan: RunPlan,
    home: Home,
    *,
    as_json: bool,
    as_plain: bool = False,
    save: Path | None = None,
    tensorboard: Path | None = None,
) -> int:
    """Train to the end, or until a signal; return the exit code. Raises what the library raises."""
    board = LiveBoard(None if is_follower() else tensorboard)
    report = _report(as_json=as_json, as_plain=as_plain)
    outcome = _Outcome()
    with Signals() as signals:
        try:
            trainer = _open(plan, home, report, signals)
            _train(trainer, report, outcome, board)
        except StoppedEarlyError:
            report.close()
            note("Stopped before training began; there was nothing to save.")
            return signals.code
        finally:
            report.close()
            board.close()
            _part()
    if is_follower():
        return signals.code if outcome.reason == "stopped" else ExitCode.OK
    _refuse_bad_ending(outcome)
    if outcome.reason == "stopped":
        _say_stopped(outcome, signals, save)
    else:
        if save is not None:
            _save_portable(trainer, save)
        if isinstance(report, TextReport | PlainReport):
            report.lines.say("\n".join(_closing(report, home, save)))
    if report.lines.error is not None and signals.caught is None:
        raise report.lines.error
    return signals.code if outcome.reason == "stopped" else ExitCode.OK


def _report(*, as_json: bool, as_plain: bool) -> Report:
    if is_follower():
        return SilentReport()
    return JsonReport() if as_json else PlainReport() if as_plain else TextReport()


def check_name_is_free(plan: NewRun | ForkRun, home: Home) -> None:
    """Raise CannotCreateError if there is such a run already, before a long text is read for nothing."""
    if plan.name and (home.checkpoints / plan.name).exists():
        raise CannotCreateError(
            "there is a run of that name already", where=plan.name, do="Choose another --name, or leave it out."
        )


def check_portable(save: Path | None) -> None:
    """Raise CannotCreateError or UsageError now if `--save` could not be obeyed after hours of training."""
    if save is None:
        return
    if save.suffix.lower() in _REFUSED:
        raise UsageError(
            f"--save {save.name} has the ending of a format that is never opened here", do="End it in .safetensors."
        )
    try:
        if save.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        aside = save.with_name(f".{save.name}.probe")
        aside.touch()
        aside.unlink()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise CannotCreateError("cannot write the file of --save", where=save, why=reason(error)) from error


def _open(plan: RunPlan, home: Home, report: Report, signals: Signals) -> "Trainer":
    report.preparing("Loading torch")
    import gpt2mini.trainer  # noqa: F401  # here, so that its two seconds are said and not taken for the text's

    trainer = _meet(plan, home, _reading(report, signals))
    signals.attach(trainer)
    return trainer


def _meet(plan: RunPlan, home: Home, progress: Callable[[float], None]) -> "Trainer":
    """Return the trainer of this process, alone or among others."""
    from gpt2mini.peers import join

    place = join()
    if not place.is_first:
        return follow(place.hear(), home, plan.threads)
    words: object = None
    try:
        trainer = open_trainer(plan, home, progress=progress)
        words = describe(trainer) if place.size > 1 else None
    finally:
        place.hear(words)  # nothing, if it could not be opened
    return trainer


def _part() -> None:
    if "TORCHELASTIC_RUN_ID" in os.environ:
        from gpt2mini.peers import leave

        leave()


def _reading(report: Report, signals: Signals) -> Callable[[float], None]:
    def progress(share: float) -> None:
        report.preparing(f"Reading the text, {share:.0%}")
        if share >= 1:
            signals.hold()

    return progress


def _train(trainer: "Trainer", report: Report, outcome: _Outcome, board: LiveBoard) -> None:
    for event in trainer:
        outcome.add(event)
        report.add(event)
        board.add(event)
        if report.lines.error is not None:
            trainer.send(Stop())  # nobody listens any more


def _refuse_bad_ending(outcome: _Outcome) -> None:
    """Raise DivergedError or DiskError for a run that did not end with what it learned on the disk."""
    if outcome.reason == "diverged":
        kept = f"The last good checkpoint is {outcome.saved}." if outcome.saved else "It had no checkpoint yet."
        why = "its numbers were no longer finite"
        raise DivergedError("training diverged", where=outcome.run, why=why, do=f"{kept} Lower --lr.")
    if outcome.failure:
        raise DiskError("the last checkpoint could not be saved", where=outcome.run, why=outcome.failure)


def _say_stopped(outcome: _Outcome, signals: Signals, save: Path | None) -> None:
    """Say what was saved and how to go on, unless whoever would read it has left."""
    cause = "" if signals.caught is None else f" by {signals.caught.name}"
    unwritten = "" if save is None else f" {save} was not written."
    go_on = f"Go on with: {ResumeRun(name=outcome.run).command()}"
    with suppress(OSError):
        note(f"Stopped{cause} at step {outcome.step:,}, saved as {outcome.saved}.{unwritten} {go_on}")


def _save_portable(trainer: "Trainer", path: Path) -> None:
    from gpt2mini.checkpoint import save_portable

    save_portable(path, trainer.snapshot().result())


def _closing(report: TextReport | PlainReport, home: Home, save: Path | None) -> list[str]:
    """Return how it ended, what that means, where it is, and what can be done with it."""
    history = report.history
    written = [] if save is None else [f"The model is in {safe(save)}"]
    return [
        "",
        f"Done: {words.count(history.steps, 'step')}, {words.duration(history.seconds)} of training.",
        judge(history).text,
        f"The run is in {safe(home.checkpoints / history.run)}",
        *written,
        safe(f"  {shlex.join(['gpt2mini-tui', 'generate', '--load', history.run])}"),
        safe(f"  {ResumeRun(name=history.run, steps=2 * max(1, history.steps)).command()}"),
    ]
