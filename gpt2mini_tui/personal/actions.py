"""What can be given another key, by name: asked of the screens themselves, so no list of them can be out of date."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widget import Widget

from gpt2mini_tui.personal.habits import Habits, config_folder, recall
from gpt2mini_tui.personal.preferences import KEYS, Preferences, in_force, unknown

__all__ = ["action_names", "all_bindings", "check_keys", "habits"]


def habits() -> Habits:
    """Return how the person who opens the lab likes it; raises UsageError for what is written and cannot be."""
    chosen = in_force()
    check_keys(chosen)
    return recall(config_folder(), chosen)


def all_bindings() -> list[tuple[str, Binding]]:
    """Return every binding of the app beside the name of its class; this imports every screen, half a second's work."""
    import gpt2mini_tui.screens
    import gpt2mini_tui.widgets

    import_module("gpt2mini_tui.app")
    for package in (gpt2mini_tui.screens, gpt2mini_tui.widgets):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    heirs = dict.fromkeys(heir for cls in (App, Widget) for heir in _heirs(cls))
    found = ((heir.__name__, one) for heir in heirs for one in vars(heir).get("BINDINGS", ()))
    return [(name, one if isinstance(one, Binding) else Binding(*one)) for name, one in found]


def action_names() -> list[str]:
    """Return the names of all actions in alphabetical order."""
    return sorted({one.id for _, one in all_bindings() if one.id})


def check_keys(chosen: Preferences) -> None:
    """Raise UsageError for a key that is given to something that is no action."""
    if KEYS not in chosen:
        return
    names = action_names()
    for name, preference in chosen[KEYS].items():
        if name not in names:
            what = f"there is no action {name[:40]!r} for a key in [{KEYS}]"
            raise unknown(what, name, names, preference.source, otherwise="The help of the lab, ?, names them.")


def _heirs(cls: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for heir in cls.__subclasses__():
        if heir.__module__.startswith("gpt2mini_tui."):
            yield heir
        yield from _heirs(heir)
