"""What is not needed is not imported: asked of fresh interpreters, not of this one."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gpt2mini

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"torch", "textual", "numpy", "plotext"}
WITH_NUMPY = "bpe corpus modelhead ngrams passes prepared tokenizer"
WITH_TORCH = (
    "adopting huggingface "  # what comes from elsewhere
    "agreement "
    "attention batches checkpoint decode devices exam folded forking kernels learner lens listening loss model "
    "modelfile observing optim peers probing rng sampling saver shards speed starting tensorfile trainer "
    "experiments.matched experiments.tokenizing"
)
HELP = """
from contextlib import redirect_stdout
from io import StringIO
from gpt2mini_tui.cli import main

def ask(words, command):
    with redirect_stdout(StringIO()) as said:
        main.main([*words, "--help"], prog_name="gpt2mini-tui", standalone_mode=False)
    assert "Usage: " + " ".join(["gpt2mini-tui", *words]) in said.getvalue(), said.getvalue()
    for name, inner in getattr(command, "commands", {}).items():
        ask([*words, name], inner)

ask([], main)
"""


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has after a statement, with no folder on its path but its own."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def modules_of(package: str) -> set[str]:
    """Return the dotted names of all modules of a source folder such as `core/gpt2mini`."""
    folder = ROOT / package
    names = {
        path.relative_to(folder.parent).with_suffix("").as_posix().replace("/", ".") for path in folder.rglob("*.py")
    }
    return {name.removesuffix(".__init__") for name in names}


def importing(names: set[str]) -> str:
    return f"import {', '.join(sorted(names))}"


def test_the_command_line_costs_nothing_to_import() -> None:
    assert not loaded_by("import gpt2mini_tui.cli") & HEAVY


def test_no_help_text_loads_anything_heavy() -> None:
    assert not loaded_by(HELP) & HEAVY


def test_the_library_below_the_model_loads_no_torch() -> None:
    light = modules_of("core/gpt2mini") - {f"gpt2mini.{name}" for name in WITH_TORCH.split()}
    assert not loaded_by(importing(light)) & (HEAVY - {"numpy"})


def test_reading_runs_loads_no_numpy() -> None:
    light = modules_of("core/gpt2mini") - {f"gpt2mini.{name}" for name in f"{WITH_TORCH} {WITH_NUMPY}".split()}
    assert "gpt2mini.runs" in light
    assert not loaded_by(importing(light)) & HEAVY


def test_the_whole_app_can_be_imported_without_torch() -> None:
    assert "torch" not in loaded_by(importing(modules_of("gpt2mini_tui")))


def test_loading_is_noticed() -> None:
    assert loaded_by("from gpt2mini import load_model") >= {"torch", "numpy", "gpt2mini.checkpoint"}


def test_the_library_loads_nothing_of_itself_before_it_is_asked() -> None:
    assert {name for name in loaded_by("import gpt2mini") if name.startswith("gpt2mini.")} == set()


@pytest.mark.parametrize("name", ["core", "data", "checkpoints", "tests", "docs", "benchmarks"])
def test_a_folder_of_the_checkout_cannot_be_imported_from_elsewhere(name: str) -> None:
    with pytest.raises(AssertionError, match="ModuleNotFoundError"):
        loaded_by(f"import {name}")


@pytest.mark.parametrize("name", gpt2mini.__all__)
def test_a_public_name_is_what_it_says(name: str) -> None:
    assert getattr(gpt2mini, name).__name__ == name
    assert name in dir(gpt2mini)


def test_a_type_checker_sees_the_same_names_as_a_program() -> None:
    source = ast.parse(Path(str(gpt2mini.__file__)).read_text(encoding="utf-8"))
    block = next(node for node in source.body if isinstance(node, ast.If))
    declared = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert sorted(declared) == sorted(gpt2mini.__all__)
    assert declared == {name: getattr(gpt2mini, name).__module__ for name in declared}


def test_a_name_that_is_not_there_is_missed_as_usual() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = gpt2mini.nothing
