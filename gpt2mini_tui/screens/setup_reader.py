"""What a new run is judged by: the text it is to learn, and how fast this machine is. For `Errands`."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from gpt2mini.config import DataConfig
from gpt2mini.errors import LabError
from gpt2mini.eventlog import speeds
from gpt2mini.experiments.arms import is_arm
from gpt2mini.paths import Home
from gpt2mini.presets import read_measured
from gpt2mini.runs import Store
from gpt2mini_tui import words
from gpt2mini_tui.setup.estimates import Pace

__all__ = ["Known", "TextFacts", "measure", "paces", "read_text"]

_AT_ONCE = 20_000_000
"""Bytes of a file that are read without being asked for."""
_PATIENCE = 0.05
"""Seconds between two looks whether the measurement is done."""
_TRIED = 50
"""Runs that are looked at for a speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """What is known of a text."""

    source: str
    name: str = ""
    characters: int = 0
    distinct: int = 0
    vocabulary: int = 0
    """Different tokens."""
    bytes_per_token: float = 1.0
    train_tokens: int = 0
    val_tokens: int = 0
    references: dict[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    asks: str = ""
    """Why it is not read before somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What has been found out so far."""

    text: TextFacts | None = None
    """None while it is being read."""
    problem: str = ""
    """Why the text cannot be used."""
    paces: tuple[Pace, ...] = ()
    """What tells how fast this machine is."""
    is_measuring: bool = False
    """Whether that is being found out."""
    threads: int = 1


def read_text(data: DataConfig, home: Home, *, is_asked: bool, stop: Callable[[], bool]) -> Iterator[TextFacts | None]:
    """Yield what is known of a text; a large one, or a folder, is only read when that is asked for."""
    from gpt2mini.corpus import prepare
    from gpt2mini.sources import built_in

    source = data.data
    if source == "-":
        yield TextFacts(source=source, asks="standard input is for the command line; here, name a file")
        return
    reason = "" if is_asked or source in built_in() else _reason(source)
    if reason:
        yield TextFacts(source=source, asks=reason)
        return
    try:
        corpus = prepare(source, home, data.tokenizer, vocab_size=data.vocab_size, encoding=data.encoding, stop=stop)
    except InterruptedError:
        return
    yield TextFacts(
        source=source,
        name=corpus.name,
        characters=corpus.statistics.characters,
        distinct=corpus.statistics.distinct,
        vocabulary=corpus.tokenizer.vocab_size,
        bytes_per_token=corpus.bytes_per_token,
        train_tokens=len(corpus.train),
        val_tokens=len(corpus.val),
        references=dict(corpus.references),
        notices=corpus.notices,
    )


def paces(home: Home) -> Iterator[tuple[Pace, ...] | None]:
    """Yield how fast the newest runs of each shape were, and what `bench` has measured; of cards, the newest alone."""
    measured = read_measured(home)
    known = [] if measured is None else list(measured.paces().items())
    benched = [
        Pace(origin=f"what bench measured of {name or 'the default model'}", config=config, tokens_per_second=speed)
        for name, (config, speed) in known
    ]
    lately: list[Pace] = []
    for pace in _lately(home):
        if pace is not None and all(not _is_alike(pace, known) for known in lately):
            lately.append(pace)
        yield None
    yield (*lately, *benched)  # of two that are as near, the run: it was this machine lately


def measure(home: Home) -> Iterator[tuple[Pace, ...] | None]:
    """Have this machine measured in a process of its own, which neither the screen nor its thread waits for."""
    command = [sys.executable, "-m", "gpt2mini_tui", "--home", str(home.root), "bench", "--quick"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            while process.poll() is None:
                yield None
                time.sleep(_PATIENCE)
        finally:
            process.kill()  # the form was left
    yield from paces(home)


def _lately(home: Home) -> Iterator[Pace | None]:
    """Yield the pace of each of the newest runs, the newest first; None for one that took no step."""
    for run in reversed(Store(home.checkpoints).runs()[-_TRIED:]):
        found = speeds(run.path)
        try:
            yield (
                Pace(
                    origin=f"the pace of {run.name}",
                    config=run.manifest().config,
                    tokens_per_second=median(found),  # whatever else the machine did for a moment
                    is_of_card=is_arm(run.name),
                )
                if found
                else None
            )
        except LabError:
            yield None


def _is_alike(pace: Pace, other: Pace) -> bool:
    """Tell whether two paces are of the same shape, or both of cards, so that the newer one says all."""
    shapes = [(replace(one.config.model, vocab_size=1), one.config.train.batch_size) for one in (pace, other)]
    return (pace.is_of_card and other.is_of_card) or (shapes[0] == shapes[1] and not other.is_of_card)


def _reason(source: str) -> str:
    """Return why a text is not simply read; nothing for a file of a modest size, or for what is not there."""
    path = Path(os.path.expanduser(source))
    if path.is_dir():
        return "a folder; Enter reads it"
    try:
        size = path.stat().st_size
    except (OSError, ValueError):  # whoever reads it says why
        return ""
    return f"{words.size(size)}; Enter reads it" if size > _AT_ONCE else ""
