"""Every mark in the lists of runs has its sentence in the help of its place."""

import ast
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from gpt2mini.labels import Labels
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.charts import comparing
from gpt2mini_tui.runs import short_names
from gpt2mini_tui.runs.shelf import Shelf
from gpt2mini_tui.screens import run_details, run_differences, run_table, run_tree
from gpt2mini_tui.screens.browser import CheckpointsPlace
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.place import Place
from gpt2mini_tui.screens.run_table import RunTable
from gpt2mini_tui.screens.run_tree import RunTree
from gpt2mini_tui.widgets import column_heads, rows
from gpt2mini_tui.widgets.rows import Cell
from tiny_lab import copy_home, lab, tiny_home

READ = "+-_.,:/() "
"""Signs of numbers and names, which need no sentence."""
DRAWING = {
    ComparePlace: (run_table, run_differences, comparing, rows, column_heads, short_names),
    CheckpointsPlace: (run_tree, run_details, rows, short_names),
}


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Home:
    return copy_home(tiny_home(tmp_path_factory), tmp_path)


def signs(texts: Iterable[str]) -> set[str]:
    """Return the characters that are neither letters nor numbers nor what stands in these."""
    return {sign for text in texts for sign in text if not sign.isalnum() and sign not in READ}


def told(place: type[Place]) -> set[str]:
    return signs(mark for mark, _ in place.LEGEND)


def written(module: ModuleType) -> list[str]:
    """Return every text in a module that is no docstring and not what the help says, as far as it is not ASCII."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    apart = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    apart += [node.value for node in tree.body if isinstance(node, ast.Assign) and _name(node) == "LEGEND"]
    left_out = {id(inner) for node in apart for inner in ast.walk(node)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in left_out]
    return [text.value for text in texts if isinstance(text.value, str) and not text.value.isascii()]


def _name(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


def text(cells: Iterable[Cell]) -> str:
    return "".join(cell.text for cell in cells)


@pytest.mark.parametrize("place", DRAWING, ids=lambda place: place.__name__)
def test_every_sign_that_is_written_into_a_list_has_its_sentence(place: type[Place]) -> None:
    found = signs(text for module in DRAWING[place] for text in written(module))
    assert len(found) >= 4
    assert found - told(place) == set()


def test_a_table_with_everything_in_it_is_told(home: Home) -> None:
    store = Store(home.checkpoints)
    store.get("neko").label(Labels(tags=("授業",), note="for the talk"))
    (home.checkpoints / "broken" / "run.json").write_text("{", encoding="utf-8")
    shelf = Shelf(store)
    [*_, runs] = shelf.runs()
    assert runs is not None
    stories = {name: story for name in ("full", "neko") for story in shelf.story(name) if story is not None}
    told_runs = [replace(run, flips=((21, "residual", False),)) if run.problem else run for run in runs]
    table = RunTable(runs=told_runs, stories=stories, marked=["full"], baseline="full")
    table.arrange()
    drawn = [text(table.draw(line, 200)) for line in range(len(runs))]
    assert all(any(mark in line for line in drawn) for mark in ("¶", "#授業", "R21", "baseline", "–", "damaged"))
    assert signs(drawn) - told(ComparePlace) == set()
    named = " ".join(mark for mark, _ in ComparePlace.LEGEND)
    assert all(word in named for word in ("a b c", "baseline", "damaged", "no mlp", "noise", "same"))


def test_a_tree_with_everything_in_it_is_told(home: Home) -> None:
    [*_, runs] = Shelf(Store(home.checkpoints)).runs()
    assert runs is not None
    run = next(run for run in runs if run.name == "full")
    entries = list(reversed(Store(home.checkpoints).get("full").checkpoints()))
    entries[0] = replace(entries[0], pinned=True, label="the one", val_loss=math.nan)
    entries[1] = replace(entries[1], problem="its checksum is wrong")
    tree = RunTree(runs=runs, opened={"full": tuple(entries)}, verified={entries[0].path: ""})
    tree.arrange()
    drawn = [text(tree.draw(line, 60)) for line in range(len(tree.nodes))]
    assert run.name in " ".join(drawn)
    assert all(any(mark in line for line in drawn) for mark in ("▸", "▾", "├", "└", "◆", "✓", "–", "damaged", "best"))
    assert signs(drawn) - told(CheckpointsPlace) == set()
    assert {"damaged", "best", "a word"} <= {mark for mark, _ in CheckpointsPlace.LEGEND}


@pytest.mark.parametrize("place", DRAWING, ids=lambda place: place.__name__)
async def test_the_help_of_a_place_tells_its_marks(home: Home, place: type[Place]) -> None:
    async with lab(home, place, size=(120, 120)) as (it, _):
        await it.press("question_mark")
        await it.sees("Reading the lists", *(mark for mark, _ in place.LEGEND), place.LEGEND[-1][1][:40])


async def test_a_place_without_lists_has_no_such_legend(home: Home) -> None:
    async with lab(home, ComparePlace, size=(120, 120)) as (it, _):
        await it.press("1", "question_mark")
        await it.sees("Reading the charts")
        assert "Reading the lists" not in it.screen
