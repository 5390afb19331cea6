"""A text to read, written in Markdown: its beginning stands at once, the rest comes in portions."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from gpt2mini_tui.widgets.reading_pane import ReadingPane

if TYPE_CHECKING:
    from textual.widgets import Markdown

    from gpt2mini_tui.widgets.links import Link

__all__ = ["ArticleView", "portions"]

_FENCE = "```"
_SECTION = re.compile(r"## ")
_ITEM = "- "
_ITEMS = 12
"""Entries of a list that are mounted together: each is five widgets, and fifty took 0.1 s to lay out."""


def portions(text: str) -> list[str]:
    """Return a text cut before each heading of the second level, and inside of long lists.

    What only looks like a heading or like an entry of a list, inside of code, is none.
    """
    parts: list[list[str]] = [[]]
    is_code = False
    items = 0  # of the list that is being read
    for line in text.splitlines(keepends=True):
        if line.startswith(_FENCE):
            is_code = not is_code
        is_item = not is_code and line.startswith(_ITEM)
        if is_item:
            items += 1
        elif line.strip() and not line.startswith(" "):
            items = 0
        if parts[-1] and (items > _ITEMS or (not is_code and _SECTION.match(line))):
            parts.append([])
            items = int(is_item)
        parts[-1].append(line)
    return ["".join(part) for part in parts]


class ArticleView(ReadingPane):
    """Shows one article at a time; what renders it is imported with the first.

    A whole article is four hundred widgets: to lay them out in one go would keep every key waiting. So each portion is
    mounted after the one before it has been drawn.
    """

    DEFAULT_CSS = "ArticleView > .-goes-on MarkdownBulletList { margin: 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "link(1)", "Link", id="article.link", tooltip="The next link; after the last, out of the text."),
        Binding("shift+tab", "link(-1)", "Link back", show=False, id="article.link-back", tooltip="The link before."),
        Binding("enter", "follow", "Follow", id="article.follow", tooltip="Go where the link leads."),
        Binding("escape", "leave_link", "Leave link", id="article.leave-link", tooltip="Point at no link any more."),
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
        """A link was clicked, or chosen by its keys."""

        href: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.path: Path | None = None
        """The file that is shown, or is being read."""
        self._rest: list[str] | None = None  # portions still to be mounted; None before the first of them can be
        self._wants_end = False
        self._is_seen = False
        self._is_halted = False  # by its turn having come while nobody could see it
        self._link: Link | None = None  # that is pointed at

    @property
    def is_whole(self) -> bool:
        """Whether all of it stands there."""
        return self._rest is not None and not self._rest

    def open(self, path: Path) -> None:
        """Make room for another article."""
        self.path = path
        self._rest = None
        self._wants_end = self._is_halted = False
        self._link = None
        self.remove_children()
        self.refresh_bindings()

    async def show(self, path: Path, text: str) -> None:
        """Show what stands in a file; nothing happens if another one was opened meanwhile."""
        if path != self.path:
            return
        self._rest = self._link = None
        await self.remove_children()
        if path == self.path:  # to remove what stood there takes a moment, in which another one may be opened
            self._rest = portions(text)
            self.scroll_home(animate=False, immediate=True)
            await self._show_next(self._rest)

    async def _show_next(self, rest: list[str] | None) -> None:
        """Mount the next portion, unless these are those of a text that was left meanwhile."""
        from gpt2mini_tui.widgets.prose import Prose

        if rest is not self._rest or not rest:
            return
        if not self._is_seen:
            self._is_halted = True
            return
        self._wants_end = self._wants_end and self.scroll_target_y >= self.max_scroll_y
        goes_on = len(rest) > 1 and rest[1].startswith(_ITEM)
        await self.mount(Prose(rest[0], open_links=False, classes="-goes-on" if goes_on else ""))
        if rest is not self._rest:
            return
        rest.pop(0)
        self.refresh_bindings()
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

    # Links

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the keys of links where there are any."""
        if action == "link":
            return bool(self._links)
        if action in ("follow", "leave_link"):
            return self._link is not None
        return super().check_action(action, parameters)

    def action_link(self, steps: int) -> None:
        """Point at the next link, or at the first one in sight; after the last, let go of the text."""
        from gpt2mini_tui.widgets.links import row

        ordered = self._links[:: 1 if steps > 0 else -1]
        if self._link is not None and self._sees(row(self._link)):
            ahead = ordered[ordered.index(self._link) + 1 :]
        elif steps > 0:
            ahead = [one for one in ordered if one.widget.region.bottom > self.region.y]
        else:
            ahead = [one for one in ordered if one.widget.region.y < self.region.bottom]
        if not ahead and steps > 0 and not self.is_whole:
            return  # the next one may be still to come
        self._point_at(ahead[0] if ahead else None)
        if not ahead:
            self.screen.focus_next() if steps > 0 else self.screen.focus_previous()

    async def action_follow(self) -> None:
        """Go where the link leads, as a click on it does."""
        if self._link is not None:
            await self.app.run_action(self._link.action, default_namespace=self._link.widget)

    def action_leave_link(self) -> None:
        """Point at no link."""
        self._point_at(None)

    def on_blur(self) -> None:
        """Let go of the link: its keys go elsewhere now."""
        if self._link is not None:
            self._point_at(None)

    @property
    def _links(self) -> "list[Link]":
        """Every link of what stands there by now."""
        if not self.children:  # and what renders them need not be loaded
            return []
        from gpt2mini_tui.widgets.links import links

        return links(self)

    def _point_at(self, link: "Link | None") -> None:
        from gpt2mini_tui.widgets.links import mark, row

        if self._link is not None:
            mark(self._link, is_marked=False)
        self._link = link
        if link is not None:
            mark(link, is_marked=True)
            if not self._sees(at := row(link)):
                self.scroll_relative(y=at - self.region.y - self.size.height // 3, animate=False, immediate=True)
        self.refresh_bindings()

    def _sees(self, row: int) -> bool:
        return self.region.y <= row < self.region.bottom

    # Going about

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
        before = [None, *self.children]
        starts = [one for last, one in zip(before, self.children, strict=False) if not _goes_on(last)]
        tops = [one.virtual_region.y for one in starts]
        here = self.scroll_target_y
        ahead = [top for top in tops if top > here] if steps > 0 else [top for top in tops if top < here]
        if ahead:
            self.scroll_to(y=ahead[0] if steps > 0 else ahead[-1], animate=False, immediate=True)


def _goes_on(portion: Widget | None) -> bool:
    """Return whether the next portion only continues a list of this one."""
    return portion is not None and portion.has_class("-goes-on")
