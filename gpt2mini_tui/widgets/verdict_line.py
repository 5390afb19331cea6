"""The sentence under the charts that says what the numbers mean."""

from textual.content import Content
from textual.widget import Widget

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.verdict import Tone, Verdict, judge
from gpt2mini_tui.safe import safe

__all__ = ["VerdictLine"]

_SIGNS: dict[Tone, tuple[str, str]] = {
    "open": ("?", "$foreground"),
    "good": ("✓", "$text-success"),
    "bad": ("!", "$text-error"),
}


class VerdictLine(Widget):
    """Shows a verdict behind a sign that does not depend on its colour."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._verdict = Verdict(text="")

    def show(self, history: History) -> None:
        """Judge a run, or say why it failed."""
        problem = history.problem if history.status == "failed" else ""
        verdict = Verdict(text=problem, tone="bad") if problem else judge(history)
        if verdict != self._verdict:
            self._verdict = verdict
            self.refresh()

    def render(self) -> Content:
        """Return the sign and the sentence: without what stands beside it, or cut, where there is no room for all."""
        whole, (width, height) = self._verdict, self.size
        lines = self._lines(whole.text, width)
        if len(lines) > height and whole.aside:
            lines = self._lines(whole.text.removesuffix(whole.aside).rstrip(), width)
        if len(lines) > height and whole.short:
            lines = self._lines(whole.short, width)
        if len(lines) > height > 0:
            last = lines[height - 1]
            lines = [*lines[: height - 1], Content.assemble(last.truncate(max(0, width - 1)).rstrip(), "…")]
        return Content("\n").join(lines)

    def _lines(self, text: str, width: int) -> list[Content]:
        sign, style = _SIGNS[self._verdict.tone]
        return Content.assemble((sign, f"{style} bold"), " ", safe(text)).wrap(max(1, width))
