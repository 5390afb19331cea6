"""The links of an article are followed by keys: Tab goes from one to the next, Enter goes where it leads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from gpt2mini_tui.widgets.article_view import ArticleView
from test_prose import until

PATH = Path("some.md")
TEXT = """# Links

Before [one](one.md), and [two](two.md).

- an entry with [three](three.md)

| a | table |
|---|---|
| with | [four](four.md) |

日本語の段落にも[五](five.md)がある。
"""


class Reader(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.followed: list[str] = []

    def compose(self) -> ComposeResult:
        yield ArticleView()
        yield Input()

    def on_article_view_followed(self, event: ArticleView.Followed) -> None:
        self.followed.append(event.href)


@asynccontextmanager
async def reading(text: str) -> AsyncIterator[tuple[Reader, Pilot[None], ArticleView]]:
    app = Reader()
    async with app.run_test(size=(60, 24)) as pilot:
        view = app.query_one(ArticleView)
        await until(lambda: view._is_seen)
        view.open(PATH)
        await view.show(PATH, text)
        await until(lambda: view.is_whole and all(one.region for one in view.query("Paragraph")))
        view.focus()
        await until(lambda: app.focused is view)
        yield app, pilot, view


def marked(app: Reader) -> str:
    """Return what stands in reverse in the text, which ends before the scrollbar."""
    lines = app.screen._compositor.render_strips(app.size)
    return "".join(part.text for line in lines[:-3] for part in line.crop(0, 56) if part.style and part.style.reverse)


async def test_tab_goes_from_link_to_link_and_enter_follows_it() -> None:
    async with reading(TEXT) as (app, pilot, view):
        names = ["one", "two", "three", "four", "五"]
        for name in names:
            await pilot.press("tab")
            await until(lambda name=name: marked(app) == name)
            await pilot.press("enter")
        await until(lambda: len(app.followed) == 5)
        assert app.followed == ["one.md", "two.md", "three.md", "four.md", "five.md"]
        assert app.focused is view


async def test_after_the_last_link_tab_leaves_and_before_the_first_shift_tab_does() -> None:
    async with reading("[only](one.md)\n") as (app, pilot, view):
        await pilot.press("tab")
        await until(lambda: marked(app) == "only")
        await pilot.press("tab")
        await until(lambda: isinstance(app.focused, Input))
        assert marked(app) == ""
        await pilot.press("shift+tab")
        await until(lambda: app.focused is view)
        await pilot.press("shift+tab")
        await until(lambda: marked(app) == "only")
        await pilot.press("shift+tab")
        await until(lambda: isinstance(app.focused, Input))


async def test_tab_waits_for_the_rest_of_a_text_and_does_not_leave_it() -> None:
    async with reading("[only](one.md)\n") as (app, pilot, view):
        await pilot.press("tab")
        await until(lambda: marked(app) == "only")
        view._rest = ["one more"]  # as while an article is being laid out
        await pilot.press("tab")
        assert app.focused is view
        assert marked(app) == "only"


async def test_where_there_is_no_link_tab_is_what_it_is_elsewhere() -> None:
    async with reading("No link.\n") as (app, pilot, view):
        assert view.check_action("link", (1,)) is False
        await pilot.press("tab")
        await until(lambda: isinstance(app.focused, Input))


async def test_a_link_out_of_sight_is_scrolled_to_and_one_that_was_scrolled_away_is_forgotten() -> None:
    text = "[far up](a.md)\n\n" + "A line.\n\n" * 60 + "[far down](b.md)\n\n" + "A line.\n\n" * 60
    async with reading(text) as (app, pilot, view):
        await pilot.press("tab", "tab")
        await until(lambda: view.scroll_y > 60 and marked(app) == "far down")
        await pilot.press("end")
        await until(lambda: view.scroll_y == view.max_scroll_y)
        await pilot.press("shift+tab")
        await until(lambda: marked(app) == "far down")
        await pilot.press("home")
        await until(lambda: view.scroll_y == 0)
        await pilot.press("tab")
        await until(lambda: marked(app) == "far up")


async def test_a_link_that_is_let_go_looks_as_before() -> None:
    async with reading(TEXT) as (app, pilot, view):
        before = app.export_screenshot()
        await pilot.press("tab")
        await until(lambda: marked(app) == "one" and app.export_screenshot() != before)
        await pilot.press("escape")
        await until(lambda: app.export_screenshot() == before)
        assert app.focused is view
