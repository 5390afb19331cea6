"""Leaving, whoever asks for it: the run that trains is saved first, and the terminal is given back whatever happens."""

import os
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini.errors import ExitCode
from gpt2mini.paths import Home
from gpt2mini_tui.live.signals import Signals, is_terminal_gone, leave_after
from gpt2mini_tui.personal.habits import Habits
from gpt2mini_tui.routing import RoutingApp
from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.plan import PlayCard, ResumeRun

if TYPE_CHECKING:
    from gpt2mini_tui.folds.history import History
    from gpt2mini_tui.live.bridge import Bridge
    from gpt2mini_tui.live.session import Session

__all__ = ["LeavingApp"]

PATIENCE = 10.0
"""Seconds that leaving waits for the final save before it gives the terminal back."""


class LeavingApp(RoutingApp):
    """An app with a run that may be under way; `run` returns the exit code."""

    def __init__(self, home: Home, habits: Habits, folder: Path | None) -> None:
        """`folder` is where to remember habits; None remembers nothing."""
        super().__init__(habits, folder)
        self.home = home
        self._view: dict[str, object] = dict(habits.view)
        self._leaving: ExitCode | None = None
        self._leave_by = 0.0
        self._signals = Signals(self._leave, self._abandon)

    @cached_property
    def session(self) -> "Session":
        """The run that is under way."""
        from gpt2mini_tui.live.session import Session

        return Session(self.home)

    @property
    def bridge(self) -> "Bridge":
        """The way to the training thread."""
        return self.session.bridge

    @property
    def history(self) -> "History":
        """Of the run that is training now, or was the last to."""
        return self.session.history

    @property
    def is_leaving(self) -> bool:
        """Whether nothing more is begun."""
        return self._leaving is not None

    def on_mount(self) -> None:
        """Listen to what other programs ask for."""
        if not self.is_headless:
            self._signals.listen()

    def on_unmount(self) -> None:
        """Whatever happened to the app, let the trainer save; the terminal has been given back already."""
        self.bridge.close(0.0 if self.is_leaving else PATIENCE)
        if not self.is_headless:
            self._signals.ignore()

    async def action_quit(self) -> None:
        """Save and leave."""
        self._leave(ExitCode.OK)

    def action_interrupt(self) -> None:
        """Copy what is selected; where nothing is, save and leave."""
        selected = self.screen.get_selected_text() or getattr(self.focused, "selected_text", "")
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
        else:
            self._leave(ExitCode.OK)

    def leave_once_saved(self) -> None:
        """Leave if that is wanted and the run is saved, or has taken too long."""
        if self._leaving is not None and (not self.bridge.is_running or time.monotonic() > self._leave_by):
            self._leave_now(self._leaving)

    def _leave(self, code: ExitCode) -> None:
        """Stop, save, and leave once that is done. Asking again changes nothing."""
        if self._leaving is not None:
            return
        self._leaving = code
        self._leave_by = time.monotonic() + PATIENCE
        if not self.bridge.is_running:
            self._leave_now(code)
            return
        self.bridge.stop()
        from gpt2mini_tui.screens.leaving import LeavingScreen

        self.push_screen(LeavingScreen())

    def _leave_now(self, code: ExitCode) -> None:
        from rich.text import Text

        self.keep_habits(self._view, self.place.id or "")
        self.session.close()
        self.restore_title()
        last = self._last_words()
        self.exit(int(code), return_code=int(code), message=Text(safe(last, lines=True)) if last else None)

    def _last_words(self) -> str:
        """Return what is told below the prompt: how to go on, and what still waits."""
        history, last = self.history, ""
        if self.bridge.is_running:
            last = f"{history.run or 'The run'} is still saving."
        elif history.saved is not None and history.status == "stopped":
            last = f"{history.run} is saved at step {history.saved.x:,.0f} of {history.steps:,}. Go on with:\n"
            plan = self.session.plan
            last += f"  {(plan if isinstance(plan, PlayCard) else ResumeRun(name=history.run)).command()}"
        if self.session.queue:
            fate = "Waits for the next time" if self.session.is_kept else "Not started any more"
            last += "\n  ".join([f"\n{fate}:", *(plan.command() for plan in self.session.queue)])
        return last

    def _abandon(self, code: ExitCode) -> None:
        """Leave without the loop, which may never come round again."""
        if code is ExitCode.HANGUP:
            self.bridge.close(PATIENCE)
        if self._driver is not None and not is_terminal_gone():
            leave_after(1.0, code)
            self._driver.stop_application_mode()
            self._driver.close()
        os._exit(int(code))
