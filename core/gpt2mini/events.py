"""What a trainer says: past-tense values that survive a trip through JSON. The log of them *is* the run.

Charts, status, best and last are folds over these events, whether they come from a thread, a file or another machine.
"""

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.errors import UsageError
from gpt2mini.event import Event
from gpt2mini.probes import Probed
from gpt2mini.settings import Value, fits, from_plain, hints

__all__ = [
    "EVENTS",
    "Adjusted",
    "Answered",
    "Continued",
    "Evaluated",
    "Event",
    "Finished",
    "Forked",
    "Noticed",
    "Paused",
    "Probed",
    "Sampled",
    "SaveFailed",
    "Saved",
    "Skipped",
    "Spiked",
    "Started",
    "StepDone",
    "Switched",
    "from_json",
    "to_json",
    "to_record",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """A trainer began, or went on from a checkpoint (then `step` is where)."""

    run: str
    config: dict[str, Any]
    """The whole configuration as nested plain values."""
    parameters: int
    device: str
    threads: int
    """Worker threads that share a batch; they change the speed, never a number."""
    tokens_per_step: int
    train_tokens: int
    val_tokens: int
    """0 where the text is too short to hold anything back."""
    references: dict[str, float]
    """Reference lines in nats per token: `uniform` (ln V), `1-gram` … `4-gram`, and `floor` where it is known."""
    versions: dict[str, str]
    bytes_per_token: float = 0.0
    """Bytes of UTF-8 that a token of the text stands for; 0 in a log of before it was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked(Event):
    """The run begins where another one stood, with other switches; it follows the `Started` of its first sitting."""

    parent: str
    """The run and its checkpoint."""
    was: Ablations
    """The switches of the parent at that step."""
    val_loss: float
    """What the parent last measured with them, in nats per token, or NaN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed(Event):
    """The trainer did something by itself that a person should know, as a sentence."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone(Event):
    """One optimiser step was taken."""

    loss: float
    """Mean cross-entropy of the batch before the update, in nats per token."""
    grad_norm: float
    """Global L2 norm of the gradient before clipping."""
    lr: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(Event):
    """A step was left out, because a number in it was not finite; the weights are as they were."""

    loss: float
    grad_norm: float
    tensor: str
    """What was first seen not to be finite: `loss`, or the parameter whose gradient it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spiked(Event):
    """The loss of the last step jumped out of what had been usual."""

    loss: float
    usual: float
    """Running mean before the jump, in nats per token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated(Event):
    """The model was measured on text held back from training."""

    val_loss: float
    """Mean cross-entropy in nats per token."""
    tokens: int
    """How many tokens it was measured on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Event):
    """The model was asked problems that stand nowhere in its text, and took the likeliest token each time."""

    exact: float
    """Share of the problems answered without a mistake, from 0 to 1."""
    tokens: float
    """Share of the tokens of the answers that were right, each after the right ones before it."""
    problems: int
    chance: float
    """Share that is right when one guesses among all answers of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Event):
    """The model wrote something."""

    prompt: str
    text: str
    """What came after the prompt."""
    asked: bool = False
    """True for a sample somebody asked for, false for one of the schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched(Event):
    """A live switch was set; the next step is the first one under it."""

    name: str
    value: Value
    ablations: Ablations
    """All switches as they are now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted(Event):
    """A hyper-parameter was changed; the next step is the first one under it."""

    name: str
    value: Value
    was: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(Event):
    """A checkpoint is safely on the disk."""

    checkpoint: str
    """Its name inside the run folder."""
    val_loss: float
    """The last one measured, or NaN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFailed(Event):
    """A checkpoint could not be written; training goes on and the older ones are as they were."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Event):
    """The trainer waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued(Event):
    """The trainer goes on after a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Event):
    """The run ended here."""

    reason: str
    """`done` (all steps taken), `stopped` (somebody asked) or `diverged`."""
    loss: float
    val_loss: float
    """The last ones measured, or NaN."""
    seconds: float
    """Time spent in this sitting, pauses left out."""


EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        Started,
        Forked,
        Noticed,
        StepDone,
        Skipped,
        Spiked,
        Evaluated,
        Answered,
        Probed,
        Sampled,
        Switched,
        Adjusted,
        Saved,
        SaveFailed,
        Paused,
        Continued,
        Finished,
    )
}


_SWITCHES: dict[type[Event], tuple[str, ...]] = {Switched: ("ablations",), Forked: ("was",)}
_LOST = ("nan", "inf", "-inf")


def to_record(event: Event) -> dict[str, Any]:
    """Return an event as plain JSON values: `{"event": "StepDone", "step": 12, "loss": …}`.

    JSON has no word for NaN and infinity: such a number becomes null, and `non_finite` tells by name what it was;
    `grad_norms.2` is the third of a row.
    """
    lost: dict[str, str] = {}
    plain = {name: _without_lost(value, name, lost) for name, value in dataclasses.asdict(event).items()}
    return {"event": type(event).__name__, **plain, **({"non_finite": lost} if lost else {})}


def to_json(event: Event) -> str:
    """Return an event as one line of JSON, without the line break."""
    return json.dumps(to_record(event), ensure_ascii=False, allow_nan=False)


def from_json(line: str | bytes) -> Event | None:
    """Read one line of a log; None for an event of a kind this version does not know. Unknown keys are ignored.

    Raises ValueError for a line that is not an event.
    """
    try:
        return _read(json.loads(line))
    except RecursionError as error:
        raise ValueError("not an event: it is nested too deeply") from error


def _read(record: object) -> Event | None:
    if not isinstance(record, dict) or not isinstance(record.get("event"), str):
        raise ValueError("not an event")
    cls = EVENTS.get(record["event"])
    if cls is None:
        return None
    lost = record.get("non_finite")
    words = {name: word for name, word in lost.items() if word in _LOST} if isinstance(lost, dict) else {}
    kinds = hints(cls)
    known = {name: _with_lost(record[name], name, words) for name in kinds if name in record}
    try:
        for name in _SWITCHES.get(cls, ()):
            known[name] = from_plain(Ablations, known.get(name))
        strange = next((name for name, value in known.items() if not fits(value, kinds[name])), None)
        if strange is not None:
            raise ValueError(f"not a {cls.__name__}: its {strange} is of the wrong type")
        return cls(**known)
    except (TypeError, UsageError) as error:
        raise ValueError(f"not a {cls.__name__}: {error}") from error


def _without_lost(value: Any, name: str, lost: dict[str, str]) -> Any:
    """Return a value that JSON can hold, and note what it cannot."""
    if isinstance(value, tuple):
        return [_without_lost(one, f"{name}.{place}", lost) for place, one in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        lost[name] = str(value)
        return None
    return value


def _with_lost(value: Any, name: str, lost: dict[str, str]) -> Any:
    if isinstance(value, list):
        return tuple(_with_lost(one, f"{name}.{place}", lost) for place, one in enumerate(value))
    return float(lost[name]) if value is None and name in lost else value
