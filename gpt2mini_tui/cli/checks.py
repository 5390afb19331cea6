"""What the lab needs of a machine, looked at one by one; a finding that is not `ok` says what to do."""

import locale
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.cli.output import is_terminal

__all__ = ["Finding", "examine"]

_PACKAGES = ("torch", "textual", "plotext", "click", "safetensors", "numpy", "platformdirs")
_LEAST_SPACE = 200e6
"""Bytes that a few runs of the default size need."""
_LEAST_COLUMNS, _LEAST_ROWS = 80, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "note", "problem"]
    """`note` is worth knowing; `problem` keeps the lab from working."""
    detail: str
    do: str = ""


def examine(home: Home) -> Iterator[Finding]:
    """Yield what is found, the causes before the consequences; this imports torch."""
    yield _python()
    yield from (_package(name) for name in _PACKAGES)
    yield from _device()
    yield _writable(home.root)
    yield _space(home.root)
    yield from _terminal()


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding(name="python", state="ok", detail=detail)


def _package(name: str) -> Finding:
    try:
        return Finding(name=name, state="ok", detail=version(name))
    except PackageNotFoundError:
        return Finding(name=name, state="problem", detail="not installed", do=f"Run pip install {name}.")


def _device() -> Iterator[Finding]:
    try:
        from gpt2mini.devices import choose_device, choose_threads
    except (ImportError, OSError) as error:  # OSError: a library of torch that cannot be loaded
        yield Finding(name="device", state="problem", detail=f"torch cannot be loaded: {error}", do="Reinstall torch.")
        return
    device = choose_device()
    reasons = {
        "mps": "the GPU of this Mac",
        "cuda": "an NVIDIA or AMD GPU",
        "cpu": "there is no MPS and no CUDA that torch can use",
    }
    yield Finding(name="device", state="ok", detail=f"{device}: {reasons[device]}")
    detail = f"{words.count(choose_threads(), 'thread')} on {words.count(os.cpu_count() or 1, 'core')}"
    yield Finding(name="cores", state="ok", detail=detail)


def _writable(root: Path) -> Finding:
    place = next((folder for folder in (root, *root.parents) if folder.exists()), root)
    try:
        with tempfile.TemporaryDirectory(dir=place, prefix=".doctor-"):
            pass
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        do = "Name another with --home or $GPT2MINI_HOME."
        return Finding(name="home", state="problem", detail=f"{root} cannot be written to: {why}", do=do)
    return Finding(name="home", state="ok", detail=f"{root}{'' if place == root else ' (made when it is needed)'}")


def _space(root: Path) -> Finding:
    place = next((folder for folder in (root, *root.parents) if folder.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    if free < _LEAST_SPACE:
        return Finding(name="space", state="problem", detail=f"{words.size(free)} free", do="Free some space.")
    return Finding(name="space", state="ok", detail=f"{words.size(free)} free")


def _terminal() -> Iterator[Finding]:
    kind = os.environ.get("TERM", "")
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)) or kind == "dumb":
        do = "`gpt2mini-tui launch` needs a terminal; the other commands do not."
        yield Finding(name="terminal", state="note", detail=f"none here (TERM={kind or 'not set'})", do=do)
        return
    columns, rows = shutil.get_terminal_size()
    is_small = columns < _LEAST_COLUMNS or rows < _LEAST_ROWS
    do = f"Make it at least {_LEAST_COLUMNS} x {_LEAST_ROWS}." if is_small else ""
    yield Finding(name="terminal", state="note" if is_small else "ok", detail=f"{kind}, {columns} x {rows}", do=do)
    yield _colours(kind)
    yield _characters()


def _colours(kind: str) -> Finding:
    if os.environ.get("NO_COLOR"):
        return Finding(name="colours", state="note", detail="none, because NO_COLOR is set")
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Finding(name="colours", state="ok", detail="16 million")
    detail = "256" if "256" in kind else "16, as far as TERM and COLORTERM tell"
    return Finding(name="colours", state="ok", detail=detail)


def _characters() -> Finding:
    encoding = sys.stdout.encoding or locale.getpreferredencoding(False)
    if "utf" not in encoding.lower():
        do = "Set the locale to one that ends in UTF-8, so that charts can be drawn."
        return Finding(name="characters", state="note", detail=encoding, do=do)
    return Finding(name="characters", state="ok", detail=encoding)
