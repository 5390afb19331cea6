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

__all__ = ["action_names", "check_keys", "habits"]


def habits() -> Habits:
    """Return how the person who opens the lab likes it; raises UsageError for what is written and cannot be."""
    chosen = in_force()
    check_keys(chosen)
    return recall(config_folder(), chosen)


def action_names() -> list[str]:
    """Return the names of all actions in alphabetical order; this imports every screen, which takes half a second."""
    import gpt2mini_tui.screens
    import gpt2mini_tui.widgets

    import_module("gpt2mini_tui.app")
    for package in (gpt2mini_tui.screens, gpt2mini_tui.widgets):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    return sorted({name for cls in (App, Widget) for name in _named(cls)})


def check_keys(chosen: Preferences) -> None:
    """Raise UsageError for a key that is given to something that is no action."""
    if KEYS not in chosen:
        return
    names = action_names()
    for name, preference in chosen[KEYS].items():
        if name not in names:
            what = f"there is no action {name[:40]!r} for a key in [{KEYS}]"
            raise unknown(what, name, names, preference.source, otherwise="The help of the lab, ?, names them.")


def _named(cls: type[DOMNode]) -> Iterator[str]:
    for heir in cls.__subclasses__():
        if heir.__module__.startswith("gpt2mini_tui."):
            yield from (one.id for one in vars(heir).get("BINDINGS", ()) if isinstance(one, Binding) and one.id)
        yield from _named(heir)
