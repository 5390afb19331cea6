"""Japanese paragraphs of the articles are broken where Japanese is."""

import re
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.selection import SELECT_ALL

from gpt2mini_tui.widgets.article_view import ArticleView
from gpt2mini_tui.widgets.prose import Paragraph, broken

ARTICLES = Path(__file__).resolve().parents[2] / "docs" / "articles"
JAPANESE = sorted(ARTICLES.glob("*.ja.md"))
MAY_NOT_BEGIN = re.compile("[、。，．・：；！？）」』】ー]")


class Reader(App[None]):
    def compose(self) -> ComposeResult:
        yield ArticleView()


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


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("path", JAPANESE, ids=lambda path: path.name.split(".")[0])
async def test_no_line_of_an_article_begins_with_a_full_stop_or_a_comma(path: Path, width: int) -> None:
    app = Reader()
    async with app.run_test(size=(width, 24)) as pilot:
        view = app.query_one(ArticleView)
        view.open(path)
        view.show(path, path.read_text(encoding="utf-8"))
        while not app.query(Paragraph) or not all(one.size.height for one in app.query(Paragraph)):
            await pilot.pause()
        for paragraph in app.query(Paragraph):
            lines = [strip.text for strip in paragraph.render_lines(Region(0, 0, *paragraph.size))]
            assert [line for line in lines if MAY_NOT_BEGIN.match(line)] == []
            told = paragraph.get_selection(SELECT_ALL)
            assert told is not None
            shown = "".join("".join(lines).split())
            assert shown == "".join(told[0].split()) == "".join(paragraph._content.plain.split())
