"""How the run stands, in two lines that never change their places."""

import math

from textual.content import Content
from textual.strip import Strip
from textual.visual import Visual

from gpt2mini_tui.folds.history import History, Status
from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.painting import Painting
from gpt2mini_tui.widgets.progress_bar import progress_bar
from gpt2mini_tui.words import duration, loss, rate, short

__all__ = ["StatusHeader", "state_words", "summary"]

_SHAPES: dict[Status, str] = {
    "idle": "○",
    "preparing": "◌",
    "training": "●",
    "paused": "‖",
    "done": "✓",
    "stopped": "■",
    "diverged": "!",
    "interrupted": "■",
    "failed": "!",
}
_BAD = ("diverged", "failed")


class StatusHeader(Painting):
    """Name, state, progress, loss, speed, time left and behind, tokens read."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: tuple[Content, Content, Content] = (Content(), Content(), Content())
        self._right: tuple[Content, Content] = (Content(), Content())
        self._share = 0.0

    def show(self, history: History, *, wish: str = "", name: str = "") -> None:
        """Show how a run stands: `wish` is what was asked and has not happened yet, `name` what it would be called."""
        run = safe(history.run or name or "no run yet")
        left = (
            Content.assemble((run, "bold"), "  ", _state(history, wish)),
            Content.assemble(*_join(_speed(history))),
            Content.assemble(*_join(_behind(history))),
        )
        right = (Content(_progress(history)), Content.assemble(*_join(_losses(history))))
        share = history.step / history.steps if history.steps else 0.0
        if (left, right, share) != (self._left, self._right, self._share):
            self._left, self._right, self._share = left, right, share
            self.outdate()

    def draw(self, width: int, height: int) -> list[Strip]:
        return Visual.to_strips(self, self._lines(width), width, height, self.visual_style)

    def _lines(self, width: int) -> Content:
        """Return both lines, the progress bar filling what is left between the texts of the first."""
        room = width - self._left[0].cell_length - self._right[0].cell_length - 4
        bar = progress_bar(self._share, room) if self._right[0] else Content()
        first = _spread(self._left[0], self._right[0], width, bar)
        _, speed, behind = self._left
        longer = Content.assemble(speed, "  ", behind)
        if longer.cell_length + self._right[1].cell_length + 2 <= width:
            speed = longer
        return Content("\n").join([first, _spread(speed, self._right[1], width)])


def state_words(history: History, wish: str = "") -> str:
    """Return the state in a word or two: `training`, `pausing`, `reading the text, 40 %`."""
    if history.status == "preparing":
        return f"{history.doing}…"
    if history.is_watched and history.is_live:
        return f"{history.status} elsewhere"
    return f"{wish}…" if wish else history.status


def summary(history: History) -> str:
    """Return a run in a few words, for a line that is about something else."""
    if history.status == "idle":
        return ""
    words = f"{_SHAPES[history.status]} {state_words(history)}"
    if math.isfinite(history.loss.smoothed.y):
        words += f"  loss {loss(history.loss.smoothed.y)}"
    return f"{words}  {history.step:,} / {history.steps:,}" if history.steps else words


def _state(history: History, wish: str) -> Content:
    style = "$text-error bold" if history.status in _BAD else "$accent" if history.is_live else "$foreground"
    return Content.styled(f"{_SHAPES[history.status]} {safe(state_words(history, wish))}", style)


def _progress(history: History) -> str:
    if not history.steps:
        return ""
    share = math.floor(100 * history.step / history.steps)
    return f"{history.step:,} / {history.steps:,} steps  {share} %"


def _losses(history: History) -> list[tuple[str, str]]:
    now, val = history.loss.smoothed.y, history.last_val
    found = [("loss", loss(now))] if math.isfinite(now) else []
    if history.validations:
        found.append(("val", loss(val) if math.isfinite(val) else "not finite"))
    if history.best is not None and len(history.val) > 1:
        found.append(("best val", loss(history.best.loss)))
    return found


def _speed(history: History) -> list[tuple[str, str]]:
    if not history.device:
        return []
    device = safe(history.device)
    parts = [("", f"{device} × {history.threads}" if history.threads > 1 else device)]
    if history.is_live:
        parts.append(("", rate(history.tokens_per_second.smoothed.y)))
        parts.append(("", f"{duration(history.eta)} left"))
    else:
        parts.append(("trained for", duration(history.seconds)))
    return parts


def _behind(history: History) -> list[tuple[str, str]]:
    """Return what lies behind a run; there is not always room for it."""
    parts = [("after", duration(history.seconds))] if history.is_live else []
    return [*parts, ("tokens read", short(float(f"{history.tokens:.3g}")))] if history.tokens else parts


def _join(parts: list[tuple[str, str]]) -> list[Content]:
    joined: list[Content] = []
    for name, value in parts:
        joined.append(Content("  " if joined else ""))
        joined.append(Content.assemble((f"{name} " if name else "", "dim"), value))
    return joined


def _spread(left: Content, right: Content, width: int, between: Content = Content()) -> Content:
    """Return a line with one text at each end; what does not fit is cut from the left one."""
    if right.cell_length > width - 8:
        return left.truncate(width, ellipsis=True)
    left = left.truncate(max(0, width - right.cell_length - 2), ellipsis=True)
    if between.cell_length:
        return Content.assemble(left, "  ", between, "  ", right)
    return Content.assemble(left, " " * (width - left.cell_length - right.cell_length), right)
