"""A chart of several runs."""

from typing import ClassVar

from gpt2mini_tui.widgets.chart_view import ChartView
from gpt2mini_tui.widgets.run_colors import RUN_CLASSES, run_css

__all__ = ["OverlayChart"]


class OverlayChart(ChartView):
    """A chart with a colour for each of six runs."""

    DEFAULT_CSS = run_css("OverlayChart", "chart")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{name}" for name in RUN_CLASSES}
