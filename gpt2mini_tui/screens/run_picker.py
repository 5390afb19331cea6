"""A list of the runs on the disk, to choose one that is drawn behind the run in front."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from gpt2mini.errors import LabError
from gpt2mini.runs import RunSummary, Store
from gpt2mini_tui import words
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.runs.shelf import Shelf, Story
from gpt2mini_tui.runs.short_names import short_name
from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.rows import Cell, Rows

__all__ = ["RunPicker"]

_COLLECT = 0.05  # seconds


class RunPicker(ModalScreen[Story | None]):
    """Gives the story of the run that was chosen, None for none."""

    DEFAULT_CSS = """
    RunPicker { align: center middle; }
    #run-picker { width: 70; max-width: 90%; height: 70%; padding: 0 1; background: $surface; border: round $rule; }
    #run-picker Rows { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "None", id="behind.none", tooltip="Draw no run behind this one."),
        Binding("enter", "choose", "Choose", id="behind.choose", tooltip="Draw this run behind the one in front."),
    ]

    def __init__(self, store: Store, *, but: str) -> None:
        """`but` is the run that is in front."""
        super().__init__()
        self._shelf, self._but = Shelf(store), but
        self._errands = Errands("run-picker")
        self._runs: list[RunSummary] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="run-picker"):
            yield Rows(self._draw)

    def on_mount(self) -> None:
        box = self.query_one("#run-picker")
        box.border_title, box.border_subtitle = Content("draw behind it"), Content("Enter chooses, Escape none")
        rows = self.query_one(Rows)
        rows.hint = "There is no other run yet."
        rows.focus()
        self._errands.run("runs", self._shelf.runs, self._show, self._fail)
        self.set_interval(_COLLECT, self._errands.drain)

    def on_unmount(self) -> None:
        self._errands.close()

    def action_choose(self) -> None:
        """Read the run that is pointed at."""
        if self._runs:
            name = self._runs[self.query_one(Rows).cursor].name
            self._errands.run("story", lambda: self._shelf.story(name), self._take, self._fail)

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def _take(self, story: Story) -> None:
        self.dismiss(story)

    def _show(self, runs: tuple[RunSummary, ...]) -> None:
        self._runs = [run for run in runs if run.name != self._but]
        self.query_one(Rows).show(len(self._runs))

    def _fail(self, error: LabError) -> None:
        self.notify(safe(error), severity="error", markup=False)

    def _draw(self, index: int, width: int) -> list[Cell]:
        run = self._runs[index]
        return [
            Cell(f" {short_name(run.name, width - 44)}", max(0, width - 42), "strong"),
            Cell(words.switches(run.changed), 22, "dim"),
            Cell(f"{run.step:,}", 9, is_right=True),
            Cell(words.loss(run.val_loss, is_measured=run.is_validated), 10, is_right=True),
        ]
