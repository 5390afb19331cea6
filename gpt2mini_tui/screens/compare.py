"""Runs beside one another: a table of all, the curves of some on one chart, and what makes the difference."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from gpt2mini.labels import NOTEBOOK
from gpt2mini_tui.charts.chart import Chart, Options
from gpt2mini_tui.charts.comparing import LETTERS, differences
from gpt2mini_tui.charts.overlays import CURVES, Curve, curve_chart, limits
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.runs.shelf import RunSummary, Story
from gpt2mini_tui.runs.short_names import short_name
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.labelling import Pointed
from gpt2mini_tui.screens.run_actions import RunsPlace, run_keys
from gpt2mini_tui.screens.run_differences import RunDifferences
from gpt2mini_tui.screens.run_table import COLUMNS, LEGEND, RunTable
from gpt2mini_tui.screens.sieve import why_empty
from gpt2mini_tui.widgets.column_heads import ColumnHeads
from gpt2mini_tui.widgets.filter_line import FilterLine
from gpt2mini_tui.widgets.overlay_chart import OverlayChart
from gpt2mini_tui.widgets.rows import Rows

__all__ = ["ComparePlace"]

_REST = 0.12
"""Seconds that the cursor has to rest before logs are read."""
_TITLES: dict[Curve, tuple[str, str]] = {
    "loss": ("training loss, smoothed", "nats/token"),
    "val": ("validation loss", "nats/token"),
    "difference": ("training loss − {base} at equal steps", "nats/token"),
    "grad": ("gradient norm, smoothed", "log"),
    "answers": ("new problems answered exactly", "share"),
}
_HINTS: dict[Curve, str] = {"val": "nothing validated", "difference": "mark a second run on the same text"}


class ComparePlace(RunsPlace):
    """The table above; below it the chart of the marked runs, and what they differ in."""

    BINDING_GROUP_TITLE = "Compare"
    LEGEND = LEGEND
    MAKES_WAY = "report"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", id="compare.mark", tooltip="Draw this run on the chart, or no longer."),
        Binding("b", "baseline", "Baseline", id="compare.baseline", tooltip="Measure the others against this run."),
        Binding("v", "curve", "Curve", id="compare.curve", tooltip="Losses, their difference, or gradient norms."),
        Binding("s", "sort(1)", "Sort", id="compare.sort", tooltip="Sort by the next column."),
        Binding("S", "reverse", "Reverse", show=False, id="compare.reverse", tooltip="Turn the order round."),
        Binding("u", "unmark", "Unmark all", show=False, id="compare.unmark", tooltip="Take all marks away."),
        *run_keys("compare", in_footer=False),
        Binding("slash", "filter", "Filter", id="compare.filter", tooltip="Show only some of the runs."),
    ]

    _resting: Timer

    def __init__(self, *, id: str = "compare") -> None:
        super().__init__(id=id)
        self._table = RunTable()
        self._differences = RunDifferences()
        self._curve: Curve = "loss"
        self._awaited = ""  # the run that is to be pointed at once it is in the table
        self._last = ""  # the run that was pointed at before a filter left nothing

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield FilterLine(id="compare-filter")
        yield ColumnHeads(id="compare-heads")
        yield Rows(self._table.draw, id="compare-rows", hint="reading the runs")
        with Horizontal(id="compare-below"):
            yield OverlayChart(id="compare-chart")
            with Vertical(id="compare-right"):
                yield Static(id="compare-title", markup=False)
                yield Rows(self._differences.draw, id="compare-side", has_cursor=False)

    def on_mount(self) -> None:
        """Begin with nothing pointed at."""
        self._resting = self.set_timer(_REST, self._read_stories)

    def on_resize(self) -> None:
        """Choose the columns anew, and share out the width below them."""
        self._say_heads()
        self._show_compared()
        self.refresh_bindings()

    def take_up(self, view: Mapping[str, object]) -> None:
        """Sort the table as the last time, and draw the same curve."""
        match view.get("compare"):
            case {"by": str(by), "falls": bool(falls), "curve": str(curve)} if by in COLUMNS and curve in CURVES:
                self._table.by, self._table.falls = by, falls
                self._curve = next(one for one in CURVES if one == curve)

    def _remember(self) -> None:
        kept: dict[str, object] = {"by": self._table.by, "falls": self._table.falls, "curve": self._curve}
        self.post_message(self.Looked({"compare": kept}))

    def enter(self) -> None:
        """Take the focus into the table."""
        self.take_focus(self._rows)

    def compare_with(self, names: list[str]) -> None:
        """Mark these runs and no others, and measure them against the first."""
        self._table.marked, self._table.baseline = names[: len(LETTERS)], names[0]
        self.query_one("#compare-filter", FilterLine).value = ""
        self.look()
        self._marked()

    def refresh_history(self, history: History) -> None:
        """Let the curve of the run that is training grow."""
        if any(story.history is history for story in self._compared()):
            self._show_compared()

    @property
    def current(self) -> RunSummary | None:
        """The run that is pointed at."""
        shown = self._table.shown
        return shown[self._rows.cursor] if self._rows.cursor < len(shown) else None

    def pointed(self) -> Pointed:
        """Return the run of the current line."""
        return self.current, None

    def point_at(self, path: Path) -> None:
        """Point at a run as soon as it is in the table."""
        self._awaited = path.name

    def exported(self) -> list[RunSummary]:
        """Return the marked runs; where none is marked, the current one."""
        marked = [run for name in self._table.marked for run in self._table.runs if run.name == name]
        return marked or super().exported()

    def reported(self) -> list[RunSummary]:
        """Return the baseline, and the marked runs or the current one."""
        base = [run for run in self._table.runs if run.name == self._table.baseline]
        return base + [run for run in self.exported() if run not in base]

    # What is on the disk

    def look(self, *, is_glance: bool = False) -> None:
        """See which runs there are."""
        if not self.is_reading("runs"):
            self.errand("runs", lambda: self.shelf.runs(is_glance=is_glance), self._show_runs)

    def _show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        self._rows.hint = why_empty(runs)
        self.set_class(not runs, "-empty")
        if runs == self._table.runs:
            return
        before = {run.name: run for run in self._table.runs}
        self._table.runs = runs
        known = {run.name for run in runs} | {gone.origin.name for gone in self._trashed}  # letters outlive an undo
        self._table.marked = [name for name in self._table.marked if name in known]
        for run in runs:
            if before.get(run.name) is not run:
                self._table.stories.pop(run.name, None)
        self._arrange()

    def _read_stories(self) -> None:
        """Read the logs of the runs in sight, first of those that are drawn."""
        top = int(self._rows.scroll_offset.y)
        visible = [run.name for run in self._table.shown[top : top + self._rows.size.height] if not run.problem]
        current = [self.current.name] if self.current and not self.current.problem else []
        for name in dict.fromkeys([*self._table.marked, self._table.baseline, *current, *visible]):
            if name and name not in self._table.stories and not self.is_reading(f"story of {name}"):
                self.read_story(name, self._show_story, key=f"story of {name}")

    def _show_story(self, story: Story) -> None:
        self._table.stories[story.name] = story
        self._rows.refresh()
        if self._table.by in ("best", "delta"):
            self._arrange()
        self._show_compared()

    # The table

    def _arrange(self) -> None:
        at = self._last = self.current.name if self.current else self._last
        self._table.arrange()
        names = [run.name for run in self._table.shown]
        if self._awaited in names:
            at, self._awaited = self._awaited, ""
        self._rows.show(len(names), names.index(at) if at in names else None)
        self._say_heads()
        self._point()

    def _say_heads(self) -> None:
        self.query_one(ColumnHeads).show(self._table.heads(self._width), by=self._table.by, falls=self._table.falls)

    @on(Rows.Moved, "#compare-rows")
    def _point(self) -> None:
        self._show_compared()
        self._resting.stop()
        self._resting = self.set_timer(_REST, self._read_stories)

    @on(Rows.Chosen, "#compare-rows")
    def _chosen(self) -> None:
        self.action_mark()

    @on(ColumnHeads.Pressed)
    def _head_pressed(self, event: ColumnHeads.Pressed) -> None:
        if event.key == self._table.by:
            self.action_reverse()
        elif event.key in self._table.sortable(self._width):
            self._sort(event.key)

    def action_sort(self, columns: int) -> None:
        """Sort by the next column."""
        keys = self._table.sortable(self._width)
        place = keys.index(self._table.by) if self._table.by in keys else -columns
        self._sort(keys[(place + columns) % len(keys)])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._table.falls = not self._table.falls
        self._arrange()
        self._remember()

    def _sort(self, key: str) -> None:
        self._table.by, self._table.falls = key, False
        self._arrange()
        self._remember()

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterLine).open()

    @on(Input.Changed, "#compare-filter")
    def _filtered(self, event: Input.Changed) -> None:
        self._table.sieve.text = event.value
        self._arrange()

    @on(Input.Submitted, "#compare-filter")
    def _filter_left(self) -> None:
        self._rows.focus()

    @property
    def _marks(self) -> list[str]:
        """The marked runs that are there."""
        there = {run.name for run in self._table.runs}
        return [name for name in self._table.marked if name in there]

    # What is compared

    def action_mark(self) -> None:
        """Mark the current run, or take its mark away."""
        run = self.current
        if run is None:
            return
        if run.problem:
            self.notify("This run cannot be read, so there is nothing to draw.", severity="warning", markup=False)
        elif not self._table.toggle(run.name):
            most = len(LETTERS)
            self.notify(f"{most} runs are marked, more cannot be told apart.", severity="warning", markup=False)
        self._marked()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self._table.marked.clear()
        self._marked()

    def action_baseline(self) -> None:
        """Measure the others against the current run, or against none."""
        run = self.current
        if run is not None and not run.problem:
            self._table.baseline = "" if self._table.baseline == run.name else run.name
            self._marked()

    def action_curve(self) -> None:
        """Draw training losses, validation losses, how far they are apart, gradient norms, or answers to a task."""
        asks = any(story.history.answered is not None for story in self._compared())
        after = [*CURVES[CURVES.index(self._curve) + 1 :], *CURVES]
        self._curve = next(curve for curve in after if asks or curve != "answers")
        self._show_compared()
        self._remember()

    def _marked(self) -> None:
        self._rows.refresh()
        self._show_compared()
        self._read_stories()

    def _compared(self) -> list[Story]:
        """Return the marked runs as far as they are read; where none is marked, the current one."""
        names = self._marks or ([self.current.name] if self.current else [])
        return [self._table.stories[name] for name in names if name in self._table.stories]

    def _show_compared(self) -> None:
        stories, base = self._compared(), self._table.base
        self._differences.show(stories, self._table.letters(), base)
        is_told = len(stories) > 1 or bool(base and stories)
        self.query_one("#compare-side", Rows).show(len(self._differences.lines) if is_told else 0)
        self.query_one("#compare-side", Rows).display = is_told
        title = self.query_one("#compare-title", Static)
        title.update(self._title(stories))
        title.display = bool(str(title.content))
        tight, most = 13 + 8 * len(stories), int(0.46 * self.size.width)
        roomy = min(self._differences.wanted + 3, self.size.width // 3) if is_told else 0
        right = max(30, min(tight, most), roomy)
        self.query_one("#compare-right").styles.width = right
        self._show_chart(stories, self.size.width - right)

    def _show_chart(self, stories: list[Story], width: int) -> None:
        steps = max((story.history.step for story in stories), default=0)
        is_readable = self.current is not None and not self.current.problem
        is_waiting = bool(self._marks or is_readable) and not stories
        hint = "reading the log" if is_waiting else _HINTS.get(self._curve, "no step taken yet")
        base = self._table.base
        first = base or (stories[0] if stories else None)
        title = _heading(self._curve, first.name if first else "", width - 4)
        chart = curve_chart(stories, self._curve, base) if stories else Chart()
        options = Options(
            x_limits=(0.0, float(max(1, steps))),
            y_limits=limits(chart, self._curve, stories),
            log_y=self._curve == "grad",
            hint=hint if self._table.shown else "",
        )
        self.query_one(OverlayChart).show(chart, title=title, options=options)

    def _title(self, stories: list[Story]) -> str:
        """Return what there is to say about the comparison where the numbers do not say it."""
        if not self._table.shown:
            return ""
        if not self._marks and self.current is not None and self.current.problem:
            return f"It cannot be read: {safe(self.current.problem)}"
        if len(self._marks) < 2:
            return (
                _notebook(self.current) or "Mark runs with space to draw them together and to see what they differ in."
            )
        if len(stories) < len(self._marks):
            return "reading the logs"
        return "" if differences(stories) else "These runs have the same settings."

    @property
    def _rows(self) -> Rows:
        return self.query_one("#compare-rows", Rows)

    @property
    def _width(self) -> int:
        """Cells that a line of the table has for its columns."""
        cells = self._rows.scrollable_content_region.width or self.app.size.width  # none before it is laid out
        return cells - 1


def _heading(curve: Curve, base: str, width: int) -> Content:
    """Return what a chart shows, and in what unit where there is room for it."""
    words, unit = _TITLES[curve]
    words = words.format(base=short_name(base, max(13, width - cell_len(words.format(base="")))))
    fits = cell_len(words) + cell_len(unit) + 2 <= width
    return Content.assemble(words, (f"  {unit}" if fits else "", "dim"))


def _notebook(run: RunSummary | None) -> str:
    """Return what was written beside a run, a line each; nothing where there is nothing."""
    if run is None:
        return ""
    known = [f"{name}: {safe(getattr(run, name))}" for name in NOTEBOOK if getattr(run, name)]
    return "\n".join([*known, *([safe(run.note)] if run.note else [])])
