"""What there is to read in Learn: listed below the cards, in two languages, with links that lead on."""

from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui.reports.articles import Article, guides
from gpt2mini_tui.widgets.article_view import ArticleView
from gpt2mini_tui.widgets.prose import Paragraph
from learning import learning, rhyme_home, small_deck


@pytest.fixture(autouse=True)
def _small_deck(monkeypatch: pytest.MonkeyPatch) -> None:
    small_deck(monkeypatch)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return rhyme_home(tmp_path)


async def test_articles_are_listed_where_there_are_any(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Article] = []
    monkeypatch.setattr("gpt2mini_tui.screens.learn.articles", lambda: found)
    async with learning(home) as (it, place):
        assert "to read" not in it.screen
        path = tmp_path / "1-pieces.md"
        path.write_text("# Piece by piece\n\nEach block *adds* to the stream.\n", encoding="utf-8")
        found.append(Article("Piece by piece", path))
        place.look()
        await it.sees("to read", "▤ Piece by piece")
        await it.press("end", "enter")
        await it.sees("Each block adds to the stream.")
        await it.press("left")
        await it.sees("taking parts away")


async def test_a_guide_is_read_like_an_article_and_its_links_go_to_other_guides(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpt2mini_tui.screens.learn.guides", guides)
    async with learning(home, size=(120, 60)) as (it, place):
        await it.sees("guides", "▤ The first ten minutes", "▤ Troubleshooting")
        await it.press("end", "enter")
        await it.sees("Begin with what the lab thinks of your machine.")
        assert place.check_action("language", ()) is False
        await it.press("escape", *["up"] * (len(guides()) - 1), "enter")
        await it.until(lambda: place.query_one(ArticleView).is_whole and place.current.title == "The first ten minutes")
        await it.press("end")
        await it.click_on("Your own text", within=place.query_one(ArticleView))
        await it.sees("Anything that is text will do")
        assert place.current.title == "Your own text"
        await it.press("1", "6")
        await it.until(lambda: it.app.focused is place.query_one(ArticleView))


async def test_a_link_to_a_file_that_is_no_text_of_the_lab_says_so_and_copies_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "parts.md"
    path.write_text("[the deck](../cards.md)\n", encoding="utf-8")
    monkeypatch.setattr("gpt2mini_tui.screens.learn.guides", lambda: [Article("Parts", path)])
    async with learning(home, size=(120, 40)) as (it, place):
        await it.sees("▤ Parts")
        await it.press("end", "enter")
        await it.click_on("the deck", within=place.query_one(ArticleView))
        await it.until(lambda: "cards.md is not among the texts here." in it.toasts)
        assert not it.app.clipboard
        assert place.current.title == "Parts"


async def test_a_link_opens_the_article_it_leads_to_and_any_other_is_copied(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english, japanese = tmp_path / "parts.md", tmp_path / "parts.ja.md"
    english.write_text("[日本語](parts.ja.md)\n\n[a paper](https://example.org/abs/1)\n", encoding="utf-8")
    japanese.write_text("[English](parts.md)\n\n部品ごとに。\n", encoding="utf-8")
    found = [Article("Parts", english), Article("部品", japanese)]
    monkeypatch.setattr("gpt2mini_tui.screens.learn.articles", lambda: found)
    async with learning(home, size=(120, 40)) as (it, place):
        await it.sees("▤ Parts")
        await it.press("end", "up", "enter")
        await it.sees("a paper")
        paragraphs = list(place.query(Paragraph))
        await it.pilot.click(paragraphs[1], offset=(2, 0))
        await it.until(lambda: it.app.clipboard == "https://example.org/abs/1")
        assert it.app.clipboard in it.toasts
        await it.pilot.click(paragraphs[0], offset=(2, 0))
        await it.sees("部品ごとに。")
        assert place.current.title == "部品"
        await it.press("l")
        await it.sees("a paper")
        assert place.current.title == "Parts"


async def test_escape_leaves_first_the_link_and_then_the_article(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "parts.md", tmp_path / "other.md"
    path.write_text("[the other](other.md)\n\n" + "A line.\n\n" * 60, encoding="utf-8")
    other.write_text("# Other\n\nNo link.\n", encoding="utf-8")
    monkeypatch.setattr("gpt2mini_tui.screens.learn.guides", lambda: [Article("Parts", path), Article("Other", other)])
    async with learning(home) as (it, place):
        await it.sees("▤ Parts")
        await it.press("end", "up", "enter")
        await it.sees("the other", "Link")
        view = place.query_one(ArticleView)
        await it.press("tab")
        await it.sees("Follow", "Leave link")
        await it.press("end")
        await it.until(lambda: view.scroll_y == view.max_scroll_y > 0)  # the focus is still in the article
        await it.press("escape")
        await it.until(lambda: "Follow" not in it.screen)
        assert it.app.focused is view
        await it.press("escape")
        await it.until(lambda: it.app.focused is place._rows)
        await it.press("enter", "home", "tab", "enter")
        await it.sees("No link.")
        assert place.current.title == "Other"
        await it.until(lambda: "Link" not in it.screen)
