"""Plain tables and lists of facts, aligned by the columns that characters take on a terminal, not by their number."""

from collections.abc import Collection, Iterable, Sequence

from gpt2mini_tui.safe import safe

__all__ = ["cells", "cut", "facts", "table"]

_GAP = "  "
_LEAST = 8
"""Columns that are left of a cell that has to be cut."""


def table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[str] = (), width: int | None = None
) -> list[str]:
    """Return the lines of a table; the columns named in `right` are numbers.

    With a `width`, the widest columns are cut until the lines fit into so many cells, or nothing is left to cut.
    """
    texts = [[safe(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(map(cells, column)) for column in zip(*texts, strict=True)]
    if width is not None:
        widths = _squeezed(widths, width)
    return [_line(row, headers, widths, right) for row in texts]


def facts(pairs: Iterable[tuple[str, object]]) -> list[str]:
    """Return names and values as lines, the values below one another; an empty value is left out."""
    shown = [(name, safe(value)) for name, value in pairs if str(value)]
    widest = max((cells(name) for name, _ in shown), default=0)
    return [f"{_padded(name, widest)}{_GAP}{value}" for name, value in shown]


def cells(text: str) -> int:
    """Return how many columns a text takes; a Japanese character takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Return the text in at most `width` columns, with a mark where something is missing."""
    if cells(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += cells(character)
        if used > width - 1:
            break
        kept += character
    return f"{kept}…"


def _squeezed(widths: list[int], width: int) -> list[int]:
    widths = list(widths)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0 and max(widths) > _LEAST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        excess -= 1
    return widths


def _line(row: Sequence[str], headers: Sequence[str], widths: Sequence[int], right: Collection[str]) -> str:
    parts = []
    for text, header, width in zip(row, headers, widths, strict=True):
        fitting = cut(text, width)
        parts.append(" " * (width - cells(fitting)) + fitting if header in right else _padded(fitting, width))
    return _GAP.join(parts).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))
