"""What a trainer can be told, from any thread; it obeys between steps, never inside one."""

from dataclasses import dataclass

from gpt2mini.settings import Value

__all__ = ["Adjust", "Command", "Continue", "Pause", "Sample", "Save", "Set", "Step", "Stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something to do before the next step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Command):
    """Wait, without losing anything, until told to continue or stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Command):
    """Go on after a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Command):
    """Take one step, then wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Command):
    """Save, and end the run here; it can be resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Save(Command):
    """Write a checkpoint now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Command):
    """Let the model write now."""

    prompt: str = ""
    """Empty for the prompt of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Command):
    """Set one live switch; a `Switched` event confirms it before the step it changes.

    A name or a value that cannot be raises nothing in the thread that sent it: a `Noticed` event says why not.
    """

    name: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Command):
    """Change a live hyper-parameter (`config.ADJUSTABLE`); `Adjusted` confirms it before the step it changes."""

    name: str
    value: Value
