"""The articles quote the code as it is, commands that exist, and figures that were printed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from rich.cells import cell_len

from gpt2mini_tui.cli import main
from gpt2mini_tui.reports.articles import LANGUAGES, articles, articles_folder, guides, guides_folder, twin
from make_articles import COLUMNS, FIGURES, PASSAGE, WIDTH, read_record, record_all, renewed, shown

TEXTS = sorted(articles_folder().glob("*.md"))
PAIRS = [path for path in TEXTS if not path.name.endswith(".ja.md")]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
NEARLY = {"nats": 1e-4, "initial": 0.3, "val": 0.1, "delta": 0.15, "token_cosine": 0.15}
"""By how much a figure may differ on another machine; of what is not named here, only the verdict must hold."""

each = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
pairs = pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def translated(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".md") + LANGUAGES["ja"])


def commands(text: str) -> list[str]:
    blocks = [code for language, code in FENCE.findall(text) if language == "sh"]
    lines = "\n".join(blocks).replace("\\\n", "").splitlines()
    in_prose = re.findall(r"`(gpt2mini-tui [^`\n]+)`", FENCE.sub("", text))
    return [" ".join(line.partition("  #")[0].split()) for line in [*lines, *in_prose] if line.strip()]


def parse(line: str) -> None:
    """Let click read a command line to its end, without running it; raises click.UsageError."""
    program, *words = shlex.split(line)
    assert program == "gpt2mini-tui"
    command: click.Command = main
    context = click.Context(main, info_name=program)
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, line
        command = found
        context = click.Context(command, info_name=name, parent=context)
    assert context.parent is not None
    command.make_context(context.info_name, words, parent=context.parent)


@each
def test_an_article_says_what_the_code_and_the_record_say(path: Path) -> None:
    text = read(path)
    is_same = renewed(text, read_record(), is_japanese=path.name.endswith(".ja.md")) == text
    assert is_same, "code that is quoted, or a figure, has changed: run docs/make_articles.py --quote"


@each
def test_every_passage_has_an_end_and_is_no_other_comment(path: Path) -> None:
    text = read(path)
    assert text.count("<!--") == 2 * len(PASSAGE.findall(text))


@pytest.mark.parametrize("what", ["figures: nothing", "code: Nothing", "code: Block.forward from nothing"])
def test_a_passage_that_nobody_knows_is_refused(what: str) -> None:
    with pytest.raises(LookupError):
        renewed(f"<!-- {what} -->\n<!-- end -->", read_record(), is_japanese=False)


@each
def test_code_is_shown_whole_in_a_terminal_of_80_columns(path: Path) -> None:
    lines = [line for _, code in FENCE.findall(read(path)) for line in code.splitlines()]
    assert [line for line in lines if cell_len(line) > WIDTH] == []


def test_every_figure_is_shown_and_every_number_has_a_tolerance() -> None:
    shown_names = {name for path in TEXTS for _, kind, name, _, _ in PASSAGE.findall(read(path)) if kind == "figures"}
    assert shown_names == set(FIGURES) == set(read_record())
    assert set(NEARLY) <= set(COLUMNS)


@each
def test_every_command_exists(path: Path) -> None:
    lines = commands(read(path))
    assert lines
    for line in lines:
        parse(line)
    with pytest.raises(click.UsageError):
        parse(f"{lines[0]} --no-such-option")


def numbers(text: str) -> set[str]:
    return {found.lstrip("+-−") for found in re.findall(r"[+\-−]?\d+\.\d+", text)}


@each
def test_a_number_in_the_prose_is_one_that_a_command_printed_or_was_given(path: Path) -> None:
    prose = re.sub(r"`[^`\n]*`|arXiv:\S+|[\d.]+ (b|tr)illion", "", FENCE.sub("", PASSAGE.sub("", read(path))))
    figures = "".join(body for _, kind, _, body, _ in PASSAGE.findall(read(path)) if kind == "figures")
    given = {"0.05"}  # the noise of a seed
    assert numbers(prose) - numbers(figures) - given == set()


@pairs
def test_both_languages_show_the_same(path: Path) -> None:
    english, japanese = read(path), read(translated(path))
    assert commands(japanese) == commands(english)
    assert [found[1:3] for found in PASSAGE.findall(japanese)] == [found[1:3] for found in PASSAGE.findall(english)]
    assert re.findall("^#+ ", japanese, re.MULTILINE) == re.findall("^#+ ", english, re.MULTILINE)
    assert ARXIV.findall(japanese) == ARXIV.findall(english)


@each
def test_whoever_is_cited_stands_among_the_sources(path: Path) -> None:
    body, _, sources = read(path).rpartition("\n## ")
    cited = re.findall(r"([A-Z][\w-]+)(?: Team)?(?: et al\.|(?:, [A-Z][a-z]+)* & [A-Z][a-z]+)? \(?(20\d\d[ab]?)", body)
    listed = re.findall(r"^- ([\w-]+).*? (20\d\d[ab]?), \*", sources, re.MULTILINE)
    assert len(listed) == sources.count("\n- ")
    assert set(cited) - set(listed) == set()
    assert len(cited) > len(listed) / 2


@pairs
def test_a_source_is_dated_by_its_first_version(path: Path) -> None:
    lines = [line for line in read(path).splitlines() if line.startswith("- ") and "arXiv:" in line]
    years = [re.search(r"\b20\d\d", line) for line in lines]
    assert [year and year[0] for year in years] == [f"20{ARXIV.findall(line)[0][:2]}" for line in lines]
    assert len({ARXIV.findall(line)[0] for line in lines}) == len(lines)


def test_the_lab_finds_its_articles_those_in_the_language_of_the_reader_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.title for one in articles("en")] == [
        "How a transformer works, by breaking it",
        "From GPT-2 to today's assistants",
    ]
    assert sorted(one.path for one in articles()) == TEXTS
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for language, other in (("ja", "en"), ("en", "ja")):
        monkeypatch.setenv("LANG", f"{language}_XX.UTF-8")
        assert articles() == articles(language) + articles(other)
    monkeypatch.setenv("LC_ALL", "C")
    assert articles() == articles("en") + articles("ja")


def test_the_lab_finds_every_guide_the_one_to_begin_with_first() -> None:
    found = guides()
    assert sorted(one.path for one in found) == sorted(guides_folder().glob("*.md"))
    assert found[0].title == "The first ten minutes"


def test_an_article_knows_its_file_in_the_other_language() -> None:
    assert {twin(path) for path in TEXTS} == set(TEXTS)
    assert all(twin(path) != path == twin(twin(path)) for path in TEXTS)


def differing(new: Any, old: Any) -> Iterator[tuple[str, Any, Any]]:
    for name, rows in old.items():
        for row, again in zip(rows, new[name], strict=True):
            for column, value in row.items():
                here = again[column]
                if here is None or value is None:
                    is_same = here == value
                elif column in NEARLY:
                    is_same = abs(here - value) <= NEARLY[column]
                elif column == "gradients":  # vanishing or not: that is what the articles say of it
                    is_same = (here < 0.05) == (value < 0.05)
                else:
                    is_same = shown(again, column) == shown(row, column)
                if not is_same:
                    yield f"{name}: {column}", here, value


def test_a_figure_that_is_another_is_found() -> None:
    old = read_record()
    rows = old["residual"]
    new = old | {"residual": [*rows[:-1], {**rows[-1], "val": 1.0, "passed": "4-gram"}]}
    assert [name for name, _, _ in differing(new, old)] == ["residual: val", "residual: passed"]


@pytest.mark.slow
def test_the_experiments_print_these_figures_again(tmp_path: Path) -> None:
    assert list(differing(record_all(tmp_path), read_record())) == []
