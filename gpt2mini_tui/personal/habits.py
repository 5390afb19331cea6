"""What the lab remembers of a person by itself, theme, view and place of the last time, in a file beside theirs.

What they wrote themselves, keys above all, comes from `preferences`. A memory that is damaged is no memory, and never
keeps the lab from opening.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gpt2mini_tui.personal.preferences import KEYS, Preferences, places

__all__ = ["Habits", "config_folder", "keep", "recall"]

_LIMIT = 1_000_000  # bytes of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How somebody likes it."""

    theme: str = ""
    """Empty for the theme of the lab."""
    view: dict[str, Any] = field(default_factory=dict)
    """What the charts of the Train place showed last, by name."""
    place: str = ""
    """Where somebody was when they left; empty for Train."""
    keys: dict[str, str] = field(default_factory=dict)
    """Keys for actions, as Textual spells them, several separated by commas."""


def config_folder() -> Path:
    """Return where it lies: beside the user's file, else where the system keeps such things for a user."""
    for place in places():
        if place.layer == "user":
            return place.path.parent
    import platformdirs

    return Path(platformdirs.user_config_dir("gpt2mini", appauthor=False))


def recall(folder: Path, chosen: Preferences) -> Habits:
    """Return what was remembered, as far as it can be read, under what was chosen."""
    habits = _state(folder / "state.json")
    keys = {name: str(preference.value) for name, preference in chosen.get(KEYS, {}).items()}
    theme = chosen.get("lab", {}).get("theme")
    return replace(habits, theme=str(theme.value) if theme and theme.value else habits.theme, keys=keys)


def keep(folder: Path, habits: Habits) -> None:
    """Write down the theme, the view and the place; where that fails, nothing is lost but the habit."""
    aside = folder / f".state.{os.getpid()}"
    plain = {"theme": habits.theme, "view": habits.view, "place": habits.place}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(plain, indent=1), encoding="utf-8")
        os.replace(aside, folder / "state.json")
    except OSError:
        with suppress(OSError):
            aside.unlink()


def _state(path: Path) -> Habits:
    try:
        known = json.loads(_text(path))
        return Habits(theme=str(known["theme"]), view=dict(known["view"]), place=str(known.get("place", "")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Habits()


def _text(path: Path) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read(_LIMIT)
