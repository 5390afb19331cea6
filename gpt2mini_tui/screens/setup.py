"""A run to be made, as a form: every setting there is, and at its side what they come to on this machine."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Footer, Static

from gpt2mini.cores import usable_cores
from gpt2mini.errors import LabError, UsageError
from gpt2mini.paths import Home
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.setup_facts import asked, facts
from gpt2mini_tui.screens.setup_reader import Known, TextFacts, measure, paces, read_text
from gpt2mini_tui.setup.estimates import Pace, is_told
from gpt2mini_tui.setup.form import NAME, SECTIONS, Field, Form, written
from gpt2mini_tui.setup.plan import ForkRun, NewRun
from gpt2mini_tui.setup.presets import PRESETS, preset_of
from gpt2mini_tui.widgets.form_view import FormLine, FormView
from gpt2mini_tui.widgets.particulars import Particulars

__all__ = ["SetupScreen"]

_PRESET = "preset"
_OWN = "own"
_REST = 0.4
"""Seconds without a key before a text is read."""
_COLLECT = 1 / 20


class SetupScreen(ModalScreen[NewRun | ForkRun | None]):
    """Gives the plan once it is sound and asked for; Escape gives none."""

    CSS_PATH = "setup.tcss"
    AUTO_FOCUS = "#setup-form"
    BINDING_GROUP_TITLE = "New run"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "Start", id="setup.start", priority=True, tooltip="Train this run, or queue it."),
        Binding("f3", "pick", "Texts", id="setup.texts", tooltip="Choose from the texts that are here."),
        Binding("ctrl+y", "copy", "Copy command", id="setup.copy", tooltip="Copy the command that does the same."),
        Binding("escape", "dismiss(None)", "Cancel", id="setup.cancel", tooltip="Start nothing."),
    ]

    def __init__(self, form: Form, home: Home, *, title: str, measures: bool = False) -> None:
        """`title` says what this is; with `measures`, a machine that nothing is known of is measured."""
        super().__init__()
        self._form, self._home, self._title = form, home, title
        self._errands = Errands("setup-reader")
        self._known = Known(threads=form.threads or usable_cores())
        self._measures = measures
        self._preset = _OWN
        self._problems: dict[str, str] = {}
        self._wanted = ""  # the text that is being read
        self._resting: Timer | None = None

    def compose(self) -> ComposeResult:
        """Make the two halves."""
        with Vertical(id="setup"):
            with Horizontal(id="setup-body"):
                yield FormView(self._lines(), id="setup-form")
                with Vertical(id="setup-right"):
                    with VerticalScroll(id="setup-facts", can_focus=False):
                        yield Particulars(id="setup-known")
                    with VerticalScroll(id="setup-command", can_focus=False):  # in sight whatever stands above it
                        yield Particulars(id="setup-asked")
            yield Static(id="setup-help", markup=False)
        yield Footer(compact=True)

    def _lines(self) -> list[FormLine]:
        lines = [FormLine(NAME, "name", hint="automatic")]
        if self._form.fork is None:
            lines.insert(0, FormLine(_PRESET, "preset", [*PRESETS, _OWN]))
        for title, section in SECTIONS.items():
            own = [_line(one) for one in section if one in self._form.fields]
            lines += [FormLine("", ""), FormLine("", title), *own] if own else []
        return lines

    def on_mount(self) -> None:
        """Begin to read the text, and look how fast this machine is."""
        self.query_one("#setup").border_title = Content(safe(self._title))
        self.set_interval(_COLLECT, self._errands.drain)
        self._errands.run("pace", lambda: paces(self._home), self._show_paces, self._give_up_pace)
        self._read_text()
        self._refresh()

    @property
    def _view(self) -> FormView:
        return self.query_one(FormView)

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._wanted = ""
        self._errands.close()

    # What is typed

    @on(FormView.Edited)
    def _edited(self, event: FormView.Edited) -> None:
        if event.key == NAME:
            self._form.name = event.text
        elif event.key == _PRESET:
            if event.text in PRESETS:
                self._form.apply(PRESETS[event.text][1])
        else:
            self._form.texts[event.key] = event.text
            if event.key.startswith("data."):
                self._rest()
        self._refresh()

    @on(FormView.Entered)
    def _entered(self, event: FormView.Entered) -> None:
        if event.key == "data.data" and self._known.text is not None and self._known.text.asks:
            self._read_text(is_asked=True)

    @on(FormView.Reached)
    def _reached(self) -> None:
        self._say_help()

    # The text

    def _rest(self) -> None:
        """Read the text once no key has been pressed for a moment."""
        if self._resting is not None:
            self._resting.stop()
        self._wanted = ""
        self._known = replace(self._known, text=None, problem="")
        self._resting = self.set_timer(_REST, self._read_text)

    def _read_text(self, *, is_asked: bool = False) -> None:
        try:
            data = self._form.data()
        except UsageError as error:
            self._say_text_problem(error)
            return
        self._wanted = wanted = repr(data)

        def read() -> Iterator[TextFacts | None]:
            given_up = lambda: self._wanted != wanted  # noqa: E731  # asked between two chunks, in the thread
            return read_text(data, self._home, is_asked=is_asked, stop=given_up)

        self._errands.run("text", read, self._show_text, self._say_text_problem)

    def _show_text(self, text: TextFacts) -> None:
        self._known = replace(self._known, text=text, problem="")
        self._refresh()

    def _say_text_problem(self, error: LabError) -> None:
        self._known = replace(self._known, text=None, problem=str(error))
        self._refresh()

    def _show_paces(self, found: tuple[Pace, ...]) -> None:
        is_measuring, self._measures = self._measures and not is_told(found), False
        if is_measuring:
            self._errands.run("measure", lambda: measure(self._home), self._show_paces, self._give_up_pace)
        self._known = replace(self._known, paces=found, is_measuring=is_measuring)
        self._refresh()

    def _give_up_pace(self, error: LabError) -> None:
        """Say why nobody knows how fast this machine is; that keeps no run from being started."""
        self.notify(safe(error), severity="warning", markup=False)
        self._known = replace(self._known, is_measuring=False)
        self._refresh()

    # What is seen

    def _refresh(self) -> None:
        self._preset = preset_of(self._form)
        self._problems = self._form.problems
        bad = {*self._problems, *(["data.data"] if self._known.problem else [])}
        self._view.show({_PRESET: self._preset, NAME: self._form.name, **self._form.texts}, frozenset(bad))
        self.query_one("#setup-known", Particulars).show(facts(self._form, self._known))
        known = asked(self._form, self._known)
        self.query_one("#setup-asked", Particulars).show(known)
        self.query_one("#setup-command").display = bool(known)
        self._say_help()

    def _say_help(self) -> None:
        self.query_one("#setup-help", Static).update(self._help(self._view.current.key))

    def _help(self, key: str) -> Content:
        problem = self._problems.get(key, "") or (self._known.problem if key == "data.data" else "")
        if problem:
            return Content.styled(safe(problem), "$text-error bold")
        if key == _PRESET:
            return Content(PRESETS[self._preset][0] if self._preset in PRESETS else "As the fields below say.")
        if key == NAME:
            return Content("What the run is called; left empty, it is the text and a number.")
        one = next((one for one in self._form.fields if one.key == key), None)
        if one is None:
            return Content()
        return Content.assemble(
            (one.spec.flag, "bold"), "  ", one.spec.help, " ", (one.spec.expect, "$foreground-muted")
        )

    # What is done

    def action_start(self) -> None:
        """Give the plan, with everything that was typed before."""
        self._view.submit()

    @on(FormView.Submitted)
    def _submitted(self) -> None:
        """Give the plan, if nothing is wrong with it."""
        problem = next(iter(self._form.problems.values()), "") or self._known.problem
        if problem:
            self.notify(safe(problem), severity="warning", markup=False)
        else:
            self.dismiss(self._form.plan())

    def action_copy(self) -> None:
        """Copy the command that makes the same run."""
        if not self._form.problems:
            self.app.copy_to_clipboard(self._form.plan().command())
            self.notify("The command is in the clipboard.", markup=False)

    def action_pick(self) -> None:
        """Choose from the texts that are here."""
        from gpt2mini_tui.screens.text_picker import TextPicker

        def take(source: str | None) -> None:
            if source is not None:
                self._form.texts["data.data"] = source
                self._view.go_to("data.data")
                self._rest()
                self._refresh()

        self.app.push_screen(TextPicker(self._home), take)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the texts only where they can be chosen."""
        return self._form.fork is None if action == "pick" else super().check_action(action, parameters)


def _line(one: Field) -> FormLine:
    hint = "automatic" if one.spec.optional else "a line break" if one.spec.name == "sample_prompt" else ""
    return FormLine(one.key, one.label, one.choices, written(one.spec.default), hint)
