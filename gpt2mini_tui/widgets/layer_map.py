"""The layers of the network over time: where gradients die, where positions become the same, which head has a job."""

from dataclasses import replace
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip

from gpt2mini.probes import PROBES
from gpt2mini_tui.charts.heatmap import Map, draw_map, scale_of, used
from gpt2mini_tui.folds.layers import Layers
from gpt2mini_tui.widgets.painting import Painting

__all__ = ["LayerMap"]

_READABLE = 30
"""Cells below which a sentence is not worth its lines."""


class LayerMap(Painting, can_focus=True):
    """Shows one quantity of every layer as a heatmap, and its latest numbers."""

    BINDING_GROUP_TITLE = "Layers"
    HELP = (
        "Layers down, time to the right, dark is little and bright is much; the number is the latest, or the one at "
        "the cursor. h shows the next quantity, m makes it large, up and down scroll where there are more rows."
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {"map--number", "map--quiet"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", "Up", show=False, id="layers.up", tooltip="The layers above."),
        Binding("down", "scroll_rows(1)", "Down", show=False, id="layers.down", tooltip="The layers below."),
    ]

    def __init__(self, *, margin: int, id: str | None = None) -> None:
        """`margin` is how many cells the charts above keep free on the left."""
        super().__init__(id=id)
        self._margin = margin
        self._shown: object = None
        self._map: Map | None = None
        self._hint = self._meaning = ""
        self._offset = 0

    def show(
        self,
        layers: Layers,
        quantity: int,
        *,
        limits: tuple[float, float],
        is_log_x: bool = False,
        begin: float = 0.0,
        cursor: float | None,
        hint: str,
    ) -> None:
        """Show a quantity between two steps, of a run that began at `begin`; nothing happens if it is as before."""
        now = (layers, layers.count, quantity, limits, is_log_x, begin, cursor, hint)
        if now == self._shown:
            return
        probe = PROBES[quantity]
        columns = layers.values(probe) if layers.labels(probe) else []
        self._shown, self._hint = now, hint
        self._map = Map(
            labels=layers.labels(probe),
            steps=[look.step for look in layers.looks],
            columns=columns,
            scale=scale_of(columns, is_log=probe.is_log),
            x_limits=limits,
            is_log_x=is_log_x,
            begin=begin,
            cursor=cursor,
        )
        self.entitle(Content.styled(probe.caption, "bold"))
        self._meaning = probe.meaning
        self.outdate()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return 0 if self._map is None else len(self._map.labels)

    def action_scroll_rows(self, by: int) -> None:
        """Move over the rows that do not fit."""
        self._offset = min(max(self._offset + by, 0), max(0, self.rows - (self.content_size.height - 1)))
        self.outdate()

    def draw(self, width: int, height: int) -> list[Strip]:
        quiet = self._ink("quiet")
        if self._map is None or not self._map.columns:
            line = self._hint[:width].center(width)
            return [Strip.blank(width)] * (height // 2) + [Strip(Content(line).render_segments(self.visual_style))]
        in_color = not self.app.no_color and not self.app.current_theme.ansi
        shown = replace(self._map, offset=self._offset)
        words = self._words(width, height)
        lines = used(self.rows, height - len(words))  # so that the words stand right below
        picture = draw_map(
            shown,
            width,
            lines,
            margin=self._margin,
            in_color=in_color,
            ink=self._ink("number"),
            quiet=quiet,
        )
        return [*picture, *words, *[Strip.blank(width)] * (height - lines - len(words))]

    def _words(self, width: int, height: int) -> list[Strip]:
        """Return what to look for, in whole lines, where all rows leave room for it."""
        room = width - self._margin
        lines = [] if room < _READABLE else wrap(self._meaning, room)
        if height < self.rows + 1 + len(lines):
            return []
        quiet = self._ink("quiet")
        return [Strip([Segment(" " * self._margin + line, quiet)]).adjust_cell_length(width) for line in lines]

    def _ink(self, role: str) -> Style:
        return self.get_component_rich_style(f"map--{role}", partial=True)
