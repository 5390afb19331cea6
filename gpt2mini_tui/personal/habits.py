"""What the lab remembers of a person: their keys, in a file they write; the theme and the view, in one we write.

`config.toml` is read and never written:

    theme = "lab-light"

    [keys]
    "train.start" = "S"
    "view.large" = "m,z"

The names of the actions stand in the help, `?`. Neither file can keep the lab from opening; what is wrong is said.
"""

import json
import os
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["Habits", "config_folder", "keep", "recall"]

VARIABLE = "GPT2MINI_CONFIG"
_LIMIT = 1_000_000  # bytes of either file


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How somebody likes it."""

    theme: str = ""
    """Empty for the theme of the lab."""
    view: dict[str, Any] = field(default_factory=dict)
    """What the charts of the Train place showed last, by name."""
    keys: dict[str, str] = field(default_factory=dict)
    """Keys for actions, as Textual spells them, several separated by commas."""
    problems: tuple[str, ...] = ()
    """What could not be read, as sentences."""


def config_folder() -> Path:
    """Return where both files lie: `$GPT2MINI_CONFIG`, else where the system keeps such things for a user."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    import platformdirs

    return Path(platformdirs.user_config_dir("gpt2mini", appauthor=False))


def recall(folder: Path) -> Habits:
    """Return what was remembered, as far as it can be read."""
    habits = _state(folder / "state.json")
    path = folder / "config.toml"
    try:
        written = tomllib.loads(_text(path))
    except FileNotFoundError:
        return habits
    except (OSError, ValueError) as error:
        return replace(habits, problems=(f"{path} cannot be read, so your keys are not used: {error}",))
    keys, theme = written.get("keys", {}), written.get("theme", habits.theme)
    are_words = isinstance(keys, dict) and all(isinstance(key, str) for key in (theme, *keys.values()))
    if not are_words:
        return replace(habits, problems=(f"{path}: theme is a word, and keys a table of words.",))
    return replace(habits, theme=theme, keys=dict(keys))


def keep(folder: Path, habits: Habits) -> None:
    """Write down the theme and the view; where that fails, nothing is lost but the habit."""
    aside = folder / f".state.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps({"theme": habits.theme, "view": habits.view}, indent=1), encoding="utf-8")
        os.replace(aside, folder / "state.json")
    except OSError:
        with suppress(OSError):
            aside.unlink()


def _state(path: Path) -> Habits:
    try:
        known = json.loads(_text(path))
        return Habits(theme=str(known["theme"]), view=dict(known["view"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Habits()


def _text(path: Path) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read(_LIMIT)
