"""One card on a page: its question, then its curves while it is played, then what the numbers say."""

from collections.abc import Sequence
from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from gpt2mini.experiments.cards import Card
from gpt2mini.experiments.notebook import Entry
from gpt2mini_tui.charts.chart import Chart, Options
from gpt2mini_tui.charts.lesson_curves import VIEWS, lesson_chart, views_of
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens import card_words
from gpt2mini_tui.setup.plan import PlayCard
from gpt2mini_tui.widgets.choices import Answer, Choices
from gpt2mini_tui.widgets.overlay_chart import OverlayChart
from gpt2mini_tui.widgets.particulars import Particulars
from gpt2mini_tui.widgets.reading_pane import ReadingPane

__all__ = ["CardPage", "Stage"]

Stage = Literal["asking", "playing", "told"]
_STAGES: tuple[Stage, ...] = ("asking", "playing", "told")
_TWO = 110
"""Cells from which on there is room for two charts."""


class CardPage(Vertical):
    """Shows what it is given; it decides nothing."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lesson: Lesson | None = None
        self._views: tuple[str, ...] = ("loss",)
        self._view = 0

    def compose(self) -> ComposeResult:
        """Make the parts; what has nothing to show is hidden."""
        with ReadingPane(id="card-text"):
            yield Static(id="card-head", markup=False)
            yield Choices(id="card-choices")
            yield Static(id="card-verdict", markup=False)
            yield Particulars(id="card-evidence")
            yield Static(id="card-why", markup=False)
            yield Particulars(id="card-facts")
        with Horizontal(id="card-charts"):
            yield OverlayChart(id="card-chart")
            yield OverlayChart(id="card-watched")
        yield Static(id="card-status", markup=False)

    def on_resize(self) -> None:
        """Draw one chart, or two."""
        self._draw()

    @property
    def text(self) -> str:
        """What is said in words, for a test or a screen reader."""
        said = [str(self.query_one(f"#card-{part}", Static).content) for part in ("head", "verdict", "why", "status")]
        facts = [self.query_one(f"#card-{part}", Particulars).text for part in ("evidence", "facts")]
        return "\n".join([*said, *facts, self.query_one(Choices).text])

    def ask(self, card: Card, plan: PlayCard) -> None:
        """Show the question, what can be predicted, and what would be trained."""
        self._turn_to("asking", card, None)
        self._say("head", card_words.head(card))
        self._say("verdict", Content())
        self._say("why", Content())
        answers = [Answer(choice.key, choice.text) for choice in card.choices]
        self.query_one(Choices).show(answers, chosen=plan.prediction)
        self.query_one("#card-facts", Particulars).show(card_words.facts_before(card, plan))

    def play(self, lesson: Lesson) -> None:
        """Show the runs as they are trained."""
        self._turn_to("playing", lesson.card, lesson)
        self._say("head", card_words.head(lesson.card, is_small=True))
        self._say("verdict", card_words.foreseen(lesson.card, lesson.prediction))
        self._say("why", Content())
        self.query_one("#card-facts", Particulars).show(card_words.facts_watching(lesson.card))
        self._draw()

    def tell(self, lesson: Lesson) -> None:
        """Show what the runs say."""
        judged = lesson.judged()
        if judged is None:
            return
        self._turn_to("told", lesson.card, lesson)
        self._say("head", card_words.head(lesson.card, is_small=True))
        self._say("verdict", card_words.verdict(lesson, judged))
        self.query_one("#card-evidence", Particulars).show(card_words.evidence(lesson, judged))
        self._say("why", card_words.why(lesson.card, judged))
        self.query_one("#card-facts", Particulars).show(card_words.facts_after(lesson))
        self._draw()

    def remember(self, card: Card, entry: Entry) -> None:
        """Show what was written down of a card whose runs are not there to be looked at."""
        self._turn_to("told", card, None)
        self._say("head", card_words.head(card, is_small=True))
        self._say("verdict", Content.assemble((safe(entry.text), "bold"), "\n", card_words.recalled(card, entry)))
        self.query_one("#card-evidence", Particulars).show([])
        self._say("why", Content())
        self.query_one("#card-facts", Particulars).show([])

    def say(self, status: Content) -> None:
        """Show how it stands, or what to press, at the foot of the page."""
        self._say("status", status)

    def turn_view(self, views: int) -> None:
        """Draw another of the numbers."""
        self._view = (self._view + views) % len(self._views)
        self._draw()

    def _turn_to(self, stage: Stage, card: Card, lesson: Lesson | None) -> None:
        before = next((one for one in _STAGES if self.has_class(f"-{one}")), "")
        for one in _STAGES:
            self.set_class(one == stage, f"-{one}")
        self.set_class(lesson is not None, "-drawn")
        views = views_of(card)
        if views != self._views:
            self._views, self._view = views, 0
        if before != stage or lesson is not self._lesson:
            self.query_one("#card-text").scroll_home(animate=False, immediate=True)
        self._lesson = lesson

    def _say(self, part: str, words: Content) -> None:
        place = self.query_one(f"#card-{part}", Static)
        if place.content != words:
            place.update(words)
        place.display = bool(words)

    def _draw(self) -> None:
        lesson = self._lesson
        if lesson is None:
            return
        is_wide = self.size.width >= _TWO and len(self._views) > 1
        shown: Sequence[str] = [self._views[self._view]]
        if is_wide:
            shown = [shown[0], self._views[(self._view + 1) % len(self._views)]]
        self.query_one("#card-watched").display = is_wide
        for view, name in zip(self.query(OverlayChart), shown, strict=False):
            self._show_chart(view, lesson, name)

    def _show_chart(self, place: OverlayChart, lesson: Lesson, name: str) -> None:
        about = VIEWS[name]
        chart = lesson_chart(lesson, name)
        options = Options(
            x_limits=(0.0, float(max(1, lesson.steps))),
            y_limits=about.limits,
            log_y=about.is_log,
            hint="nothing measured yet",
        )
        place.show(chart or Chart(), title=Content.assemble(about.title, (f"  {about.unit}", "dim")), options=options)
