"""What a window shows that has no room for anything else."""

from textual.content import Content
from textual.widgets import Static

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.widgets.status_header import state_words

__all__ = ["TooSmall"]

_SMALL = "The window is too small to draw in.\n60 columns and 16 lines are enough."


class TooSmall(Static):
    """Covers everything, and says what becomes of the run meanwhile; the stylesheet shows it where it is needed."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(_SMALL, id=id, markup=False)
        self._meanwhile = ""

    def show(self, history: History) -> None:
        """Say what goes on behind it; where nothing does, nothing."""
        meanwhile = ""
        if history.status == "training":
            meanwhile = "Training goes on."
        elif history.is_under_way:
            meanwhile = f"The run is {state_words(history)}."
        if meanwhile != self._meanwhile:
            self._meanwhile = meanwhile
            self.update(Content(f"{_SMALL}\n{meanwhile}".rstrip()))
