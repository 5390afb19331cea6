"""Cards to learn from: a question, a prediction, two runs here and now, and what their numbers say."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from gpt2mini.errors import LabError
from gpt2mini.experiments.cards import Card
from gpt2mini.experiments.deck import DECK
from gpt2mini.experiments.notebook import Entry, latest
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.reports.articles import Article, articles, guides, twin
from gpt2mini_tui.runs.recalling import recall
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens import card_status
from gpt2mini_tui.screens.card_actions import CardActions
from gpt2mini_tui.screens.card_list import CardList, Doing, Item
from gpt2mini_tui.screens.card_page import CardPage
from gpt2mini_tui.setup.plan import PlayCard
from gpt2mini_tui.widgets.article_view import ArticleView
from gpt2mini_tui.widgets.choices import Choices
from gpt2mini_tui.widgets.reading_pane import ReadingPane
from gpt2mini_tui.widgets.rows import Rows

__all__ = ["LearnPlace"]

_Texts = tuple[tuple[Article, ...], tuple[Article, ...]]


class LearnPlace(CardActions, can_focus=False):
    """The cards on the left, the one pointed at on the right; where there is no room for both, one of them.

    One of the two always has the focus: whoever leaves the one by Tab comes to the other.
    """

    BINDING_GROUP_TITLE = "Learn"
    HELP = (
        "Cards to learn from. Choose one, predict by its letter what will happen, and r lets it train here and now. "
        "What is right is measured, not written: the verdict comes from the numbers of your own runs. "
        "Below the cards are articles and guides to read; there Tab goes from link to link, and Enter follows it."
    )

    def __init__(self, *, id: str = "learn") -> None:
        super().__init__(id=id)
        self._list = CardList()
        self._recalled: dict[str, tuple[Entry, Lesson | None]] = {}
        self._texts: _Texts = ((), ())
        self._last = 0

    def compose(self) -> ComposeResult:
        """Make the two halves."""
        with Horizontal(id="learn-halves"):
            with Vertical(id="learn-list"):
                yield Rows(self._list.draw, id="learn-rows")
            with Vertical(id="learn-page"):
                yield CardPage(id="learn-card")
                yield ArticleView(id="learn-article")

    def on_mount(self) -> None:
        """Lay out the cards; what came out of them is read next."""
        self._list.arrange(DECK.values(), ())
        self._rows.show(len(self._list.items), 1)
        self.show()

    def enter(self) -> None:
        """Take the focus to where it was."""
        self.take_focus(self._page if self.has_class("-open") else self._rows)

    def refresh_history(self, history: History) -> None:
        """Let the curves of the card that is being played grow."""
        self._mark()
        self.show()

    @property
    def current(self) -> Item:
        """The line that is pointed at."""
        return self._list.items[self._rows.cursor]

    @property
    def card(self) -> Card | None:
        """The card that is pointed at."""
        return self.current.card

    # What is known

    def look(self, *, is_glance: bool = False) -> None:
        """See what has been played, here or by the command."""
        home = self.lab.home
        self.errand("played", lambda: iter([latest(home)]), self._take_played)
        if not is_glance:
            self.errand("texts", lambda: iter([(tuple(articles()), tuple(guides()))]), self._take_texts)

    def _take_played(self, played: Mapping[str, Entry]) -> None:
        if played != self._list.played:
            self._list.played = played
            self._mark()
            self.show()

    def _take_texts(self, found: _Texts) -> None:
        if found != self._texts:
            self._texts = found
            self._list.arrange(DECK.values(), *found)
            self._rows.show(len(self._list.items))

    def _mark(self) -> None:
        """Say in the list which cards are being played, or wait."""
        doing: dict[str, Doing] = {plan.card: "queued" for plan in self.session.queue if isinstance(plan, PlayCard)}
        if self.session.played is not None:
            doing[self.session.played.card.name] = "playing"
        self._list.doing = doing
        self._rows.refresh()

    def lesson(self, card: Card) -> Lesson | None:
        """Return the card as it is played, or as it was; None where it never was, or is still being read."""
        live, entry = self._of_this_sitting(card), self._list.played.get(card.name)
        if live is not None and live.state != "failed":
            is_latest = live.entry is None or entry is None or entry.when <= live.entry.when
            if live.is_under_way or is_latest:
                return live
        known = self._recalled.get(card.name)
        if entry is not None and (known is None or known[0] != entry):
            self._recall(card, entry)
            return None
        return known[1] if known is not None else None

    def _of_this_sitting(self, card: Card) -> Lesson | None:
        lesson = self.session.lesson
        return lesson if lesson is not None and lesson.card.name == card.name else None

    def _recall(self, card: Card, entry: Entry) -> None:
        key = f"recall {card.name}"

        def show(lesson: Lesson | None) -> None:
            self._recalled[card.name] = (entry, lesson)
            self.show()

        def fail(_: LabError) -> None:
            show(None)

        if not self.is_reading(key):
            self.errand(key, lambda: recall(card, entry, self.lab.store), show, fail)

    # What is shown

    @on(Rows.Moved, "#learn-rows")
    def _moved(self, event: Rows.Moved) -> None:
        """Point at a line that can be opened: a heading is passed over."""
        index, step = event.index, 1 if event.index >= self._last or event.index == 0 else -1
        self._last = index
        if self._list.items[index].is_heading and 0 <= index + step < len(self._list.items):
            self._rows.cursor = index + step
            return
        self._warned.clear()
        self.show()

    @on(Rows.Chosen, "#learn-rows")
    def _row_chosen(self) -> None:
        self.action_open()

    @on(ArticleView.Followed)
    def _link_followed(self, event: ArticleView.Followed) -> None:
        """Open a text of ours; an address is copied and told, since there may be no browser at this terminal."""
        href = event.href
        if ":" in href.split("/")[0]:  # only then it is no path: RFC 3986, section 4.2
            self.app.copy_to_clipboard(href)
            self.notify(f"Copied: {safe(href)}", markup=False)
        elif not self._point_at(Path(href).name):
            self.notify(f"{safe(Path(href).name)} is not among the texts here.", markup=False)

    def _point_at(self, name: str) -> bool:
        """Show the article or guide in a file of this name; return whether there is one."""
        for index, item in enumerate(self._list.items):
            if item.article is not None and item.article.path.name == name:
                self._rows.cursor = index
                self.show()
                return True
        return False

    @on(Choices.Chosen)
    def _answer_chosen(self, event: Choices.Chosen) -> None:
        self.action_predict(event.key)

    def show(self) -> None:
        """Show what is pointed at."""
        item = self.current
        self.query_one("#learn-page").set_class(item.article is not None, "-reading")
        if item.article is not None:
            self._show_article(item.article)
        elif item.card is not None:
            self._show_card(item.card)
        self.refresh_bindings()

    def _show_card(self, card: Card) -> None:
        page, plan = self.query_one(CardPage), self.plan(card)
        lesson, entry = self.lesson(card), self._list.played.get(card.name)
        live = self._of_this_sitting(card)
        is_read = card.name in self._recalled or lesson is not None
        is_asked = card.name in self._again or (lesson is None and (entry is None or live is not None))
        if lesson is not None and (lesson.is_under_way or (lesson.state == "stopped" and lesson.current is not None)):
            page.play(lesson)
        elif is_asked or not is_read:
            page.ask(card, plan)
        elif lesson is not None and lesson.judged() is not None:
            page.tell(lesson)
        elif entry is not None:
            page.remember(card, entry)
        is_busy = "busy" in self._warned and self.session.bridge.is_running
        page.say(
            card_status.status(
                plan,
                live,
                width=page.content_size.width,
                queue=self.session.queue,
                busy=card_status.busy(self.session.history, self.session.played) if is_busy else "",
                is_warned="prediction" in self._warned and not is_busy,
                is_asked=is_asked,
                is_stopping=live is not None and live is self._stopping,
            )
            if is_read or is_asked
            else Content("reading its runs")
        )

    def _show_article(self, article: Article) -> None:
        view = self.query_one(ArticleView)

        def show(text: str) -> None:
            self.call_later(view.show, article.path, text)

        if view.path != article.path:
            view.open(article.path)
            self.errand("article", lambda: _text(article), show)

    # Going about

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense just now."""
        if action in ("predict", "run", "compare", "xray", "view", "seeds", "text", "copy") and self.is_mounted:
            card, page = self.card, self.query_one(CardPage)
            if card is None or not self.query_one("#learn-page").display:
                return False
            if action == "predict":
                return page.has_class("-asking") and card.choice(str(parameters[0])) is not None
            if action == "text" and card.own_text:
                return False
            if action in ("seeds", "text"):
                return page.has_class("-asking")
            if action in ("compare", "xray", "view"):
                return page.has_class("-drawn")
        if action == "open" and self.is_mounted:
            return not self._page.has_focus
        if action == "stop" and self.is_mounted:
            return self.can_stop
        if action == "back" and self.is_mounted:
            return not self.can_stop and (self.has_question or not self._rows.has_focus)
        if action == "language" and self.is_mounted:
            article = self.current.article
            return article is not None and article in self._texts[0]
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Go to the page."""
        self.add_class("-open")
        self._page.focus()

    def action_close(self) -> None:
        """Go to the list."""
        self.remove_class("-open")
        self._rows.focus()

    def action_language(self) -> None:
        """Read the same article in the other language."""
        if self.current.article is not None:
            self._point_at(twin(self.current.article.path).name)

    def action_view(self, views: int) -> None:
        """Draw another number."""
        self.query_one(CardPage).turn_view(views)

    @property
    def _page(self) -> ReadingPane:
        """What is read of the line that is pointed at."""
        return self.query_one("#learn-article" if self.current.article is not None else "#card-text", ReadingPane)

    @property
    def _rows(self) -> Rows:
        return self.query_one("#learn-rows", Rows)


def _text(article: Article) -> Iterator[str]:
    import gpt2mini_tui.widgets.prose  # noqa: F401  # what renders it takes a moment to load, and here nothing waits for it

    yield article.path.read_text(encoding="utf-8", errors="replace")
