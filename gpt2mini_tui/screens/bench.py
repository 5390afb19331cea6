"""The workbench of the Train place: everything that is seen of a run."""

from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.timer import Timer
from textual.widgets import Static

from gpt2mini.ablations import SWITCHES
from gpt2mini_tui.chart import Options
from gpt2mini_tui.curves import grad_norm_chart, horizon, level, loss_chart, size
from gpt2mini_tui.history import History
from gpt2mini_tui.plan import NewRun
from gpt2mini_tui.switches import letter, title
from gpt2mini_tui.widgets.chart_view import ChartView
from gpt2mini_tui.widgets.hyper_parameters import HyperParameters
from gpt2mini_tui.widgets.sample_pane import SamplePane
from gpt2mini_tui.widgets.status_header import StatusHeader
from gpt2mini_tui.widgets.switch_panel import SwitchPanel
from gpt2mini_tui.widgets.verdict_line import VerdictLine
from gpt2mini_tui.widgets.welcome import Welcome

__all__ = ["Bench"]

_GUTTER = 9  # cells for the names of the reference lines, the same in both charts so that their steps align
_REST = 0.2  # seconds between two drawings, at least
_APART = 0.04  # seconds between the two charts, so that a key press in between need not wait for both
_SHARE = 0.025  # of one core that drawing charts may take; the rest is the trainer's


class Bench(Vertical):
    """Shows a run, or what there would be to see; asks for nothing itself."""

    def __init__(self, plan: NewRun) -> None:
        super().__init__()
        self._latest = History(), plan, ""
        self._awaited: object = None
        self._drawn: object = None  # the history, and how much of it was in it
        self._resting: Timer | None = None

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
                yield ChartView(id="loss-chart")
                yield ChartView(id="grad-chart")
                yield VerdictLine(id="verdict")
                yield Static(classes="about", markup=False)
                yield SamplePane(id="samples")

    def on_mount(self) -> None:
        self.query_one("#facts-scroll").border_title = Content("hyper-parameters")
        self._explain(self.switches.chosen)

    @property
    def switches(self) -> SwitchPanel:
        """The panel on the left."""
        return self.query_one(SwitchPanel)

    def show(self, history: History, plan: NewRun, *, wish: str) -> None:
        """Show how a run stands; `plan` is what would be started next, `wish` what was asked and is not done yet.

        What somebody waits for is shown at once. New numbers wait until the charts have rested, so that all that is
        seen is of the same step, and drawing leaves the cores to the trainer.
        """
        self._latest = history, plan, wish
        awaited = (history, history.status, history.doing, len(history.flips), plan, wish)
        if awaited != self._awaited or self._resting is None:
            self._awaited = awaited
            self._draw()

    def _draw(self) -> None:
        history, plan, wish = self._latest
        self._drawn = (history, history.version)
        self.set_class(not history.run and history.status != "preparing", "-empty")
        self.set_class(history.status == "failed", "-failed")
        self.query_one(StatusHeader).show(history, wish=wish, name=plan.name)
        self.query_one(VerdictLine).show(history)
        self.query_one(Welcome).show(plan)
        self.query_one(SamplePane).show(history)
        self._show_settings(history, plan)
        self._show_loss(history)
        self.set_timer(_APART, self._show_grad_norm)
        if self._resting is None:
            costs = sum(view.cost for view in self.query(ChartView))
            self._resting = self.set_timer(max(_REST, costs / _SHARE), self._rested)

    def _rested(self) -> None:
        self._resting = None
        history, _, _ = self._latest
        if (history, history.version) != self._drawn:
            self._draw()

    def _show_settings(self, history: History, plan: NewRun) -> None:
        panel = self.switches
        shown = history.ablations if history.is_live else plan.config.ablations
        panel.show(shown, title="switches of the next run" if history.has_ended else "switches")
        if not history.is_under_way:
            panel.forget_asked()
        self.query_one(HyperParameters).show(history.config or plan.config, shown)

    def _show_loss(self, history: History) -> None:
        title = Content.assemble("loss ", (level(history.loss.smoothed.y), "bold $chart-loss"))
        if history.validations:
            title = Content.assemble(title, "  val ", (level(history.last_val), "bold $chart-val"))
        title = Content.assemble(title, ("  nats per token", "dim"))
        self.query_one("#loss-chart", ChartView).show(loss_chart(history), title=title, options=_options(history))

    def _show_grad_norm(self) -> None:
        history, _, _ = self._latest
        title = Content.assemble("gradient norm ", (size(history.grad_norm.smoothed.y), "bold $chart-grad"))
        options = replace(_options(history), log_y=True)
        self.query_one("#grad-chart", ChartView).show(grad_norm_chart(history), title=title, options=options)

    def _explain(self, name: str) -> None:
        spec = SWITCHES[name]
        words = Content.assemble(spec.help, " ", (spec.expect, "$foreground-muted"))
        for about in self.query(".about").results(Static):
            about.border_title = Content(f"{letter(name)} {title(name)}")
            about.update(words)

    def on_switch_panel_chosen(self, event: SwitchPanel.Chosen) -> None:
        event.stop()
        self._explain(event.name)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.set_class(isinstance(event.widget, SwitchPanel), "-choosing")

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        if isinstance(event.widget, SwitchPanel):
            self.remove_class("-choosing")


def _options(history: History) -> Options:
    hint = f"{history.doing}…" if history.status == "preparing" else "the first step is under way"
    return Options(x_limits=horizon(history), gutter=_GUTTER, hint=hint)
