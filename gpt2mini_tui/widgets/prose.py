"""Paragraphs broken into lines as Japanese is: none begins with a full stop or a comma, or ends on an open bracket.

The terminal's own breaking knows words between spaces and cuts what has none wherever a line is full.
"""

import re
from functools import lru_cache

from rich.cells import cell_len
from textual.content import Content
from textual.css.styles import RulesMap
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownBlock

__all__ = ["Paragraph", "Prose", "broken", "retouch", "text_of"]

_WIDE = r"\u1100-\u115f\u2e80-\uffef\U00020000-\U0003fffd"
_OPENING = r"(\[{“‘（［｛「『【〔《〈"
_CLOSING = r")\]},.:;!?”’…、。，．・：；！？）］｝」』】〕》〉々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_PIECE = re.compile(rf"[{_OPENING}]*(?:[^\s{_WIDE}]*[^\s{_WIDE}{_OPENING}]|.)[{_CLOSING}]*\s*")
_IS_WIDE = re.compile(rf"[{_WIDE}]")


def broken(text: Content, width: int) -> Content:
    """Return a text of one line in as many as it needs; a piece that is wider than a line is left to the terminal."""
    cuts, filled = [], 0
    for found in _PIECE.finditer(text.plain):
        if filled and filled + cell_len(found[0].rstrip()) > width:
            cuts.append(found.start())
            filled = 0
        filled += cell_len(found[0])
    return Content("\n").join(line.rstrip() for line in text.divide(cuts)) if cuts else text


class _Lines(Visual):
    """A text that is broken anew for each width it is drawn in."""

    def __init__(self, text: Content) -> None:
        self.text = text
        self.at = lru_cache(maxsize=4)(lambda width: broken(text, width))

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        return self.at(width).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return self.text.get_optimal_width(rules, container_width)

    def get_minimal_width(self, rules: RulesMap) -> int:
        return self.text.get_minimal_width(rules)

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self.at(width).get_height(rules, width)


class Paragraph(MarkdownBlock):
    """Breaks by itself what has wide characters."""

    SCOPED_CSS = False
    DEFAULT_CSS = "Markdown > Paragraph { margin: 0 0 1 0; }"

    def set_content(self, content: Content) -> None:
        super().set_content(content)
        if _IS_WIDE.search(content.plain):
            self.update(_Lines(content))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        if isinstance(self.visual, _Lines):
            return selection.extract(self.visual.at(self.content_size.width).plain), "\n"
        return super().get_selection(selection)


def text_of(widget: Static) -> Content:
    """Return what a part of an article says, with its styles; nothing if it says nothing by itself."""
    shown = widget.content
    if isinstance(shown, _Lines):
        return shown.text
    return shown if isinstance(shown, Content) else Content()


def retouch(widget: Static, text: Content) -> None:
    """Draw the same words in other styles."""
    widget.update(_Lines(text) if isinstance(widget.content, _Lines) else text, layout=False)


class Prose(Markdown):
    """Markdown with such paragraphs."""

    def get_block_class(self, block_name: str) -> type[MarkdownBlock]:
        return Paragraph if block_name == "paragraph_open" else super().get_block_class(block_name)
