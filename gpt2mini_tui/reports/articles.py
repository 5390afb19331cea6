"""The articles that come with the lab, to be read in it: `docs/articles` in a checkout, `_articles` in a wheel."""

from pathlib import Path
from typing import NamedTuple

from gpt2mini.paths import find_checkout

__all__ = ["LANGUAGES", "Article", "articles", "articles_folder"]

LANGUAGES = {"en": ".md", "ja": ".ja.md"}
"""Each language that there are articles in, and how their files end."""
_NAMES = ("how-a-transformer-works", "from-gpt-2-to-assistants")
"""In the order in which they are to be read."""
_PACKAGE = Path(__file__).resolve().parents[1]


class Article(NamedTuple):
    """A text in Markdown, without pictures and without HTML but for comments."""

    title: str
    path: Path


def articles(language: str = "en") -> list[Article]:
    """Return the articles in a language, in English where there is none; nothing if they were not packaged."""
    end = LANGUAGES.get(language, LANGUAGES["en"])
    paths = (articles_folder() / f"{name}{end}" for name in _NAMES)
    return [Article(_title(path), path) for path in paths if path.is_file()]


def articles_folder() -> Path:
    """Return where the articles lie."""
    checkout = find_checkout()
    return _PACKAGE / "_articles" if checkout is None else checkout / "docs" / "articles"


def _title(path: Path) -> str:
    """Return the first heading of a text."""
    with path.open(encoding="utf-8") as text:
        return next((line[2:].strip() for line in text if line.startswith("# ")), path.stem)
