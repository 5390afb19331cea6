"""The same command finds the same runs from any folder, and a name is only ever a name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.errors import UsageError
from gpt2mini.paths import Home, check_name, corpora_folder, find_checkout, find_home


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder that looks like a checkout of this project."""
    for name in ("pyproject.toml", "checkpoints/README.md", "core/gpt2mini/paths.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_an_explicit_home_comes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPT2MINI_HOME", str(tmp_path / "variable"))
    assert find_home(tmp_path / "explicit") == Home(tmp_path / "explicit")
    assert find_home() == Home(tmp_path / "variable")


def test_the_home_does_not_depend_on_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPT2MINI_HOME", raising=False)
    before = find_home()
    monkeypatch.chdir(tmp_path)
    assert find_home() == before
    assert tmp_path not in (before.root, *before.root.parents)


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPT2MINI_HOME", raising=False)
    without = find_home()
    monkeypatch.setenv("GPT2MINI_HOME", "")
    assert find_home() == without


def test_a_relative_home_stays_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_home("lab").root == tmp_path / "lab"


@pytest.mark.parametrize("bad", ["", "  ", "a\0b"])
def test_a_home_that_is_no_folder_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="--home"):
        find_home(bad)


def test_looking_creates_nothing(tmp_path: Path) -> None:
    home = find_home(tmp_path / "lab")
    assert (home.data, home.prepared, home.checkpoints) == (
        tmp_path / "lab/data",
        tmp_path / "lab/data/prepared",
        tmp_path / "lab/checkpoints",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_checkout_is_known_by_its_files(checkout: Path) -> None:
    package = checkout / "core" / "gpt2mini"
    assert find_checkout(package) == checkout
    assert corpora_folder(package) == checkout / "data" / "corpora"
    (checkout / "checkpoints" / "README.md").unlink()
    assert find_checkout(package) is None


def test_an_installed_package_carries_its_corpora(checkout: Path) -> None:
    package = checkout / "site-packages" / "gpt2mini"
    assert find_checkout(package) is None
    assert corpora_folder(package) == package / "_corpora"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        (" \t", "empty"),
        (".", "begins with"),
        ("..", "begins with"),
        (".hidden", "begins with"),
        ("-rf", "begins with"),
        ("../../x", "slash"),
        ("a/b", "slash"),
        ("a\\b", "backslash"),
        ("C:x", "colon"),
        ("a\nb", "cannot be seen"),
        ("a\0b", "cannot be seen"),
        ("\x1b]0;x", "cannot be seen"),
        ("a\x9bb", "cannot be seen"),
        ("a\u202eb", "cannot be seen"),
        ("a\ud800b", "cannot be seen"),
        ("\U000e0041", "cannot be seen"),
        ("name ", "space"),
        ("name.", "dot"),
        ("x" * 101, "100 bytes"),
        ("é" * 51, "100 bytes"),
    ],
)
def test_a_name_that_could_be_anything_else_is_refused(name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        check_name(name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["tales-1", "x" * 100, "日本語", "[red]", "v1.2", "two words", "naïve_run"])
def test_an_ordinary_name_is_fine(name: str) -> None:
    check_name(name)


@given(st.text(max_size=40))
def test_an_accepted_name_stays_in_its_folder(name: str) -> None:
    try:
        check_name(name)
    except UsageError:
        return
    path = Path("/store") / name
    assert path.parent == Path("/store")
    assert path.name == name
    assert name.isprintable() or " " in name or not name.isascii()
