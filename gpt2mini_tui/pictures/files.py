"""Pictures as files: SVG with letters and numbers, PNG with a pixel for each number. Both are written from scratch."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from gpt2mini.errors import UsageError
from gpt2mini_tui.pictures.palette import Palette, rgb
from gpt2mini_tui.pictures.picture import BLOCKS, Matrix, Picture
from gpt2mini_tui.png import encoded
from gpt2mini_tui.safe import safe

if TYPE_CHECKING:
    from gpt2mini_tui.png import Pixels

__all__ = ["png", "svg"]

_CELL = (8.4, 17.0)
"""Width and height of a cell in an SVG, in pixels."""
_MARGIN = 16
_LEAST = 512
"""Pixels of a PNG along its longer side, at least."""
_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def svg(picture: Picture, *, title: str, lines: Sequence[str] = ()) -> str:
    """Return the whole picture as an SVG document, with a title above and lines below it."""
    width, height = picture.natural_size
    rows = picture.paged(width, height).rows(whole=False)
    palette = picture.palette
    columns = max(width, *(cell_len(line) for line in (title, *lines)))
    size = columns * _CELL[0] + 2 * _MARGIN, (len(rows) + len(lines) + 3) * _CELL[1] + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" font-size="14" '
        f'font-family="{_FONT}" shape-rendering="crispEdges" xml:space="preserve">',
        f"<title>{_text(title)}</title>",
        f'<rect width="100%" height="100%" fill="{palette.background}"/>',
        _words(0, 0, title, palette.text, is_bold=True),
        *_cells(rows, 2, palette),
        *(_words(len(rows) + 3 + row, 0, line, palette.muted) for row, line in enumerate(lines)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def png(picture: Picture) -> bytes:
    """Return the numbers of a picture as pixels; raises UsageError for one that is not made of a matrix."""
    import numpy as np

    matrices = picture.matrices()
    if not matrices:
        raise UsageError(f"the {picture.seen.view.name} view has no pixels", do="Write it as .svg.")
    gap = np.full((1, 1, 3), rgb(picture.palette.background), dtype=np.uint8)
    tiles = [_pixels(matrix, picture.palette) for matrix in matrices]
    row = [tiles[0]]
    for tile in tiles[1:]:
        row += [np.broadcast_to(gap, (tile.shape[0], 2, 3)), tile]
    image = np.concatenate(row, axis=1)
    times = max(1, -(-_LEAST // max(image.shape[:2])))
    return encoded(image.repeat(times, axis=0).repeat(times, axis=1))


def _cells(rows: Sequence[Sequence[Segment]], top: int, palette: Palette) -> Iterator[str]:
    for row, segments in enumerate(rows, top):
        column = 0
        for text, style, _ in segments:
            yield from _segment(row, column, text, style or Style(), palette)
            column += cell_len(text)


def _segment(row: int, column: int, text: str, style: Style, palette: Palette) -> Iterator[str]:
    front = style.color.triplet.hex if style.color and style.color.triplet else palette.text
    back = style.bgcolor.triplet.hex if style.bgcolor and style.bgcolor.triplet else ""
    size = cell_len(text)
    if back:
        yield _rect(row, column, size, back)
    if set(text) == {"▀"}:
        yield _rect(row, column, size, front, half=True)
    elif set(text) <= set(BLOCKS):
        length = sum((BLOCKS.index(block) + 1) / 8 for block in text)
        yield _rect(row, column, length, front)
    else:
        for words in re.finditer(r"\S+(?: \S+)*", text):  # each in its own column, whatever the font
            before = cell_len(text[: words.start()])
            yield _words(row, column + before, words[0], front, is_bold=bool(style.bold))


def _rect(row: int, column: int, size: float, color: str, *, half: bool = False) -> str:
    x, y = _MARGIN + column * _CELL[0], _MARGIN + row * _CELL[1]
    height = _CELL[1] / (2 if half else 1)
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{size * _CELL[0]:.1f}" height="{height:.1f}" fill="{color}"/>'


def _words(row: int, column: int, text: str, color: str, *, is_bold: bool = False) -> str:
    x, y = _MARGIN + column * _CELL[0], _MARGIN + row * _CELL[1] + 0.78 * _CELL[1]
    length = cell_len(text) * _CELL[0]
    bold = ' font-weight="bold"' if is_bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text {place} fill="{color}"{bold}>{_text(text)}</text>'


def _text(text: str) -> str:
    return html.escape(safe(text), quote=False)


def _pixels(matrix: Matrix, palette: Palette) -> "Pixels":
    import numpy as np

    return np.array(
        [[rgb(palette.heat(matrix.scale.share(float(value)))) for value in row] for row in matrix.values], np.uint8
    )
