"""Pointing at a run or a checkpoint in the lists, as the arrow keys would."""

from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.widgets.rows import Rows
from tiny_lab import Lab

__all__ = ["checkpoint", "run"]


async def checkpoint(it: Lab, place: CheckpointsPlace, run: str, step: int) -> None:
    """Point at a checkpoint."""
    await it.until(lambda: any(node.run.name == run for node in place._tree.nodes))
    place.query_one(Rows).cursor = place._tree.place((run, "")) or 0
    await it.press("right")
    key = (run, f"step-{step:06d}")
    await it.until(lambda: key in [node.key for node in place._tree.nodes])
    place.query_one(Rows).cursor = place._tree.place(key) or 0
    await it.until(lambda: place.current and place.current.key == key)


async def run(it: Lab, place: ComparePlace, name: str) -> None:
    """Point at a run."""
    await it.until(lambda: name in [one.name for one in place._table.shown])
    place.query_one("#compare-rows", Rows).cursor = [one.name for one in place._table.shown].index(name)
    await it.until(lambda: place.current and place.current.name == name)
