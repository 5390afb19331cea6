"""What is known about something, a line each: a name, and a value that is broken into lines where it is long."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.flow import Flow
from gpt2mini_tui.widgets.rows import TONES, Tone, tones_css

__all__ = ["Fact", "Particulars"]


class Fact(NamedTuple):
    """A name and a value."""

    name: str
    value: str
    tone: Tone = ""


class Particulars(Widget):
    """A column of names and a column of values."""

    DEFAULT_CSS = "Particulars { height: auto; }" + tones_css("Particulars")
    COMPONENT_CLASSES: ClassVar[set[str]] = TONES

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: tuple[Fact, ...] = ()
        self._broken: tuple[int, list[Fact]] = (0, [])

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these facts and no others; one without a value is left out."""
        kept = tuple(fact for fact in facts if fact.value)
        if kept != self._facts:
            self._facts = kept
            self._broken = (0, [])
            self.refresh(layout=True)

    @property
    def text(self) -> str:
        """Everything that is shown, a line for each fact."""
        return "\n".join(f"{fact.name}: {safe(fact.value)}" for fact in self._facts)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines it takes at a width."""
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        base, width = self.rich_style, self.size.width
        lines = self._lines(width)
        if y >= len(lines):
            return Strip.blank(width, base)
        line = lines[y]
        ink = base + self.get_component_rich_style(f"rows--{line.tone}", partial=True) if line.tone else base
        name = Segment(line.name, base + self.get_component_rich_style("rows--dim", partial=True))
        return Strip([name, Segment(line.value, ink)]).adjust_cell_length(width, base)

    def _lines(self, width: int) -> list[Fact]:
        """Return the facts broken into lines; all but the first of a fact have no name."""
        if self._broken[0] != width:
            indent = max((len(fact.name) for fact in self._facts), default=0) + 2
            self._broken = (width, [line for fact in self._facts for line in _break(fact, indent, width)])
        return self._broken[1]


def _break(fact: Fact, indent: int, width: int) -> list[Fact]:
    flow = Flow(max(8, width - indent))
    flow.add(safe(fact.value), 0)
    names = [set_cell_size(fact.name, indent), *[" " * indent] * (len(flow) - 1)]
    texts = ["".join(run.text for run in flow.line(index)) for index in range(len(flow))]
    return [Fact(name, text, fact.tone) for name, text in zip(names, texts, strict=True)]
