"""How far something has come, as a line; the part that is done is thick, so that it reads without colours."""

from textual.content import Content

__all__ = ["progress_bar"]


def progress_bar(share: float, cells: int, *, least: int = 4) -> Content:
    """Return a bar of so many cells, filled by a share from 0 to 1; nothing where there are fewer than `least`."""
    if cells < least:
        return Content()
    done = min(cells, int(share * cells))
    return Content.assemble(("━" * done, "$accent"), ("╌" * (cells - done), "dim"))
