"""Runs of a good size: about one, three and ten minutes on two laptop cores, and how long each takes on this machine.

A preset fixes sizes, steps and the rate, never the text nor a switch. What this machine needs for it is measured once,
by `gpt2mini-tui bench`, and kept beside the texts; until then nobody guesses.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from gpt2mini.config import Config, ModelConfig
from gpt2mini.cores import usable_cores
from gpt2mini.errors import LabError
from gpt2mini.paths import Home
from gpt2mini.settings import Value, to_plain

__all__ = [
    "PRESETS",
    "TASK_SETTINGS",
    "VOCABULARY",
    "Measured",
    "Preset",
    "PresetTimes",
    "read_measured",
    "with_preset",
    "write_measured",
]

FORMAT = 1
VOCABULARY = 65
"""Different tokens of the models that are measured."""
_NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A size and a length of training that go together."""

    name: str
    help: str
    model: Mapping[str, Value]
    """What differs from the defaults of ModelConfig."""
    train: Mapping[str, Value]
    """What differs from the defaults of TrainConfig."""


def _preset(name: str, help: str, model: dict[str, Value], train: dict[str, Value]) -> Preset:
    return Preset(name=name, help=help, model=MappingProxyType(model), train=MappingProxyType(train))


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _preset(
            "tiny",
            "2 layers of 64, block 64: words and their order, in about a minute",
            {"n_layer": 2, "n_embd": 64, "block_size": 64},
            {"batch_size": 16, "steps": 2000, "lr": 2e-3},
        ),
        _preset(
            "small",
            "4 layers of 128, block 64: whole sentences, in about three minutes",
            {"block_size": 64},
            {"batch_size": 32, "steps": 1500, "lr": 1e-3},
        ),
        _preset(
            "medium",
            "4 layers of 128, block 256: the default model, in about ten minutes",
            {},
            {"steps": 1200, "lr": 1e-3},
        ),
    )
}

_QUICK: Mapping[str, Value] = {
    "n_layer": 2,
    "n_embd": 64,
    "block_size": 64,
    "batch_size": 16,
    "lr": 5e-3,
    "dropout": 0.0,
    "init_std": 0.05,
}
TASK_SETTINGS: Mapping[str, Mapping[str, Value]] = {
    "copy": {**_QUICK, "steps": 600},
    "reverse": {**_QUICK, "steps": 900},
    "brackets": {**_QUICK, "n_layer": 3, "steps": 900},
}
"""Settings by the task that a small model was seen to learn with them, within two minutes on one core.

With dropout, or with first weights of 0.02, a model this small stays on a plateau for long. For *sums* none are known.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetTimes:
    """What the parts of a run cost here, in seconds."""

    step: float
    evaluation: float
    sample: float

    def total(self, config: Config) -> float:
        """Return the seconds that a run takes, with its validations and samples and without saving."""
        train = config.train
        evaluations, samples = (
            1 + (train.steps // every if every else 0) for every in (train.eval_every, train.sample_every)
        )
        return train.steps * self.step + evaluations * self.evaluation + samples * self.sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What `gpt2mini-tui bench` found on this machine."""

    cores: int
    torch: str
    limit_one: float
    """Matrix products of the default model on one core, in FLOP/s: more cannot be had of a step."""
    limit_all: float
    """The same on every core at once."""
    tokens_per_second: float
    """Training the default model."""
    share_of_limit: float
    """Useful arithmetic of that training over `limit_all`."""
    generated_per_second: float
    """Tokens written by the default model."""
    threads: int
    """Worker threads that were found best for the default model."""
    presets: dict[str, PresetTimes] = field(default_factory=dict)

    def paces(self) -> dict[str, tuple[Config, float]]:
        """Return what was trained and at how many tokens a second: the default model without a name, and presets."""
        plain = Config(model=ModelConfig(vocab_size=VOCABULARY))
        found = {"": (plain, self.tokens_per_second)}
        for name, times in self.presets.items():
            if name in PRESETS and times.step > 0:
                config = with_preset(plain, name)
                found[name] = (config, config.train.batch_size * config.model.block_size / times.step)
        return found

    def seconds(self, name: str, config: Config) -> float | None:
        """Return how long a run of a preset takes here, or None if that was not measured."""
        times = self.presets.get(name)
        return None if times is None else times.total(config)


def with_preset(
    config: Config, name: str, *, model: Mapping[str, Value] = _NOTHING, train: Mapping[str, Value] = _NOTHING
) -> Config:
    """Return the configuration with what the preset fixes, unless `model` and `train` say otherwise.

    Raises KeyError for a name that is none, UsageError for values that cannot be.
    """
    preset = PRESETS[name]
    return replace(
        config,
        model=replace(config.model, **{**preset.model, **model}),  # type: ignore[arg-type]  # checked when it is made
        train=replace(config.train, **{**preset.train, **train}),  # type: ignore[arg-type]  # the same
    )


def write_measured(home: Home, measured: Measured) -> None:
    """Keep what was measured. Raises OSError."""
    import json  # with hashlib below it, 20 ms that --help need not pay

    from gpt2mini.storage import replace_file

    home.data.mkdir(parents=True, exist_ok=True)
    plain = {"format": FORMAT, **to_plain(measured)}
    replace_file(_file(home), (json.dumps(plain, indent=2) + "\n").encode())


def read_measured(home: Home) -> Measured | None:
    """Return what was measured last on as many cores as this process may use, or None; never raises."""
    from gpt2mini.storage import read_json

    with suppress(LabError, OSError, KeyError, TypeError, ValueError):
        plain = read_json(_file(home))
        if plain.pop("format") != FORMAT or plain["cores"] != usable_cores():
            return None
        presets = {str(name): _times(times) for name, times in plain.pop("presets").items()}
        return Measured(**plain, presets=presets)
    return None


def _file(home: Home) -> Path:
    return home.data / "speed.json"


def _times(plain: Mapping[str, float]) -> PresetTimes:
    times = PresetTimes(step=plain["step"], evaluation=plain["evaluation"], sample=plain["sample"])
    if not all(math.isfinite(part) and part >= 0 for part in (times.step, times.evaluation, times.sample)):
        raise ValueError("a time is no time")
    return times
