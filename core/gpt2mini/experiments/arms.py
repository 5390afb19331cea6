"""What is compared: arms, each a whole configuration under a short label. The first one is the baseline.

An arm and a seed determine a run to the bit, and the name of the run follows from them. So the same question asked
again finds its runs, one that was interrupted goes on, and two experiments share the arms that they have in common.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gpt2mini.ablations import SWITCHES, Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import UsageError
from gpt2mini.settings import Spec, Value, from_text, specs

__all__ = [
    "BASELINE",
    "SWEPT",
    "SWITCHABLE",
    "Arm",
    "Axis",
    "Question",
    "ablation_arms",
    "is_arm",
    "parse_switch",
    "sized",
    "sweep_arms",
]

BASELINE = "baseline"

_PARTS = {"model": specs(ModelConfig), "train": specs(TrainConfig), "ablations": specs(Ablations)}
_OF_THE_TEXT = ("data", "encoding")  # what they name is known by its fingerprint
SWITCHABLE: dict[str, Spec] = SWITCHES | {spec.name: spec for spec in _PARTS["model"] if spec.kind is bool}
"""Every part that an experiment can take away: the live switches, and those that need other weights."""
SWEPT: dict[str, Spec] = {
    spec.name: spec
    for spec in (*_PARTS["train"], *_PARTS["model"])
    if spec.kind in (int, float) and spec.name not in ("seed", "top_k", "temperature", "sample_tokens", "keep")
}
"""Every number that can be swept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side of a comparison. Its vocabulary and its seed are filled in when it is trained."""

    label: str
    config: Config
    expect: str = ""
    """What is said beforehand of the one thing that it changes; empty where nothing is."""
    known_as: str = ""
    """What its runs are called by, so that other experiments find them; empty for the label."""

    def run_name(self, stem: str, fingerprint: str, torch: str) -> str:
        """Return the name of the run that this arm makes of a text, under this version of torch."""
        known = json.dumps([self._changed(), fingerprint, torch], sort_keys=True)
        key = hashlib.sha256(known.encode()).hexdigest()[:8]
        return f"{_slug(stem)}-{_slug(self.known_as or self.label)}-s{self.config.train.seed}-{key}"

    def _changed(self) -> dict[str, Value]:
        """Return what is not as usual: a setting that is added later does not rename the runs of before."""
        parts = {**_PARTS, "data": specs(DataConfig)}
        return {
            f"{part}.{spec.name}": getattr(getattr(self.config, part), spec.name)
            for part, known in parts.items()
            for spec in known
            if getattr(getattr(self.config, part), spec.name) != spec.default and spec.name not in _OF_THE_TEXT
        }

    def seeded(self, seed: int) -> "Arm":
        """Return the same arm with another start of all its draws."""
        return replace(self, config=replace(self.config, train=replace(self.config.train, seed=seed)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be compared."""

    title: str
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...] = (0,)
    text: str = ""
    """What somebody wants to know by it, for the notebook of its runs."""
    prediction: str = ""
    """What somebody thinks will come out; empty for what is said beforehand of each arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A number to be swept, and what it is set to."""

    name: str
    values: tuple[Value, ...]

    @classmethod
    def parse(cls, text: str) -> "Axis":
        """Read `lr=1e-4,3e-4`, or `lr=1e-4..1e-2:5` for five values a constant factor apart; raises UsageError."""
        name, _, words = text.partition("=")
        name = name.strip().replace("-", "_")
        if name not in SWEPT:
            raise UsageError(f"{name!r} cannot be swept", do=f"Try {', '.join(SWEPT)}.")
        spec = SWEPT[name]
        span = re.fullmatch(r"\s*([^,:]+)\.\.([^,:]+):(\d{1,3})\s*", words)
        try:
            if span:
                found = _log_range(float(span[1]), float(span[2]), int(span[3]))
            else:
                found = [float(word) for word in words.split(",") if word.strip()]
        except ValueError as error:
            raise UsageError(f"{text!r} is not a range", do="Write lr=1e-4,1e-3 or lr=1e-4..1e-2:5.") from error
        kind = int if spec.kind is int else float
        values = tuple(dict.fromkeys(kind(value) for value in found if abs(value) < 1e18))
        for value in values:
            spec.check(value)
        if not values:
            raise UsageError(f"{text!r} names no values", do="Write lr=1e-4,1e-3 or lr=1e-4..1e-2:5.")
        return cls(name=name, values=values)


def parse_switch(text: str) -> tuple[str, tuple[Value, ...]]:
    """Return the part that `residual` or `ln-style=post` means, and what to set it to; raises UsageError.

    Without a value it is every value but GPT-2's own.
    """
    name, _, word = text.partition("=")
    name = name.strip().replace("-", "_")
    if name not in SWITCHABLE:
        raise UsageError(f"there is no switch {name!r}", do=f"The switches are {', '.join(SWITCHABLE)}.")
    spec = SWITCHABLE[name]
    if word:
        return name, (from_text(spec, word),)
    if spec.kind is bool:
        return name, (not spec.default,)
    return name, tuple(choice for choice in spec.choices if choice != spec.default)


def ablation_arms(baseline: Config, switches: Iterable[str]) -> tuple[Arm, ...]:
    """Return the baseline and, for each switch, the baseline with only that changed; raises UsageError."""
    arms = [Arm(label=BASELINE, config=baseline)]
    for text in switches:
        name, values = parse_switch(text)
        for value in values:
            config = sized(baseline, {name: value})
            if config == baseline:
                raise UsageError(f"the baseline has {name} {value} already", do="Leave one of the two out.")
            spec = SWITCHABLE[name]
            arms.append(Arm(label=_label(spec, value), config=config, expect=spec.expect))
    return tuple({arm.label: arm for arm in arms}.values())


def sweep_arms(baseline: Config, axes: Sequence[Axis]) -> tuple[Arm, ...]:
    """Return an arm for every combination of the values; the one with the baseline's own values comes first.

    Its label says both that it is the baseline and what its values are. Raises UsageError where there is nothing to
    compare.
    """
    if len({axis.name for axis in axes}) != len(axes):
        raise UsageError("a number is swept twice", do="Give all of its values at once.")
    own = ", ".join(f"{axis.name.replace('_', ' ')} {_own(baseline, axis.name)}" for axis in axes)
    arms = [Arm(label=f"{own}, {BASELINE}", config=baseline, known_as=BASELINE)]
    for values in itertools.product(*(axis.values for axis in axes)):
        changes = {axis.name: value for axis, value in zip(axes, values, strict=True)}
        label = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in changes.items())
        config = sized(baseline, changes)
        if config == baseline:
            arms[0] = Arm(label=f"{label}, {BASELINE}", config=baseline, known_as=label)
        else:
            arms.append(Arm(label=label, config=config))
    return tuple(arms)


def sized(config: Config, changes: Mapping[str, Value]) -> Config:
    """Return a configuration with settings of any of its parts replaced, by name; raises UsageError."""
    unknown = set(changes) - {spec.name for parts in _PARTS.values() for spec in parts}
    if unknown:
        raise UsageError(f"there is no setting {min(unknown)!r}")
    parts = {
        # `grad_clip`, `dropout` and others are a switch and a number: a truth value is for the switch
        part: {
            spec.name: changes[spec.name]
            for spec in known
            if spec.name in changes and (spec.kind is bool) == isinstance(changes[spec.name], bool)
        }
        for part, known in _PARTS.items()
    }
    return replace(config, **{part: replace(getattr(config, part), **values) for part, values in parts.items()})


def _label(spec: Spec, value: Value) -> str:
    words = spec.name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words}"
    return f"{words} {value}"


def _own(config: Config, name: str) -> str:
    """Return what a configuration has a number at that can be swept."""
    if name == "warmup":
        return f"{config.train.warmup_steps:g}"
    value = getattr(config.train if hasattr(config.train, name) else config.model, name)
    return "as usual" if value is None else f"{value:g}"


def _log_range(low: float, high: float, count: int) -> list[float]:
    if not 0 < low < high or count < 2:
        raise ValueError("not a range")
    return [float(f"{low * (high / low) ** (place / (count - 1)):.4g}") for place in range(count)]


def is_arm(run: str) -> bool:
    """Tell by its name whether a run is an arm of an experiment, as `Arm.run_name` makes them."""
    return re.search(r"-s\d+-[0-9a-f]{8}$", run) is not None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.+]+", "-", text.lower()).strip("-.")[:28].strip("-.") or "arm"
