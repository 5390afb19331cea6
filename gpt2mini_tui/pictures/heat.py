"""Numbers as brightness: two rows of them in one row of cells, pooled where there are more than cells."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpt2mini_tui.charts.page import Page
from gpt2mini_tui.pictures.palette import LEVELS, Palette

if TYPE_CHECKING:
    from gpt2mini.views import Numbers

__all__ = ["Scale", "Window", "paint", "pooled", "window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Which numbers are dark and which are bright."""

    what: str
    """`weight`, `probability`, …, with its unit."""
    low: float = 0.0
    high: float = 1.0
    is_root: bool = False
    """Brightness follows the square root, so that a tenth is seen too."""
    marks: tuple[float, ...] = (0.0, 0.1, 0.25, 0.5, 1.0)
    """Numbers that a legend shows."""

    def share(self, value: float) -> float:
        """Return how bright a number is, from 0 to 1; NaN stays NaN."""
        import numpy as np

        return float(self.shares(np.array(value, dtype=np.float64)))

    def shares(self, values: "Numbers") -> "Numbers":
        """Return how bright numbers are."""
        import numpy as np

        reach = self.high - self.low
        inside: Numbers = np.clip((values - self.low) / reach, 0.0, 1.0) if reach > 0 else np.zeros_like(values)
        return np.sqrt(inside) if self.is_root else inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a matrix is drawn: everything, each cell the greatest of `factor` x `factor`, or some of it."""

    top: int = 0
    left: int = 0
    rows: int
    """Of the picture, after pooling."""
    columns: int
    factor: int = 1

    def place(self, row: int, column: int) -> tuple[int, int] | None:
        """Return where a number of the matrix is in the picture, or None where it is not in it."""
        found = (row - self.top) // self.factor, (column - self.left) // self.factor
        return found if 0 <= found[0] < self.rows and 0 <= found[1] < self.columns else None


def window(
    shape: tuple[int, int], room: tuple[int, int], *, cursor: tuple[int, int] = (0, 0), is_whole: bool = True
) -> Window:
    """Return what of a matrix of that shape to draw in so many rows and columns; what is pointed at is in it."""
    if is_whole:
        factor = max(1, *(math.ceil(size / max(1, space)) for size, space in zip(shape, room, strict=True)))
        return Window(rows=math.ceil(shape[0] / factor), columns=math.ceil(shape[1] / factor), factor=factor)
    corner = [
        min(max(0, at - space // 2), max(0, size - space)) for at, size, space in zip(cursor, shape, room, strict=True)
    ]
    rows, columns = min(shape[0], room[0]), min(shape[1], room[1])
    return Window(top=corner[0] // 2 * 2, left=corner[1], rows=rows, columns=columns)


def pooled(values: "Numbers", part: Window) -> "Numbers":
    """Return the numbers of the picture: of each square the greatest; NaN only where there is nothing else."""
    import numpy as np

    f = part.factor
    cut = values[part.top : part.top + part.rows * f, part.left : part.left + part.columns * f]
    if f == 1:
        return cut
    padded = np.full((part.rows * f, part.columns * f), -np.inf)
    padded[: cut.shape[0], : cut.shape[1]] = np.where(np.isnan(cut), -np.inf, cut)
    squares: Numbers = padded.reshape(part.rows, f, part.columns, f).max(axis=(1, 3))
    squares[np.isinf(squares)] = np.nan
    return squares


def paint(
    page: Page,
    at: tuple[int, int],
    values: "Numbers",
    scale: Scale,
    palette: Palette,
    *,
    mark: tuple[int, int] | None = None,
) -> None:
    """Draw a matrix at a row and column, two rows of it in one of the page, or one where there are no colours.

    `mark` is what is pointed at.
    """
    import numpy as np

    top, left = at
    shares = scale.shares(values)
    if not palette.is_colored:
        for row, line in enumerate(shares[: page.height - top]):
            glyphs = "".join(
                "┼" if (row, column) == mark else palette.shade(share) for column, share in enumerate(line)
            )
            page.tint(top + row, left, glyphs, [palette.ink()] * len(line))
        return
    levels = np.rint(np.nan_to_num(shares) * (LEVELS - 1)).astype(int)
    for row in range(0, min(len(levels), 2 * (page.height - top)), 2):
        upper, *lower = levels[row : row + 2].tolist()
        inks = [palette.halves(*pair) for pair in zip(upper, lower[0] if lower else [-1] * len(upper), strict=True)]
        if mark is not None and row <= mark[0] < row + 2:
            pair = [palette.level(line[mark[1]]) for line in (upper, *lower)]
            pair[mark[0] - row] = palette.marker
            inks[mark[1]] = palette.ink(*pair)
        page.tint(top + row // 2, left, "▀" * len(inks), inks)
