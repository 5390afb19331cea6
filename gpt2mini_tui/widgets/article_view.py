"""A text to read, written in Markdown: its first section stands at once, the others come one after the other."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from gpt2mini_tui.widgets.reading_pane import ReadingPane

if TYPE_CHECKING:
    from textual.widgets import Markdown

__all__ = ["ArticleView", "sections"]

_FENCE = "```"
_SECTION = re.compile(r"## ")


def sections(text: str) -> list[str]:
    """Return a text cut before each heading of the second level; what only looks like one inside of code is none."""
    parts: list[list[str]] = [[]]
    is_code = False
    for line in text.splitlines(keepends=True):
        if line.startswith(_FENCE):
            is_code = not is_code
        if not is_code and _SECTION.match(line) and parts[-1]:
            parts.append([])
        parts[-1].append(line)
    return ["".join(part) for part in parts]


class ArticleView(ReadingPane):
    """Shows one article at a time; what renders it is imported with the first.

    A whole article is a hundred widgets: to lay them out in one go would keep every key waiting. So each section is
    mounted after the one before it has been drawn.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "section(1)", "Section", id="article.next", tooltip="The next heading."),
        Binding(
            "left_square_bracket", "section(-1)", "Section back", show=False, id="article.back", tooltip="A heading up."
        ),
        Binding(
            "shift+right", "aside(8)", "Code right", show=False, id="article.right", tooltip="The end of long lines."
        ),
        Binding(
            "shift+left", "aside(-8)", "Code left", show=False, id="article.left", tooltip="Their beginning again."
        ),
    ]

    @dataclass
    class Followed(Message):
        """A link was clicked."""

        href: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.path: Path | None = None
        """The file that is shown, or is being read."""
        self._rest: list[str] | None = None  # sections still to be mounted; None before the first of them can be
        self._wants_end = False
        self._is_seen = False
        self._is_halted = False  # by its turn having come while nobody could see it

    @property
    def is_whole(self) -> bool:
        """Whether every section stands there."""
        return self._rest is not None and not self._rest

    def open(self, path: Path) -> None:
        """Make room for another article."""
        self.path = path
        self._rest = None
        self._wants_end = self._is_halted = False
        self.remove_children()

    async def show(self, path: Path, text: str) -> None:
        """Show what stands in a file; nothing happens if another one was opened meanwhile."""
        if path != self.path:
            return
        self._rest = None
        await self.remove_children()
        if path == self.path:  # to remove what stood there takes a moment, in which another one may be opened
            self._rest = sections(text)
            self.scroll_home(animate=False, immediate=True)
            await self._show_next(self._rest)

    async def _show_next(self, rest: list[str] | None) -> None:
        """Mount the next section, unless these are those of a text that was left meanwhile."""
        from gpt2mini_tui.widgets.prose import Prose

        if rest is not self._rest or not rest:
            return
        if not self._is_seen:
            self._is_halted = True
            return
        self._wants_end = self._wants_end and self.scroll_target_y >= self.max_scroll_y
        await self.mount(Prose(rest[0], open_links=False))
        if rest is not self._rest:
            return
        rest.pop(0)
        if self._wants_end:
            self.scroll_end(animate=False, force=True)
        self.call_after_refresh(self._show_next, rest)

    def on_show(self) -> None:
        """Go on: what was mounted unseen would be laid out in one go when it is seen."""
        self._is_seen = True
        if self._is_halted:
            self._is_halted = False
            self.call_after_refresh(self._show_next, self._rest)

    def on_hide(self) -> None:
        """Wait."""
        self._is_seen = False

    def on_markdown_link_clicked(self, event: "Markdown.LinkClicked") -> None:
        """Leave it to whoever knows where links lead."""
        event.stop()
        self.post_message(self.Followed(event.href))

    def action_scroll_end(self) -> None:
        """Go to the end, also of what is still to come."""
        self._wants_end = True
        self.scroll_end(animate=False, force=True)

    def action_aside(self, columns: int) -> None:
        """Move code whose lines are longer than the page."""
        from textual.widgets.markdown import MarkdownFence

        for code in self.query(MarkdownFence):
            code.scroll_relative(x=columns, animate=False)

    def action_section(self, steps: int) -> None:
        """Go to the heading of another section."""
        tops = [child.virtual_region.y for child in self.children]
        here = self.scroll_target_y
        ahead = [top for top in tops if top > here] if steps > 0 else [top for top in tops if top < here]
        if ahead:
            self.scroll_to(y=ahead[0] if steps > 0 else ahead[-1], animate=False, immediate=True)
