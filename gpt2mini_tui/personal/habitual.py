"""What a good terminal program does besides its work: keys, help, a palette, a title, a bell, pictures, jumps."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.driver import Driver
from textual.screen import Screen

from gpt2mini.errors import reason
from gpt2mini.paths import Home
from gpt2mini_tui.garbage import sweep
from gpt2mini_tui.personal.habits import Habits, keep
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.lab_screen import LabScreen
from gpt2mini_tui.screens.place import Place

if TYPE_CHECKING:
    from gpt2mini_tui.folds.history import History

__all__ = ["HabitualApp"]

_EVERYWHERE = "Everywhere"
_KEPT_COMMANDS = ("Theme",)
_PAIRS = ("←→", "↑↓")
_ENDINGS = ("done", "diverged", "failed")
_PAUSE = 10.0
"""Seconds without a key or the mouse after which somebody looks, and does not wait for an answer."""


class HabitualApp(App[int]):
    """An app that knows its user."""

    home: Home

    @property
    def place(self) -> Place:
        """The place in front."""
        raise NotImplementedError

    def __init__(self, habits: Habits, folder: Path | None) -> None:
        """`folder` is where to remember the theme, the view and the place; None remembers nothing."""
        super().__init__()
        self.habits, self._folder = habits, folder
        self._title_told = ""
        self._status_told = "idle"
        self._last_input = 0.0

    def get_driver_class(self) -> type[Driver]:
        """Return what reads the keys, with an ear for what is none."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from gpt2mini_tui.personal.terminal import SturdyDriver

        return SturdyDriver

    def get_default_screen(self) -> LabScreen:
        """Return the screen of the places."""
        return LabScreen(id="_default")

    async def on_event(self, event: events.Event) -> None:
        """Note when somebody last did something."""
        if isinstance(event, events.InputEvent):
            self._last_input = monotonic()
        await super().on_event(event)

    def tidy(self) -> None:
        """Clear away what is no longer used, while nobody does anything; called now and then."""
        if monotonic() - self._last_input > _PAUSE:
            sweep()

    def take_up_habits(self) -> None:
        """Wear the theme of the last time, and use the keys that were chosen."""
        if self.habits.theme in self.available_themes:
            self.theme = self.habits.theme
        elif self.habits.theme:
            there = ", ".join(sorted(self.available_themes))
            sentence = f"There is no theme {self.habits.theme[:40]}. There are {there}."
            self.notify(safe(sentence), severity="warning", timeout=15, markup=False)
        self.set_keymap(self.habits.keys)

    def keep_habits(self, view: dict[str, object], place: str) -> None:
        """Remember the theme, the view and the place."""
        if self._folder is not None:
            keep(self._folder, Habits(theme=self.theme, view=view, place=place))

    def announce(self, history: "History") -> None:
        """Tell the terminal how far the run is, and ring once when it has ended."""
        if self._status_told in ("training", "preparing") and history.status in _ENDINGS:
            self.bell()
        self._status_told = history.status
        title = "gpt2mini"
        if history.steps and history.is_live:
            title = f"{100 * history.step // history.steps} % {history.run} · gpt2mini"
        elif history.has_ended:
            title = f"{history.status}: {history.run} · gpt2mini"
        if title != self._title_told:
            self._title_told = title
            self._write(f"\x1b]2;{safe(title)}\x07")

    def keep_title(self) -> None:
        """Let the terminal remember the title it has."""
        self._write("\x1b[22;0t")

    def restore_title(self) -> None:
        """Give the terminal back its title."""
        self._write("\x1b[23;0t")

    def action_picture(self) -> None:
        """Save what is on the screen as an SVG file."""
        folder = self.home.root / "screenshots"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = self.save_screenshot(path=str(folder))
        except OSError as error:
            self.notify(f"No screenshot: {safe(reason(error))}.", severity="error", markup=False)
            return
        self.notify(safe(path), title="Screenshot", markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer in the palette whatever a key does here, in this place and in what has the focus, and the theme."""
        known = [(node, one) for node in (self.place, self) for one in node.BINDINGS if isinstance(one, Binding)]
        focused = [(active.node, active.binding) for active in screen.active_bindings.values()]
        offered: dict[str, None] = {}
        for node, binding in (*known, *focused):
            wanted = binding.id and binding.tooltip and binding.id not in offered
            if wanted and self._check_action_state(binding.action, node):
                offered[str(binding.id)] = None
                yield SystemCommand(
                    binding.description, binding.tooltip, partial(self.run_action, binding.action, node)
                )
        yield from (command for command in super().get_system_commands(screen) if command.title in _KEPT_COMMANDS)

    def action_help(self) -> None:
        """Show the keys that work here."""
        from gpt2mini_tui.screens.help import HelpLine, HelpScreen

        lines = [
            HelpLine(
                group=str(getattr(active.node, "BINDING_GROUP_TITLE", None) or _EVERYWHERE),
                key=self.get_key_display(_alone(active.binding)),
                words=active.binding.tooltip or active.binding.description,
                name=active.binding.id,
            )
            for active in self.screen.active_bindings.values()
            if active.binding.id
        ]
        lines.sort(key=lambda line: line.group == _EVERYWHERE)  # what is special to this place comes first
        self.push_screen(HelpScreen(dict.fromkeys(lines), about=self.about_focus(), legend=self.place.LEGEND))

    def action_jump(self) -> None:
        """Show a letter on everything that can take the focus; pressing it goes there."""
        from gpt2mini_tui.screens.jump import JumpScreen

        def go(place: int | None) -> None:
            if place is not None:
                targets[place].focus()

        targets = [
            widget
            for widget in self.screen.focus_chain
            if widget.region.height and self.screen.region.contains_region(widget.region)
        ]
        self.push_screen(JumpScreen([widget.region for widget in targets]), go)

    def about_focus(self) -> Content:
        """Return what the widget that has the focus is for."""
        if self.focused is None:
            return Content()
        words = (getattr(node, "HELP", None) for node in self.focused.ancestors_with_self)
        return Content(next(filter(None, words), ""))

    def _write(self, text: str) -> None:
        if not self.is_headless and self._driver is not None:
            self._driver.write(text)


def _alone(binding: Binding) -> Binding:
    """Return a binding that is shown as its own key, where the footer names two that belong together."""
    return replace(binding, key_display=None) if binding.key_display in _PAIRS else binding
