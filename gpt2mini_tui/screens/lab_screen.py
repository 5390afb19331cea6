"""The screen that the places are on: its footer shows the keys that the place in front wants to be seen."""

from dataclasses import replace

from textual.binding import ActiveBinding
from textual.screen import Screen

from gpt2mini_tui.screens.place import Place

__all__ = ["LabScreen"]


class LabScreen(Screen[None]):
    """Asks a place which of its keys are shown; a binding can only say so once and for all."""

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Every key that does something just now."""
        return {key: _as_wanted(active) for key, active in super().active_bindings.items()}


def _as_wanted(active: ActiveBinding) -> ActiveBinding:
    node, binding = active.node, active.binding
    if not isinstance(node, Place) or node.shows(binding) == binding.show:
        return active
    return active._replace(binding=replace(binding, show=not binding.show))
