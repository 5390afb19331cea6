"""The workbench of the Train place: everything that is seen of a run."""

import math
from collections.abc import Iterator
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.timer import Timer
from textual.widgets import Static

from gpt2mini.ablations import SWITCHES
from gpt2mini.experiments.arms import is_arm
from gpt2mini_tui.charts.chart import Options, get_ready
from gpt2mini_tui.charts.curves import (
    NAME,
    answers_chart,
    grad_norm_chart,
    level,
    loss_chart,
    rate_chart,
    reading,
    size,
    speed_chart,
)
from gpt2mini_tui.charts.viewpoint import Viewpoint
from gpt2mini_tui.errands import Errands
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.unfinished import Unfinished
from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.estimates import Pace
from gpt2mini_tui.setup.offers import offers
from gpt2mini_tui.setup.plan import NewRun
from gpt2mini_tui.switches import letter, title
from gpt2mini_tui.widgets.chart_view import ChartView
from gpt2mini_tui.widgets.hyper_parameters import HyperParameters
from gpt2mini_tui.widgets.layer_map import LayerMap
from gpt2mini_tui.widgets.sample_pane import SamplePane
from gpt2mini_tui.widgets.status_header import StatusHeader
from gpt2mini_tui.widgets.switch_panel import SwitchPanel
from gpt2mini_tui.widgets.verdict_line import VerdictLine
from gpt2mini_tui.widgets.welcome import Invitation, Welcome
from gpt2mini_tui.words import rate, share

__all__ = ["Bench"]

_GUTTER = NAME + 1  # cells for the names of the reference lines, the same in all charts so that their steps align
_MARGIN = 6  # cells for the numbers on the left, for the same reason
_BESIDE_TITLE = 2  # cells of its line that a title leaves free
_REST = 0.2  # seconds between two drawings, at least
_APART = 0.04  # seconds between two charts, so that a key press in between need not wait for both
_SHARE = 0.025  # of one core that drawing charts may take; the rest is the trainer's


def _ready() -> Iterator[None]:
    get_ready()
    yield


class Bench(Vertical):
    """Shows a run, or what there would be to see; asks for nothing itself."""

    def __init__(self, plan: NewRun, *, has_runs: bool = False) -> None:
        """`has_runs` tells whether there are any on the disk; how many is found out later."""
        super().__init__()
        self._has_runs = has_runs
        self.runs = 0
        self.unfinished: Unfinished | None = None  # a run of the disk that could go on, where none is open
        self.pace: tuple[tuple[Pace, ...], bool] = (), False  # how fast this machine is; whether that is being measured
        self._latest = History(), plan, ""
        self._awaited: object = None
        self._drawn: object = None  # the history, and how much of it was in it
        self._resting: Timer | None = None
        self._errands = Errands("chart-importer")
        self._will_draw = False  # whether what draws curves is imported, or about to be
        self.view = Viewpoint()
        self.behind: History | None = None  # another run, drawn behind this one
        self._front = ""  # the name of this one

    def compose(self) -> ComposeResult:
        yield StatusHeader(id="status")
        with Horizontal():
            with Vertical(id="left"):
                yield SwitchPanel(id="switches")
                with VerticalScroll(id="facts-scroll", can_focus=False):
                    yield HyperParameters(id="facts")
                yield Static(classes="about", markup=False)
            with Vertical(id="right"):
                yield Welcome()
                with Vertical(id="charts"):
                    yield ChartView(id="loss-chart", can_focus=True)
                    yield ChartView(id="grad-chart", can_focus=True)
                    yield VerdictLine(id="verdict")
                with Vertical(id="insight"):
                    yield Static(classes="about", markup=False)
                    yield LayerMap(margin=_MARGIN, id="layers")
                    yield SamplePane(id="samples")

    def on_mount(self) -> None:
        self.query_one("#facts-scroll").border_title = Content("hyper-parameters")
        self._explain(self.switches.chosen)
        self._lay_out()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._errands.close()

    @property
    def switches(self) -> SwitchPanel:
        """The panel on the left."""
        return self.query_one(SwitchPanel)

    @property
    def is_empty(self) -> bool:
        """Whether it invites to a run in place of showing one."""
        return self.has_class("-empty")

    def show(self, history: History, plan: NewRun, *, wish: str) -> None:
        """Show how a run stands; `plan` is what would be started next, `wish` what was asked and is not done yet.

        What somebody waits for is shown at once. New numbers wait until the charts have rested, so that all that is
        seen is of the same step, and drawing leaves the cores to the trainer.
        """
        self._latest = history, plan, wish
        self._part_from_cards(history.run)
        if history.status != "idle" and not self._will_draw:  # a run is being prepared, or there is one
            self._will_draw = True
            self._errands.run("ready", _ready, lambda _: None, lambda _: None)
        events = len(history.flips), len(history.adjustments)
        awaited = (history, history.status, history.doing, events, plan, wish, self.unfinished, self.runs, self.pace)
        if awaited != self._awaited or self._resting is None:
            self._awaited = awaited
            self._draw()

    def look(self, view: Viewpoint) -> None:
        """Look at the run in another way, at once."""
        if view != self.view:
            self.view = view
            self._lay_out()
            self._show_loss(self._latest[0])
            self._show_rest()

    def compare_with(self, other: History | None) -> None:
        """Draw another run behind this one, or none."""
        self.behind = other
        self._show_loss(self._latest[0])

    def _part_from_cards(self, run: str) -> None:
        """Take away what was drawn behind the run before where any of the three is an experiment's, or two are one."""
        if run == self._front:
            return
        before, self._front = self._front, run
        if self.behind is not None and (run == self.behind.run or any(map(is_arm, (before, run, self.behind.run)))):
            self.behind = None

    def _lay_out(self) -> None:
        """Show the layers or the curves, and let one part fill the screen, or none."""
        self.set_class(self.view.has_layers, "-layers")
        part = self.query_one(f"#{self.view.large}") if self.view.large and not self.is_empty else None
        for widget in self.query("ChartView, LayerMap, SamplePane"):
            widget.set_class(widget is part, "-large")
        for box in self.query("#charts, #insight"):
            box.set_class(part is not None and part.parent is box, "-holds")
        self.set_class(part is not None, "-maximised")

    def _draw(self) -> None:
        history, plan, wish = self._latest
        self._drawn = (history, history.version)
        was_empty = self.is_empty
        self.set_class(not history.run and history.status != "preparing", "-empty")
        if self.is_empty != was_empty:
            self._lay_out()
        self.set_class(history.status == "failed", "-failed")
        name = plan.name or ("no run open" if self._has_runs else "")
        self.query_one(StatusHeader).show(history, wish=wish, name=name)
        self.query_one(VerdictLine).show(history)
        if self.has_class("-empty"):
            self._invite(plan)
        self.query_one(SamplePane).show(history)
        self._show_settings(history, plan)
        self._show_loss(history)
        self.set_timer(_APART, self._show_rest)
        if self._resting is None:
            costs = sum(view.cost for view in self.query(ChartView)) + self.query_one(LayerMap).cost
            self._resting = self.set_timer(max(_REST, costs / _SHARE), self._rested)

    def _invite(self, plan: NewRun) -> None:
        paces, is_measuring = self.pace
        there = offers(plan, paces)
        self.query_one(Welcome).show(
            Invitation(offers=there, is_measuring=is_measuring, runs=self.runs, unfinished=self.unfinished)
        )

    def _rested(self) -> None:
        self._resting = None
        history, _, _ = self._latest
        if (history, history.version) != self._drawn:
            self._draw()

    def _show_settings(self, history: History, plan: NewRun) -> None:
        """Show those of the run that trains; where `s` would start another one, exactly what it starts."""
        panel = self.switches
        config = (history.is_under_way and history.config) or plan.config
        shown = history.ablations if history.is_live else config.ablations
        is_elsewhere = history.is_watched and history.is_under_way
        of = " of the next run" if history.has_ended else ", read-only" if is_elsewhere else ""
        panel.show(shown, title=f"switches{of}")
        if not history.is_under_way or is_elsewhere:
            panel.forget_asked()
        facts, title = self.query_one("#facts-scroll"), f"settings{of}" if of else "hyper-parameters"
        if facts.border_title != title:  # to set it, even to what it is, draws the whole box anew
            facts.border_title = Content(title)
        self.query_one(HyperParameters).show(config, shown)

    def _show_loss(self, history: History) -> None:
        chart = self.query_one("#loss-chart", ChartView)
        options = replace(self._options(history), log_y="loss" in self.view.log)
        chart.show(loss_chart(history, self.view, self.behind), title=self._loss_title(history), options=options)

    def _loss_title(self, history: History) -> Content:
        if self.view.cursor is not None:
            return self._reading_title(history, self.view.cursor)
        title = Content.assemble("loss ", (level(history.loss.smoothed.y), "bold $chart-loss"))
        if history.validations:
            val = level(history.last_val) if math.isfinite(history.last_val) else "not finite"
            title = Content.assemble(title, "  val ", (val, "bold $chart-val"))
        unit = "nats per token, log" if "loss" in self.view.log else "nats per token"
        behind = f"  behind it: {safe(self.behind.run)}" if self.behind is not None else ""
        return Content.assemble(title, (f"  {unit}{behind}", "dim"))

    def _reading_title(self, history: History, cursor: float) -> Content:
        """Return what the cursor reads out, as much of it as is whole in a title."""
        pairs = [Content.assemble((f"{name} ", "dim"), (value, "bold")) for name, value in reading(history, cursor)]
        title, *others = pairs
        for more in (*others, Content.assemble(("Esc", "bold"), " lets go")):
            longer = Content.assemble(title, " ", more)
            if longer.cell_length > self.query_one("#loss-chart").size.width - _BESIDE_TITLE:
                break
            title = longer
        return title

    def _show_rest(self) -> None:
        """Show the chart below the loss, and the layers."""
        history, view = self._latest[0], self.view
        curve, answered = view.below(history), history.answered
        kinds = {
            "answers": (answers_chart, "exact answers ", share(math.nan if answered is None else answered.exact)),
            "gradient": (grad_norm_chart, "gradient norm ", size(history.grad_norm.smoothed.y)),
            "rate": (rate_chart, "learning rate ", size(history.lr.last.y)),
            "speed": (speed_chart, "speed ", rate(history.tokens_per_second.smoothed.y)),
        }
        draw, name, value = kinds[curve]
        title = Content.assemble(name, (value, "bold $chart-val" if curve == "answers" else "bold $chart-grad"))
        options = replace(self._options(history), log_y=curve in view.log)
        if curve == "answers" and answered is not None:
            title = Content.assemble(title, (f"  of {answered.problems} new problems, in %", "dim"))
            options = replace(options, log_y=False, y_limits=(0.0, 100.0))
        self.query_one("#grad-chart", ChartView).show(draw(history, view), title=title, options=options)
        self.query_one(LayerMap).show(
            history.layers,
            view.quantity,
            limits=view.window(history),
            is_log_x=view.is_log_x,
            begin=history.begun,
            cursor=view.cursor,
            hint="The layers are looked at with the first step." if history.step == 0 else "Nothing was looked at yet.",
        )

    def _options(self, history: History) -> Options:
        hint = f"{history.doing}…" if history.status == "preparing" else "the first step is under way"
        return Options(
            x_limits=self.view.window(history),
            log_x=self.view.is_log_x,
            cursor=self.view.cursor,
            gutter=_GUTTER,
            margin=_MARGIN,
            hint=hint,
        )

    def _explain(self, name: str) -> None:
        spec = SWITCHES[name]
        words = Content.assemble(spec.help, " ", (spec.expect, "$foreground-muted"))
        for about in self.query(".about").results(Static):
            about.border_title = Content(f"{letter(name)} {title(name)}")
            about.update(words)

    def on_switch_panel_chosen(self, event: SwitchPanel.Chosen) -> None:
        event.stop()
        self._explain(event.name)

    def on_chart_view_pointed(self, event: ChartView.Pointed) -> None:
        event.stop()
        self.look(self.view.pointing(self._latest[0], event.step))

    def on_chart_view_zoomed(self, event: ChartView.Zoomed) -> None:
        event.stop()
        self.look(self.view.zoomed(event.by))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.set_class(isinstance(event.widget, SwitchPanel), "-choosing")

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        if isinstance(event.widget, SwitchPanel):
            self.remove_class("-choosing")
