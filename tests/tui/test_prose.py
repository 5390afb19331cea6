"""Japanese paragraphs of the articles are broken where Japanese is."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.selection import SELECT_ALL
from textual.widgets._markdown import MarkdownHeader

from gpt2mini_tui.widgets.article_view import ArticleView, portions
from gpt2mini_tui.widgets.prose import Paragraph, broken

ARTICLES = Path(__file__).resolve().parents[2] / "docs" / "articles"
JAPANESE = sorted(ARTICLES.glob("*.ja.md"))
LONG = Path("long.md")
TEXT = "# Long\n\nIn parts.\n\n" + "".join(f"## Part {n}\n\nNothing new.\n\n" for n in range(30))
MAY_NOT_BEGIN = re.compile("[、。，．・：；！？）」』】ー]")


class Reader(App[None]):
    def compose(self) -> ComposeResult:
        yield ArticleView()


async def until(holds: Callable[[], object]) -> None:
    """Wait for a state, but not for ever."""
    for _ in range(6_000):  # a minute: a busy machine is slow, not wrong
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def opened(app: Reader, path: Path) -> ArticleView:
    """Open an article in a view that is on the screen."""
    view = app.query_one(ArticleView)
    await until(lambda: view._is_seen)
    view.open(path)
    return view


def test_a_full_stop_takes_the_character_before_it_along() -> None:
    assert broken(Content("一二三四。五"), 8).plain == "一二三\n四。五"


def test_an_opening_bracket_goes_with_what_it_opens() -> None:
    assert broken(Content("一二三「四」"), 8).plain == "一二三\n「四」"


def test_words_of_narrow_letters_stay_whole() -> None:
    assert broken(Content("これはmodel.pyです"), 12).plain == "これは\nmodel.pyです"


def test_colours_stay_on_their_characters() -> None:
    text = broken(Content("一二三").append(Content.styled("四。", "bold")), 6)
    assert text.plain == "一二三\n四。"
    assert [text.plain[span.start : span.end] for span in text.spans] == ["四。"]


def test_what_fits_is_as_it_was() -> None:
    text = Content("一二三。")
    assert broken(text, 8) is text


def test_a_portion_begins_at_a_heading_and_not_inside_of_code() -> None:
    text = "# a\n\nb\n\n```sh\n## c\n```\n\n## d\ne\n\n### f\n## g\n"
    assert portions(text) == ["# a\n\nb\n\n```sh\n## c\n```\n\n", "## d\ne\n\n### f\n", "## g\n"]
    assert portions("## a\n") == ["## a\n"]
    assert all("".join(portions(path.read_text("utf-8"))) == path.read_text("utf-8") for path in ARTICLES.glob("*.md"))


def test_a_long_list_comes_in_several_portions_and_code_like_one_does_not() -> None:
    entries = "".join(f"- entry {n}\n  of two lines\n" for n in range(30))
    parts = portions(f"## Sources\n\n{entries}\n## After\n")
    assert [part.count("- entry") for part in parts] == [12, 12, 6, 0]
    assert portions("- a\n" * 12) == ["- a\n" * 12]
    two = "- a\n" * 8 + "\nBetween.\n\n" + "- b\n" * 8
    assert portions(two) == [two]
    code = "```\n" + "- not one\n" * 30 + "```\n"
    assert portions(code) == [code]


async def test_the_beginning_stands_before_the_rest_does() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)):
        view = await opened(app, LONG)
        await view.show(LONG, TEXT)
        assert [heading.source for heading in app.query(MarkdownHeader)] == ["# Long\n"]
        assert not view.is_whole
        await until(lambda: view.is_whole)
        assert len(app.query(MarkdownHeader)) == 31


async def test_nothing_stays_of_an_article_that_was_left_while_it_was_about_to_be_shown() -> None:
    app, other = Reader(), Path("other.md")
    async with app.run_test(size=(80, 24)):
        view = await opened(app, LONG)
        await view.show(LONG, TEXT)
        await until(lambda: view.is_whole)
        showing = asyncio.create_task(view.show(LONG, TEXT))
        await asyncio.sleep(0)  # it has begun, and waits for the removal of what stood there
        assert not showing.done()
        view.open(other)
        await showing
        assert not view.children
        assert not view.is_whole
        await view.show(other, "# Other\n\n## Its part\n")
        await until(lambda: view.is_whole)
        assert [heading.source for heading in app.query(MarkdownHeader)] == ["# Other\n", "## Its part\n"]


async def test_nothing_is_laid_out_that_nobody_sees() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)):
        view = await opened(app, LONG)
        view.display = False
        await until(lambda: not view._is_seen)
        await view.show(LONG, TEXT)
        assert not view.children
        view.display = True
        await until(lambda: view.is_whole)


async def test_the_end_is_that_of_the_whole_text() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await opened(app, LONG)
        await view.show(LONG, TEXT)
        await pilot.press("end")
        await until(lambda: view.is_whole and view.max_scroll_y and view.scroll_y == view.max_scroll_y)


async def test_brackets_go_from_heading_to_heading() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await opened(app, LONG)
        await view.show(LONG, TEXT)
        await until(lambda: view.is_whole and app.query(Paragraph).last().size.height)
        first, second = (view.children[n].virtual_region.y for n in (1, 2))
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(lambda: view.scroll_y == second)
        await pilot.press("left_square_bracket")
        await until(lambda: view.scroll_y == first)


async def test_a_list_that_comes_in_portions_looks_like_one_and_is_no_stop_of_the_brackets() -> None:
    app = Reader()
    text = "# Long\n\n## List\n\n" + "".join(f"- entry {n}\n" for n in range(30)) + "\n## After\n\nThe end.\n"
    async with app.run_test(size=(80, 60)) as pilot:
        view = await opened(app, LONG)
        await view.show(LONG, text)
        await until(lambda: view.is_whole and app.query(Paragraph).last().size.height)
        rows = [strip.text.strip() for strip in app.screen._compositor.render_strips(app.size)]
        first = next(at for at, row in enumerate(rows) if row.endswith("entry 0"))
        assert [row.removeprefix("• ") for row in rows[first : first + 30]] == [f"entry {n}" for n in range(30)]
        await pilot.resize_terminal(80, 20)
        await until(lambda: view.max_scroll_y > 20)
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(lambda: view.scroll_y == view.max_scroll_y)
        await pilot.press("left_square_bracket")
        await until(lambda: view.scroll_y == view.children[1].virtual_region.y)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("path", JAPANESE, ids=lambda path: path.name.split(".")[0])
async def test_no_line_of_an_article_begins_with_a_full_stop_or_a_comma(path: Path, width: int) -> None:
    app = Reader()
    async with app.run_test(size=(width, 24)):
        view = await opened(app, path)
        await view.show(path, path.read_text(encoding="utf-8"))
        await until(lambda: view.is_whole and all(one.size.height for one in app.query(Paragraph)))
        for paragraph in app.query(Paragraph):
            lines = [strip.text for strip in paragraph.render_lines(Region(0, 0, *paragraph.size))]
            assert [line for line in lines if MAY_NOT_BEGIN.match(line)] == []
            told = paragraph.get_selection(SELECT_ALL)
            assert told is not None
            shown = "".join("".join(lines).split())
            assert shown == "".join(told[0].split()) == "".join(paragraph._content.plain.split())
