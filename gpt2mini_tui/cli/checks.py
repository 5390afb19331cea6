"""What the lab needs of a machine, looked at one by one; a finding that is not `ok` says what to do."""

import locale
import math
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gpt2mini.errors import reason
from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.cli.output import is_terminal

if TYPE_CHECKING:
    from gpt2mini.agreement import Agreement

__all__ = ["GLYPHS", "Finding", "agreement", "examine", "glyphs"]

_PACKAGES = ("torch", "textual", "plotext", "click", "safetensors", "numpy", "platformdirs")
_OPTIONAL = {"textual-serve": "serve", "tensorboard": "tensorboard", "tokenizers": "hf"}
"""Packages that only some commands need, and the extra that brings each."""
GLYPHS = "⠉⡇⣿ ▁▄█▀▐ ▏▌▉ ░▒▓ ─│└┊╌ ●○◌■◆ ▸▾▲ ←↑→↓ ⏎␣⇥ ✓× Δ±−∅ …·–‖"
"""One of each kind that the lab draws with: curves, bars, maps, lines, marks, arrows, signs for what is invisible."""
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
    yield from (_optional(name, extra) for name, extra in _OPTIONAL.items())
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


def _optional(name: str, extra: str) -> Finding:
    try:
        return Finding(name=name, state="ok", detail=version(name))
    except PackageNotFoundError:
        do = f'For what needs it: pip install "gpt2mini-tui[{extra}]".'
        return Finding(name=name, state="note", detail="not installed, and optional", do=do)


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
    yield _agreement()


def _agreement() -> Finding:
    """Train a moment on every device there is, beside the CPU, and tell the worst of it."""
    import torch

    from gpt2mini.agreement import compare

    there = {"mps": torch.backends.mps.is_available(), "cuda": torch.cuda.is_available()}
    devices = [name for name, is_there in there.items() if is_there]
    if not devices:
        return Finding(name="agreement", state="ok", detail="only the CPU trains here: nothing to compare it with")
    try:
        found = [compare(device) for device in devices]
    except RuntimeError as error:  # what torch raises for a driver or a kernel that is not there
        why = str(error).splitlines()[0][:120]
        do = "Train with --device cpu, and update torch or the driver."
        return Finding(name="agreement", state="problem", detail=f"{devices[0]} cannot train: {why}", do=do)
    return agreement(max(found, key=lambda one: one.difference))


def agreement(found: "Agreement") -> Finding:
    """Return what it means that a device and the CPU took the same steps, and where that brought them."""
    steps = words.count(len(found.expected), "step")
    if found.is_close:
        detail = f"{steps} on {found.device} and on the CPU: losses within {found.difference:.1g} nats"
        return Finding(name="agreement", state="ok", detail=detail)
    if math.isinf(found.difference):
        detail = f"after {steps} the loss on {found.device} is no number"
    else:
        detail = f"within {steps} the losses on {found.device} and on the CPU part by {found.difference:.2g} nats"
    do = "Do not trust this device: train with --device cpu, and update torch."
    return Finding(name="agreement", state="problem", detail=detail, do=do)


def _writable(root: Path) -> Finding:
    place = next((folder for folder in (root, *root.parents) if folder.exists()), root)
    try:
        with tempfile.TemporaryDirectory(dir=place, prefix=".doctor-"):
            pass
    except OSError as error:
        why = reason(error)
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
    yield glyphs()


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


def glyphs() -> Finding:
    """Show what the lab draws with: only a person can see whether the font has it."""
    do = "Each fills one cell and none is a box or a question mark, else choose a font such as DejaVu Sans Mono."
    return Finding(name="glyphs", state="ok", detail=GLYPHS, do=do)
