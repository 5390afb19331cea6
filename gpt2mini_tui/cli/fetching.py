"""Fetching a text from the command line: what it is called, how far it is, and what can be done with it."""

import sys
from pathlib import Path

from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.cli.output import is_terminal, note, say, say_json
from gpt2mini_tui.cli.progress import Bar

__all__ = ["fetch_text"]


def fetch_text(url: str, home: Home, *, name: str, sha256: str, as_json: bool) -> None:
    """Fetch a text into the home, and say where it is; raises what `download` raises."""
    from gpt2mini.downloads import download

    bar = Bar()

    def show(done: int, size: int) -> None:
        if bar.is_due():
            bar.draw(f"{words.size(done)} of {words.size(size)}" if size else words.size(done))

    try:
        path = download(url, home, name=name, sha256=sha256, progress=show)
    finally:
        bar.clear()
    _tell(path, name, sha256, as_json=as_json)


def _tell(path: Path, name: str, sha256: str, *, as_json: bool) -> None:
    import hashlib

    found = sha256.lower() or hashlib.sha256(path.read_bytes()).hexdigest()
    if as_json:
        say_json({"name": name, "path": path, "sha256": found})
        return
    say(path)
    if not sha256:
        note(f"Its SHA-256 is {found}; give it as --sha256 to be sure of the same text again.")
    if is_terminal(sys.stdout):
        note(f"Train on it with: gpt2mini-tui train --data {name}")
