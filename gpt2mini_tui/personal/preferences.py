"""What a person prefers, written down once: the defaults of a new run, the theme, and keys.

    a flag  >  GPT2MINI_TRAIN_LR=1e-3  >  gpt2mini.toml of the project  >  config.toml of the user  >  the default

Both files are read and never written. A section is a part of a run's configuration, or the lab, or the keys; what
actions are called stands in the help of the lab, `?`:

    [train]
    lr = 1e-3
    [switches]
    residual = false
    [lab]
    theme = "lab-light"
    [keys]
    train.start = "S"
    view.large = "m,z"

A key that does not exist is refused with the nearest one that does: a preference that is silently not obeyed is worse
than none.
"""

import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.config import DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import NotFoundError, UsageError
from gpt2mini.settings import Spec, Value, from_text, setting, specs

__all__ = [
    "KEYS",
    "SECTIONS",
    "LabSettings",
    "Place",
    "Preference",
    "Preferences",
    "in_force",
    "only",
    "places",
    "read",
    "unknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSettings:
    """How the lab looks."""

    theme: str = setting("", help="The colours; empty for those of the last time.")


SECTIONS: dict[str, type[Any]] = {
    "data": DataConfig,
    "model": ModelConfig,
    "train": TrainConfig,
    "switches": Ablations,
    "lab": LabSettings,
}
KEYS = "keys"
"""The section that gives actions other keys: as Textual spells them, several separated by commas."""
PROJECT, USER = "gpt2mini.toml", "config.toml"
VARIABLE = "GPT2MINI_CONFIG"
"""Names another file of the user, or the folder that it is in; empty for none."""
LIMIT = 2**20
"""Bytes that such a file has at most."""

_PREFIX = "GPT2MINI_"


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
        if not os.environ[VARIABLE]:
            return found
        other = Path(os.environ[VARIABLE]).expanduser()
        return [*found, Place(layer="user", path=other / USER if other.is_dir() else other)]
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


def only(path: Path) -> Preferences:
    """Return what one file alone says; raises UsageError and NotFoundError."""
    found: Preferences = {}
    _lay(found, read(path), str(path))
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
    if "theme" in plain:  # where it stood before there was a section for it
        old, lab = plain.pop("theme"), plain.setdefault("lab", {})
        if isinstance(lab, dict):
            lab.setdefault("theme", old)
    return {section: dict(_checked(section, values, path)) for section, values in plain.items()}


def _checked(section: str, values: object, path: Path) -> Iterator[tuple[str, Value]]:
    if section not in (*SECTIONS, KEYS):
        raise unknown(f"there is no section [{section[:40]}]", section, (*SECTIONS, KEYS), path)
    if not isinstance(values, Mapping):
        raise UsageError(f"{section} is a section", where=path, do=f"Write [{section}] on a line of its own.")
    if section == KEYS:
        yield from _keys(values, path)
        return
    for name, value in values.items():
        spec = _spec(section, name, path)
        try:
            spec.check(value)
        except UsageError as error:
            raise UsageError(f"in [{section}], {error.what}", where=path, do=error.do) from error
        yield name, float(value) if spec.kind is float and value is not None else value


def _keys(values: Mapping[str, object], path: Path, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield actions and their keys; `train.start = "S"` means the same with quotation marks and without."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _keys(value, path, f"{before}{name}.")
        elif isinstance(value, str):
            yield f"{before}{name}", value
        else:
            do = "Several are separated by commas."
            raise UsageError(f"in [{KEYS}], {before}{name} takes a key as a word, not {value!r}", where=path, do=do)


def _spec(section: str, name: str, where: object) -> Spec:
    known = {spec.name: spec for spec in specs(SECTIONS[section])}
    if name not in known:
        raise unknown(f"there is no setting {name[:40]!r} in [{section}]", name, known, where)
    return known[name]


def unknown(what: str, name: str, known: Collection[str], where: object, *, otherwise: str = "") -> UsageError:
    """Return the error that `name` is none of the known ones, with the nearest of them; else `otherwise`, or all."""
    near = get_close_matches(name.replace("-", "_"), known, n=1)
    do = f"Did you mean {near[0]}?" if near else otherwise or f"There are {', '.join(known)}."
    return UsageError(what, where=where, do=do)


def _lay(found: Preferences, values: Mapping[str, Mapping[str, Value]], source: str) -> None:
    for section, settings in values.items():
        chosen = {name: Preference(value=value, source=source) for name, value in settings.items()}
        found.setdefault(section, {}).update(chosen)


def _variables() -> Iterator[tuple[str, str, str]]:
    """Yield section, name and variable of everything in the environment that names a setting."""
    for variable in sorted(os.environ):
        if variable.startswith(f"{_PREFIX}{KEYS.upper()}_"):
            raise UsageError("keys are chosen in a file", where=f"${variable}", do=f"Write them under [{KEYS}].")
        for section in SECTIONS:
            prefix = f"{_PREFIX}{section.upper()}_"
            if variable.startswith(prefix):
                yield section, variable.removeprefix(prefix).lower(), variable


def _from_words(spec: Spec, words: str, variable: str) -> Value:
    try:
        return from_text(spec, words)
    except UsageError as error:
        raise UsageError(error.what, where=f"${variable}", do=error.do) from error
