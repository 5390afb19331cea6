"""The pages of docs/reference are what the code says of itself today."""

from pathlib import Path

import click
import pytest

from gpt2mini.events import EVENTS
from gpt2mini_tui.cli import main
from make_quotes import PASSAGE, TEXTS, renewed
from make_reference import PAGES, REFERENCE


@pytest.mark.parametrize("name", REFERENCE)
def test_a_page_of_the_reference_is_as_new_as_the_code(name: str) -> None:
    assert (PAGES / name).read_text(encoding="utf-8") == REFERENCE[name](), "run `make reference`"


def test_nothing_else_lies_in_the_reference() -> None:
    assert {path.name for path in PAGES.iterdir()} == set(REFERENCE)


def test_every_option_of_a_command_is_in_the_reference() -> None:
    page = REFERENCE["commands.md"]()
    train = main.get_command(click.Context(main), "train")
    assert train is not None
    section = page.partition("\n## train\n")[2].partition("\n## ")[0]
    flags = [word for param in train.params for word in param.opts if word.startswith("--")]
    assert len(flags) > 30
    assert [flag for flag in flags if f"`{flag}" not in section] == []


def test_every_field_of_an_event_is_in_the_reference() -> None:
    page = REFERENCE["events.md"]()
    for name, cls in EVENTS.items():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        fields = set(cls.__dataclass_fields__) - {"step"}
        assert {field for field in fields if f"- `{field}`, " not in section} == set(), name


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_what_a_text_quotes_is_what_the_file_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert renewed(text) == text, "run `make reference`"
    assert text.count("<!--") == 2 * len(PASSAGE.findall(text)) > 0


@pytest.mark.parametrize("what", ["diff: core/gpt2mini/model.py: if on.", "table: README.md: Nothing"])
def test_a_quotation_of_nothing_is_refused(what: str) -> None:
    with pytest.raises(LookupError):
        renewed(f"<!-- {what} -->\n<!-- end -->")
