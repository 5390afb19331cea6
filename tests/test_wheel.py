"""The wheel holds everything, and trains from a folder that has nothing to do with the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
TINY = ["--steps", "1", "--n-layer", "1", "--n-head", "1", "--n-embd", "8", "--block-size", "16", "--batch-size", "2"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    return next(folder.glob("*.whl"))


def run(*words: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def contents(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel, without what describes it."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


def source_files() -> dict[str, Path]:
    """Return what a wheel should hold, by the place it should have there."""
    kept = [path for folder in ("core", "gpt2mini_tui") for path in (ROOT / folder).rglob("*") if path.is_file()]
    found = {path.relative_to(ROOT).as_posix().removeprefix("core/"): path for path in kept if path.suffix != ".pyc"}
    found |= {f"gpt2mini/_corpora/{path.name}": path for path in (ROOT / "data" / "corpora").iterdir()}
    return found | {
        f"gpt2mini_tui/_{kind}/{path.name}": path
        for kind in ("articles", "guides")
        for path in (ROOT / "docs" / kind).glob("*.md")
    }


def test_the_wheel_holds_the_core_the_texts_the_articles_and_the_styles_and_nothing_else(wheel: Path) -> None:
    held = set(contents(wheel))
    assert held == set(source_files())
    assert held >= {"gpt2mini/model.py", "gpt2mini/py.typed", "gpt2mini_tui/cli/__init__.py", "gpt2mini_tui/app.tcss"}
    assert any(name.startswith("gpt2mini/_corpora/") for name in held)
    assert any(name.startswith("gpt2mini_tui/_articles/") for name in held)


def test_the_wheel_says_what_an_installer_asks_for(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        described = {
            Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name
        }
    about = message_from_string(described["METADATA"])
    assert about["Name"] == "gpt2mini-tui"  # as the program, so that pipx and uvx need one word
    assert described["entry_points.txt"].split("\n")[:2] == [
        "[console_scripts]",
        "gpt2mini-tui = gpt2mini_tui.cli:main",
    ]
    assert about["Requires-Python"] == ">=3.11"
    assert {"hf", "serve", "tensorboard"} <= set(about.get_all("Provides-Extra", []))
    required = [Requirement(line) for line in about.get_all("Requires-Dist", [])]
    always = {one.name for one in required if one.marker is None or one.marker.evaluate({"extra": ""})}
    assert always == {"torch", "textual", "plotext", "click", "safetensors", "numpy", "platformdirs"}
    assert about["License-Expression"] == "MIT"
    assert "LICENSE" in described
    assert "py.typed" in {Path(name).name for name in contents(wheel)}


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path)
    run(sys.executable, "-m", "tarfile", "-e", next(tmp_path.glob("*.tar.gz")), tmp_path)
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=unpacked)
    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)


def articles_elsewhere(python: Path) -> str:
    """Return the titles of what somebody can read who has only installed the lab."""
    code = "from gpt2mini_tui.reports import articles as a; print([one.title for one in [*a.articles(), *a.guides()]])"
    return run(python, "-c", code, cwd=python.parent, env={**os.environ, "PYTHONPATH": ""})


def trained_elsewhere(python: Path, folder: Path) -> str:
    """Train a step as somebody would who has only installed the lab, and return where it says the run is."""
    env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "PYTHONPATH": ""}
    env.pop("GPT2MINI_HOME", None)
    program = python.with_name("gpt2mini-tui")
    run(program, "train", *TINY, "--name", "first", cwd=folder, env=env)
    assert list(folder.rglob("first/step-000001/model.safetensors"))
    return run(program, "where", cwd=folder, env=env)


def test_the_wheel_trains_one_step_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "dependencies.pth").write_text(borrowed(tmp_path / "borrowed"))
    where = trained_elsewhere(python, tmp_path)
    assert str(tmp_path) in where
    assert str(ROOT) not in where
    titles = articles_elsewhere(python)
    assert "How a transformer works" in titles
    assert "The first ten minutes" in titles


def borrowed(folder: Path) -> str:
    """Link every installed package but our own into a folder, so that torch need not be installed twice."""
    folder.mkdir()
    for item in Path(sysconfig.get_path("purelib")).iterdir():
        if "gpt2mini" not in item.name and item.suffix != ".pth":
            (folder / item.name).symlink_to(item)
    return f"{folder}\n"


@pytest.mark.slow
def test_the_wheel_installs_with_all_it_needs_into_an_empty_place(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel)
    assert str(tmp_path) in trained_elsewhere(python, tmp_path)
