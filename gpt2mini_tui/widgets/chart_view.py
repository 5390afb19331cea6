"""A chart in the terminal, drawn again only when what it shows has changed."""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from gpt2mini_tui.charts.chart import Chart, Colors, Options, render, step_at
from gpt2mini_tui.widgets.painting import Painting

__all__ = ["ChartView"]


class ChartView(Painting):
    """Shows the chart it was last given. The colour of a line names a component class: `loss` is `.chart--loss`."""

    BINDING_GROUP_TITLE = "Chart"
    HELP = (
        "A chart of the run. left and right move a cursor that reads the numbers out, + and - zoom, 0 shows the whole "
        "run, l makes the axis logarithmic, [ and ] smooth less or more, m makes the chart large. A click points."
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--axis",
        "chart--reference",
        "chart--marker",
        "chart--alarm",
        "chart--cursor",
        "chart--loss",
        "chart--val",
        "chart--grad",
        "chart--behind",
    }

    @dataclass
    class Pointed(Message):
        """The mouse chose a step."""

        step: float

    @dataclass
    class Zoomed(Message):
        """The mouse wheel wants to see less of the run, or more."""

        by: int

    def __init__(self, options: Options = Options(), *, id: str | None = None, can_focus: bool = False) -> None:
        super().__init__(id=id)
        self.can_focus = can_focus
        self._options = options
        self._chart = Chart()

    def show(self, chart: Chart, *, title: Content, options: Options) -> None:
        """Show another chart; nothing happens if it is the same."""
        self.entitle(title)
        if (chart, options) != (self._chart, self._options):
            self._chart, self._options = chart, options
            self.outdate()

    def draw(self, width: int, height: int) -> list[Strip]:
        return render(self._colored(), width, height, self._colored_options())

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            width, height = self.content_size
            self.post_message(self.Pointed(step_at(self._chart, width, height, self._options, offset.x)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Zoomed(1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Zoomed(-1))

    def _colored(self) -> Chart:
        lines = tuple(replace(line, color=self._color(line.color)) for line in self._chart.lines)
        pins = tuple(replace(pin, color=self._color(pin.color)) for pin in self._chart.pins)
        return replace(self._chart, lines=lines, pins=pins)

    def _colored_options(self) -> Options:
        names = ("axis", "reference", "marker", "alarm", "cursor")
        colors = Colors(**{name: self._color(name) for name in names})
        return replace(self._options, colors=colors, in_color=not self.app.no_color)

    def _color(self, role: str) -> str:
        return self.get_component_styles(f"chart--{role}").color.css if role else ""
