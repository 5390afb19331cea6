"""What a person prefers, written down once: TOML files and environment variables that change the defaults of a new run.

    a flag  >  GPT2MINI_TRAIN_LR=1e-3  >  gpt2mini.toml of the project  >  config.toml of the user  >  the default

A section is a part of a run's configuration, a key in it a setting by its own name:

    [train]
    lr = 1e-3
    [switches]
    residual = false

A key that does not exist is refused with the nearest one that does: a preference that is silently not obeyed is worse
than none.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.config import DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import NotFoundError, UsageError
from gpt2mini.settings import Spec, Value, specs

__all__ = ["SECTIONS", "Place", "Preference", "in_force", "places", "read"]

SECTIONS: dict[str, type[Any]] = {
    "data": DataConfig,
    "model": ModelConfig,
    "train": TrainConfig,
    "switches": Ablations,
}
PROJECT, USER = "gpt2mini.toml", "config.toml"
VARIABLE = "GPT2MINI_CONFIG"
"""Names another file of the user; empty for none."""
LIMIT = 2**20
"""Bytes that such a file has at most."""

_PREFIX = "GPT2MINI_"
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file that preferences may be in."""

    layer: str
    """`project` or `user`."""
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A setting that somebody chose."""

    value: Value
    source: str
    """The file, or the environment variable."""


Preferences = dict[str, dict[str, Preference]]
"""By section and name; a setting that nobody chose is not there."""


def places(folder: Path | None = None) -> list[Place]:
    """Return the files that count here, the strongest first, whether or not they are there.

    The project's is the nearest one from the folder upwards, by default from the current one.
    """
    folder = Path.cwd() if folder is None else folder
    nearest = next((one for one in (folder, *folder.parents) if (one / PROJECT).is_file()), folder)
    found = [Place(layer="project", path=nearest / PROJECT)]
    if VARIABLE in os.environ:
        other = os.environ[VARIABLE]
        return [*found, Place(layer="user", path=Path(other).expanduser())] if other else found
    import platformdirs

    config = Path(platformdirs.user_config_dir("gpt2mini", appauthor=False))
    return [*found, Place(layer="user", path=config / USER)]


def in_force(folder: Path | None = None) -> Preferences:
    """Return what was chosen, the strongest of each; raises UsageError for a key or a value that cannot be."""
    found: Preferences = {}
    for place in reversed(places(folder)):
        if place.path.is_file():
            _lay(found, read(place.path), str(place.path))
    for section, name, variable in _variables():
        value = _from_words(_spec(section, name, variable), os.environ[variable], variable)
        found.setdefault(section, {})[name] = Preference(value=value, source=f"${variable}")
    return found


def read(path: Path) -> dict[str, dict[str, Value]]:
    """Return the sections of a file, each value checked; raises UsageError and NotFoundError."""
    try:
        with open(path, "rb") as file:
            text = file.read(LIMIT + 1).decode()
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", where=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the preferences cannot be read", where=path, why=str(error)[:80]) from error
    if len(text) > LIMIT:
        raise UsageError("the preferences cannot be read", where=path, why="the file is too large")
    try:
        plain = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError("the preferences are not TOML", where=path, why=str(error)[:120]) from error
    return {section: dict(_checked(section, values, path)) for section, values in plain.items()}


def _checked(section: str, values: object, path: Path) -> Iterator[tuple[str, Value]]:
    if section not in SECTIONS:
        raise _unknown(f"there is no section [{section[:40]}]", section, SECTIONS, path)
    if not isinstance(values, Mapping):
        raise UsageError(f"{section} is a section", where=path, do=f"Write [{section}] on a line of its own.")
    for name, value in values.items():
        spec = _spec(section, name, path)
        try:
            spec.check(value)
        except UsageError as error:
            raise UsageError(f"in [{section}], {error.what}", where=path, do=error.do) from error
        yield name, float(value) if spec.kind is float and value is not None else value


def _spec(section: str, name: str, where: object) -> Spec:
    known = {spec.name: spec for spec in specs(SECTIONS[section])}
    if name not in known:
        raise _unknown(f"there is no setting {name[:40]!r} in [{section}]", name, known, where)
    return known[name]


def _unknown(what: str, name: str, known: Mapping[str, object], where: object) -> UsageError:
    near = get_close_matches(name.replace("-", "_"), known, n=1)
    return UsageError(what, where=where, do=f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}.")


def _lay(found: Preferences, values: Mapping[str, Mapping[str, Value]], source: str) -> None:
    for section, settings in values.items():
        chosen = {name: Preference(value=value, source=source) for name, value in settings.items()}
        found.setdefault(section, {}).update(chosen)


def _variables() -> Iterator[tuple[str, str, str]]:
    """Yield section, name and variable of everything in the environment that names a setting."""
    for variable in sorted(os.environ):
        for section in SECTIONS:
            prefix = f"{_PREFIX}{section.upper()}_"
            if variable.startswith(prefix):
                yield section, variable.removeprefix(prefix).lower(), variable


def _from_words(spec: Spec, words: str, variable: str) -> Value:
    value: Any = words
    if spec.kind is bool:
        value = _WORDS.get(words.strip().lower(), words)
    elif spec.kind in (int, float):
        try:
            value = spec.kind(words)
        except ValueError:
            value = words  # of another kind, so it is refused in the words of the declaration
    try:
        spec.check(value)
    except UsageError as error:
        raise UsageError(error.what, where=f"${variable}", do=error.do) from error
    return value  # type: ignore[no-any-return]  # just checked
