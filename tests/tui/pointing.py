"""Pointing at a run or a checkpoint in the lists, as the arrow keys would."""

from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.widgets.rows import Rows
from tiny_lab import Lab

__all__ = ["checkpoint", "go_to", "run"]


async def checkpoint(it: Lab, place: CheckpointsPlace, run: str, step: int) -> None:
    """Point at the checkpoint of a step."""
    await go_to(it, place, run, f"step-{step:06d}")


async def go_to(it: Lab, place: CheckpointsPlace, run: str, checkpoint: str = "") -> None:
    """Point at a run, or open it and point at one of its checkpoints."""

    def names() -> list[tuple[str, str]]:
        return [node.key for node in place._tree.nodes]

    await it.until(lambda: (run, "") in names())
    place.query_one(Rows).cursor = names().index((run, ""))
    if checkpoint:
        await it.press("right")
        await it.until(lambda: (run, checkpoint) in names())
        place.query_one(Rows).cursor = names().index((run, checkpoint))
    await it.until(lambda: place.current and place.current.key == (run, checkpoint))


async def run(it: Lab, place: ComparePlace, name: str) -> None:
    """Point at a run."""
    await it.until(lambda: name in [one.name for one in place._table.shown])
    place.query_one("#compare-rows", Rows).cursor = [one.name for one in place._table.shown].index(name)
    await it.until(lambda: place.current and place.current.name == name)
