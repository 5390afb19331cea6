"""The articles that come with the lab, to be read in it: `docs/articles` in a checkout, `_articles` in a wheel."""

import os
from pathlib import Path
from typing import NamedTuple

from gpt2mini.paths import find_checkout

__all__ = ["LANGUAGES", "Article", "articles", "articles_folder", "twin"]

LANGUAGES = {"en": ".md", "ja": ".ja.md"}
"""Each language that there are articles in, and how their files end."""
_NAMES = ("how-a-transformer-works", "from-gpt-2-to-assistants")
"""In the order in which they are to be read."""
_PACKAGE = Path(__file__).resolve().parents[1]


class Article(NamedTuple):
    """A text in Markdown, without pictures and without HTML but for comments."""

    title: str
    path: Path


def articles(language: str = "") -> list[Article]:
    """Return the articles in a language, or in each, the reader's own first; nothing if they were not packaged.

    Raises KeyError for a language that there are none in.
    """
    own = next((known for known in LANGUAGES if _locale().startswith(known)), "en")
    wanted = [language] if language else [own, *(other for other in LANGUAGES if other != own)]
    paths = [articles_folder() / f"{name}{LANGUAGES[one]}" for one in wanted for name in _NAMES]
    return [Article(_title(path), path) for path in paths if path.is_file()]


def twin(path: Path) -> Path:
    """Return the file of the same article in the other language."""
    english, japanese = LANGUAGES["en"], LANGUAGES["ja"]
    own, other = (japanese, english) if path.name.endswith(japanese) else (english, japanese)
    return path.with_name(path.name.removesuffix(own) + other)


def _locale() -> str:
    """Return what the environment says about the language of messages, such as `ja_JP.UTF-8`."""
    return next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")


def articles_folder() -> Path:
    """Return where the articles lie."""
    checkout = find_checkout()
    return _PACKAGE / "_articles" if checkout is None else checkout / "docs" / "articles"


def _title(path: Path) -> str:
    """Return the first heading of a text."""
    with path.open(encoding="utf-8") as text:
        return next((line[2:].strip() for line in text if line.startswith("# ")), path.stem)
