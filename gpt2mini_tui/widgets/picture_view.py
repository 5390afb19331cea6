"""A picture of a view, with something that is pointed at; it is drawn anew only when something has changed."""

from dataclasses import dataclass, replace
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures import Look, Picture, picture_of
from gpt2mini_tui.pictures.palette import DARK, LIGHT, PLAIN, Palette
from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.flow import Flow
from gpt2mini_tui.xray.seen import Seen

__all__ = ["PictureView"]

_FAR = 10**6  # as far as one can point: every picture takes it for its last row or column


class PictureView(Widget, can_focus=True):
    """Draws what is to be seen, or says why there is nothing; shift and the arrow keys move what is pointed at."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "Picture"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+left", "point(0,-1)", "Left", show=False, id="picture.left", tooltip="Point at the left."),
        Binding("shift+right", "point(0,1)", "Right", show=False, id="picture.right", tooltip="Point at the right."),
        Binding("shift+up", "point(-1,0)", "Up", show=False, id="picture.up", tooltip="Point at the row above."),
        Binding("shift+down", "point(1,0)", "Down", show=False, id="picture.down", tooltip="Point at the row below."),
        Binding("home", f"point(0,-{_FAR})", "First", show=False, id="picture.first", tooltip="Point at the first."),
        Binding("end", f"point(0,{_FAR})", "Last", show=False, id="picture.last", tooltip="Point at the last."),
    ]

    @dataclass
    class Looked(Message):
        """Something else is pointed at."""

        look: Look

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._seen: Seen | None = None
        self._looks: dict[str, Look] = {}
        self._sentence = ""
        self._drawn: list[list[Segment]] | None = None

    def show(self, seen: Seen) -> None:
        """Show what there is to see, pointing at what was pointed at the last time."""
        self._seen, self._sentence = seen, ""
        self._redraw()

    def say(self, sentence: str) -> None:
        """Show a sentence instead of a picture."""
        self._seen, self._sentence = None, safe(sentence)
        self._redraw()

    @property
    def picture(self) -> Picture | None:
        """What is shown."""
        return None if self._seen is None else picture_of(self._seen, self._look, self._palette)

    @property
    def head(self) -> int:
        """Which attention head is large."""
        return self._look.head

    def turn_head(self, heads: int) -> None:
        """Show another head; after the last comes the first."""
        if self._seen is not None:
            self._point(replace(self._look, head=(self._look.head + heads) % self._seen.n_head))

    def zoom(self) -> None:
        """Draw one to one what was pooled to fit, or the other way round."""
        self._point(replace(self._look, is_whole=not self._look.is_whole))

    def action_point(self, rows: int, columns: int) -> None:
        """Point at something beside what is pointed at now."""
        if self.picture is not None:
            look = self.picture.look
            row, column = max(0, look.row + rows), max(0, look.column + columns)
            self._point(replace(look, row=row, column=column))

    def on_click(self, event: Click) -> None:
        """Point at what is clicked, or choose the head."""
        event.stop()
        self.focus()
        if self.picture is not None:
            page = Page(max(1, self.size.width), max(1, self.size.height))
            look = self.picture.place(event.y, event.x, page)
            if look is not None:
                self._point(look)

    def on_resize(self, event: Resize) -> None:
        """Draw for another size."""
        self._redraw()

    def notify_style_update(self) -> None:
        """Draw in the colours of another theme."""
        super().notify_style_update()
        self._redraw()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        if self._drawn is None:
            self._drawn = self._draw()
        segments = self._drawn[y] if y < len(self._drawn) else []
        return Strip(segments).apply_style(self.rich_style).adjust_cell_length(self.size.width, self.rich_style)

    def _draw(self) -> list[list[Segment]]:
        picture = self.picture
        if picture is not None:
            return picture.paged(self.size.width, self.size.height).rows()
        flow = Flow(max(4, self.size.width - 2))
        flow.add(self._sentence, 0)
        lines = ["".join(run.text for run in flow.line(index)) for index in range(len(flow))]
        return [[], *([Segment(f" {line}")] for line in lines)]

    @property
    def _look(self) -> Look:
        return self._looks.get("" if self._seen is None else self._seen.view.name, Look(row=_FAR, column=_FAR))

    @property
    def _palette(self) -> Palette:
        theme = self.app.current_theme
        return PLAIN if theme.ansi else DARK if theme.dark else LIGHT

    def _point(self, look: Look) -> None:
        if self._seen is None:
            return
        kept = picture_of(self._seen, look, self._palette).look  # inside of what there is
        self._looks[self._seen.view.name] = kept
        self._redraw()
        self.post_message(self.Looked(kept))

    def _redraw(self) -> None:
        self._drawn = None
        self.refresh()
