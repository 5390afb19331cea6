"""Every error a user can cause, each a sentence that says what to do next.

The exit codes follow sysexits where one fits, so that a script can tell the causes apart.
"""

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "CannotCreateError",
    "CheckpointError",
    "DataError",
    "DiskError",
    "DivergedError",
    "ExitCode",
    "LabError",
    "LockedError",
    "NotFoundError",
    "OutOfMemoryError",
    "UsageError",
    "reason",
]


class ExitCode(IntEnum):
    """What the process tells the shell."""

    OK = 0
    """It was done."""
    FAILED = 1
    """It was not done, for a reason that has no code of its own; or there is a bug, and the message says so."""
    USAGE = 2
    BAD_INPUT = 65
    NOT_FOUND = 66
    DIVERGED = 70
    OUT_OF_MEMORY = 71
    CANNOT_CREATE = 73
    DISK = 74
    LOCKED = 75
    HANGUP = 129
    """The terminal went away (SIGHUP); a run that was training has been saved."""
    INTERRUPTED = 130
    """Ctrl-C (SIGINT); a run that was training has been saved."""
    TERMINATED = 143
    """Somebody ended the process (SIGTERM); a run that was training has been saved."""


class LabError(Exception):
    """Something a person can mend: what happened, where, why, and what to do about it."""

    code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, what: str, *, where: object = "", why: str = "", do: str = "") -> None:
        self.what, self.where, self.why, self.do = what, str(where), why, do
        super().__init__(what)

    def __str__(self) -> str:
        """Return `what (where): why. do` on one line, leaving out what is not known."""
        sentence = self.what
        if self.where:
            sentence += f" ({self.where})"
        if self.why:
            sentence += f": {self.why}"
        sentence = sentence.rstrip(".")
        return f"{sentence}. {self.do}" if self.do else sentence


def reason(error: Exception) -> str:
    """Return why the system refused something, in its own words, to stand behind a colon."""
    return (getattr(error, "strerror", None) or str(error)).lower()


class UsageError(LabError):
    """The words of a command, or a setting, are off."""

    code = ExitCode.USAGE


class DataError(LabError):
    """A text, or a file of one, cannot be used."""

    code = ExitCode.BAD_INPUT


class CheckpointError(LabError):
    """A checkpoint or a run folder is damaged, foreign or newer than this program."""

    code = ExitCode.BAD_INPUT


class NotFoundError(LabError):
    """A run, a checkpoint or a file of that name is not there."""

    code = ExitCode.NOT_FOUND


class DivergedError(LabError):
    """Training ran into numbers that are not finite and could not go on."""

    code = ExitCode.DIVERGED


class OutOfMemoryError(LabError):
    """The configuration needs more memory than this machine gave."""

    code = ExitCode.OUT_OF_MEMORY


class CannotCreateError(LabError):
    """A file or folder cannot be made: the name is taken, or the place is not writable."""

    code = ExitCode.CANNOT_CREATE


class DiskError(LabError):
    """Reading or writing failed half-way: the disk is full, or went away."""

    code = ExitCode.DISK


class LockedError(LabError):
    """Another process is writing this run."""

    code = ExitCode.LOCKED
