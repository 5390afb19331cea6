"""The house rules that no other tool checks: on code, on events, on the folders of the checkout."""

import dataclasses
import importlib
import itertools
import re
import subprocess
import tomllib
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gpt2mini import events
from gpt2mini.ablations import Ablations
from gpt2mini.events import EVENTS, Event, from_json, to_json
from rules import RULES, Rule, paths_of_a_machine

ROOT = Path(__file__).resolve().parents[1]
TEXT = (".py", ".md", ".toml", ".tcss", ".txt", ".yaml", "")
MODULES = sorted(path.stem for path in (ROOT / "core" / "gpt2mini").glob("*.py") if path.stem != "__init__")


def files(where: Iterable[str], pattern: str = "*.py") -> list[Path]:
    return sorted(
        path for folder in where for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts
    )


def breaches(rule: Rule) -> list[str]:
    named = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files(rule.where)}
    return [f"{name}:{line}" for name, code in named.items() if name not in rule.but for line in rule.find(code)]


# On code


@pytest.mark.parametrize("name", RULES)
def test_nobody_breaks_a_rule(name: str) -> None:
    assert breaches(RULES[name]) == []


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_what_breaks_it_and_nothing_else(name: str) -> None:
    rule = RULES[name]
    assert [code for code in rule.bad if not list(rule.find(code))] == []
    assert [code for code in rule.good if list(rule.find(code))] == []


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.but])
def test_whoever_may_break_a_rule_still_needs_to(name: str) -> None:
    rule = RULES[name]
    assert [file for file in rule.but if not list(rule.find((ROOT / file).read_text(encoding="utf-8")))] == []


def badly_named(path: Path) -> bool:
    """Tell whether a name says nothing, or is one that an ignored folder of the checkout has."""
    return path.stem.strip("_") in ("util", "utils", "helper", "helpers", "common", "misc", "data", "checkpoints")


def test_a_module_is_named_after_what_it_does() -> None:
    assert [path for path in files(("core", "gpt2mini_tui", "benchmarks", "tests")) if badly_named(path)] == []
    assert badly_named(Path("core/utils.py"))
    assert not badly_named(Path("core/__init__.py"))


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_exists(name: str) -> None:
    module = importlib.import_module(f"gpt2mini.{name}")
    offered = module.__all__
    assert [word for word in offered if not hasattr(module, word)] == []
    assert len(set(offered)) == len(offered)
    assert [word for word in offered if word.startswith("_")] == []


# On events


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Give the values that a field of an event may have; an event holds nothing that is not plain."""
    if isinstance(hint, types.UnionType):
        return st.one_of(*map(values, typing.get_args(hint)))
    if typing.get_origin(hint) is dict:
        kind = typing.get_args(hint)[1]
        inner = st.floats(allow_nan=False, allow_infinity=False) if kind is float else values(kind)  # reference lines
        return st.dictionaries(st.text(), inner, max_size=3)
    if typing.get_origin(hint) is tuple:
        return st.lists(values(typing.get_args(hint)[0]), max_size=3).map(tuple)
    if hint is Ablations:
        return st.builds(Ablations, residual=st.booleans(), warmup=st.booleans())
    if hint is Any:  # inside of a configuration
        return st.none() | st.booleans() | st.text() | st.dictionaries(st.text(), st.integers(), max_size=3)
    plain = {
        bool: st.booleans(),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(),
        str: st.text(),
        type(None): st.none(),
    }
    return plain[hint]


def some(cls: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(cls, **{name: values(hint) for name, hint in typing.get_type_hints(cls).items()})


@pytest.mark.parametrize("cls", EVENTS.values(), ids=EVENTS)
@given(data=st.data())
def test_an_event_survives_the_log(cls: type[Event], data: st.DataObject) -> None:
    event = data.draw(some(cls))
    line = to_json(event)
    assert "\n" not in line
    assert repr(from_json(line)) == repr(event)  # as words, where NaN is equal to itself


def test_every_event_can_be_read_back() -> None:
    assert set(EVENTS) | {"Event"} == {name for name in events.__all__ if name[0].isupper() and name != "EVENTS"}


@pytest.mark.parametrize("cls", EVENTS.values(), ids=EVENTS)
def test_an_event_is_a_frozen_value_in_the_past_tense(cls: type[Event]) -> None:
    assert cls.__name__.endswith(("ed", "Done"))
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]  # every dataclass has it
    assert "__slots__" in vars(cls)
    assert all(field.kw_only for field in dataclasses.fields(cls))


# On the checkout


WHOLE = """
README.md README.ja.md pyproject.toml constraints.txt Makefile LICENSE CHANGELOG.md CONTRIBUTING.md .ci/run
gpt2mini_tui/__init__.py gpt2mini_tui/py.typed core/gpt2mini/__init__.py core/gpt2mini/py.typed
data/README.md data/corpora checkpoints/README.md docs/adr benchmarks tests
"""


def test_the_checkout_is_whole() -> None:
    assert [entry for entry in WHOLE.split() if not (ROOT / entry).exists()] == []


def code_in(text: str) -> list[str]:
    """Return the lines of code of a Markdown text, without comments and without how they are set."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_japanese_readme_shows_the_same() -> None:
    english, japanese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md"))
    assert code_in(japanese) == code_in(english), "what README.md shows has to be shown in README.ja.md too"
    for mark in ("\n## ", "\n### ", "\n| ", "![", "<!-- table: "):
        assert japanese.count(mark) == english.count(mark), mark
    assert code_in("```sh\na  # b\n\nc\n```\n") == ["a", "c"]


TEXTS = [*ROOT.glob("*.md"), *files(("docs",), "*.md"), ROOT / "data/README.md", ROOT / "checkpoints/README.md"]


def links_in(path: Path) -> list[tuple[str, str]]:
    """Return the links of a text that stay in the checkout: file and heading, either of them may be empty."""
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    inside = [link for link in links if not re.match(r"https?:|mailto:", link)]
    return [(place, heading) for place, _, heading in (link.partition("#") for link in inside)]


def anchors(text: str) -> set[str]:
    """Return what the headings of a Markdown text are called in links to them."""
    found: set[str] = set()
    for heading in re.findall(
        r"^#+ +(.*?) *#*$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    ):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(next(name for n in itertools.count() if (name := f"{slug}-{n}" if n else slug) not in found))
    return found


def test_a_link_leads_to_a_file() -> None:
    links = [(path, place) for path in TEXTS for place, _ in links_in(path) if place]
    assert len(links) > 10
    assert [(path.name, place) for path, place in links if not (path.parent / place).exists()] == []


def test_a_link_leads_to_a_heading() -> None:
    links = [(path, place, heading) for path in TEXTS for place, heading in links_in(path) if heading]
    assert [
        (path.name, place, heading)
        for path, place, heading in links
        if heading not in anchors((path.parent / place if place else path).read_text(encoding="utf-8"))
    ] == []
    assert anchors("# A `b-c`: d?\n```\n# e\n```\n## [F](g.md) 1/2\n## f 12\n#h\n") == {"a-b-c-d", "f-12", "f-12-1"}


def test_a_source_root_is_no_package() -> None:
    assert not (ROOT / "core" / "__init__.py").exists()
    assert not (ROOT / "data" / "__init__.py").exists()


def unanchored(line: str) -> bool:
    """Tell whether a line of .gitignore could drop a source folder at any depth."""
    is_generated = re.fullmatch(r"__pycache__/|\*\.[\w-]+/?|\.DS_Store", line)
    return bool(line) and not line.startswith(("#", "/", "!/")) and not is_generated


def test_every_line_of_gitignore_is_anchored() -> None:
    assert [line for line in (ROOT / ".gitignore").read_text().splitlines() if unanchored(line)] == []
    assert unanchored("checkpoints/")
    assert unanchored("data")
    assert not unanchored("/checkpoints/*")


def test_no_source_file_is_ignored() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    source = [*files(("core", "gpt2mini_tui", "tests", "benchmarks", "docs"), "*.*"), ROOT / "checkpoints/README.md"]
    asked = "\n".join(str(path) for path in source)
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"], input=asked, cwd=ROOT, capture_output=True, text=True
    )
    assert answer.stdout.splitlines() == []


def test_no_file_knows_a_machine() -> None:
    folders = ("core", "gpt2mini_tui", "tests", "docs", "benchmarks", ".ci")
    texts = [path for path in (*files(folders, "*"), *ROOT.iterdir()) if path.is_file() and path.suffix in TEXT]
    texts = [path for path in texts if path.name != ".git"]  # in a linked work tree git keeps a path there
    found = {path.relative_to(ROOT): list(paths_of_a_machine(path.read_text(encoding="utf-8"))) for path in texts}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert list(paths_of_a_machine("a\ncd /" + "home/me/lab")) == [2]
    assert list(paths_of_a_machine("pip install --index" + "-url x")) == [1]
    assert list(paths_of_a_machine("~/lab, /tmp/x and https://example.org/home/")) == []


def test_every_dependency_is_pinned_for_development() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = map(Requirement, re.findall(r"^[\w.-]+==.+$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    pinned = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}
    for wanted in map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["dev"]]):
        assert pinned.get(canonicalize_name(wanted.name), "none") in wanted.specifier, wanted
