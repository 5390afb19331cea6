"""Pointing at a run or a checkpoint in the list of the Checkpoints place."""

from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.widgets.rows import Rows
from tiny_lab import Lab

__all__ = ["go_to"]


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
