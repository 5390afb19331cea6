"""What the model wrote, the latest on top: the same prompt and the same seed each time, so that only it has changed."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.noted import Text
from gpt2mini_tui.safe import safe

__all__ = ["SamplePane"]

_SHOWN = 30
"""Samples that can be scrolled through, the first of the run always among them."""


class SamplePane(VerticalScroll):
    """A timeline of samples."""

    BINDING_GROUP_TITLE = "Samples"
    HELP = (
        "What the model wrote, the latest on top: the same prompt and seed each time, so only the model has changed. "
        "g asks for one now, t for one from your own prompt."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._history = History()
        self._shown: tuple[int, bool, str] = (-1, False, "")  # how many there were, were they in lines, what is said

    def compose(self) -> ComposeResult:
        yield Static(id="texts", markup=False)

    def on_mount(self) -> None:
        self.border_title = Content("samples")

    def show(self, history: History) -> None:
        """Show the samples of a run, if there is a new one."""
        self._history = history
        self._draw()

    def on_resize(self) -> None:
        """Obey line breaks only where there is room for them."""
        self._draw()

    def _draw(self) -> None:
        history = self._history
        in_lines = self.size.height >= 8
        texts = history.samples
        said = "" if texts else _awaited(history)
        if (history.sample_count, in_lines, said) == self._shown:
            return
        self._shown = (history.sample_count, in_lines, said)
        self.border_title = Content(f"samples · {history.sample_count:,}" if texts else "samples")
        chosen = texts if len(texts) <= _SHOWN else [texts[0], *texts[1 - _SHOWN :]]
        self.query_one("#texts", Static).update(_timeline(chosen, in_lines) if texts else Content.styled(said, "dim"))


def _awaited(history: History) -> str:
    """Say when the first sample comes; a fork does not begin with one."""
    if history.config is None or not (history.step or history.has_ended):
        return "The first sample comes with the first step."
    every = history.config.train.sample_every
    if history.has_ended:
        return "No sample was taken."
    if not every:
        return "No samples are taken while it trains; g asks for one."
    step = min(history.steps, (history.step // every + 1) * every)
    return f"The first sample comes at step {step:,}; g asks for one now."


def _timeline(texts: Sequence[Text], in_lines: bool) -> Content:
    return Content("\n\n" if in_lines else "\n").join(_one(text, in_lines) for text in reversed(texts))


def _one(text: Text, in_lines: bool) -> Content:
    head = f"step {text.step:,}{' (asked for)' if text.asked else ''}"
    prompt, written = safe(text.prompt, lines=in_lines).strip("\n"), safe(text.text, lines=in_lines)
    return Content.assemble(
        (head, "$accent"), "\n" if in_lines else "  ", (prompt, "dim"), written.strip("\n") if not prompt else written
    )
