"""What comes with the lab to be read in it: `docs/articles` and `docs/guides`, `_articles` and `_guides` in a wheel."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gpt2mini.paths import find_checkout

__all__ = ["LANGUAGES", "Article", "articles", "articles_folder", "guides", "guides_folder", "twin"]

LANGUAGES = {"en": ".md", "ja": ".ja.md"}
"""Each language that there are articles in, and how their files end."""
_NAMES = ("how-a-transformer-works", "from-gpt-2-to-assistants")
"""In the order in which they are to be read."""
_GUIDES = (
    "first-ten-minutes",
    "your-own-text",
    "reading-the-charts",
    "break-it-cards",
    "chat-and-xray",
    "resuming-and-forking",
    "scripting",
    "troubleshooting",
)
"""The same."""
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
    return _found(paths)


def guides() -> list[Article]:
    """Return the guides, which are in English; nothing if they were not packaged."""
    return _found(guides_folder() / f"{name}.md" for name in _GUIDES)


def _found(paths: Iterable[Path]) -> list[Article]:
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
    return _folder("articles")


def guides_folder() -> Path:
    """Return where the guides lie."""
    return _folder("guides")


def _folder(name: str) -> Path:
    checkout = find_checkout()
    return _PACKAGE / f"_{name}" if checkout is None else checkout / "docs" / name


def _title(path: Path) -> str:
    """Return the first heading of a text."""
    with path.open(encoding="utf-8") as text:
        return next((line[2:].strip() for line in text if line.startswith("# ")), path.stem)
