"""What was predicted and what was measured, remembered: of cards one JSON object a line, and of each run beside it."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from gpt2mini.errors import DiskError, LabError, reason
from gpt2mini.experiments.arms import Question
from gpt2mini.experiments.cards import Card, Judged
from gpt2mini.experiments.findings import Row
from gpt2mini.paths import Home
from gpt2mini.runs import Run, Store
from gpt2mini.settings import fits, hints
from gpt2mini.storage import read_regular

__all__ = ["Entry", "entries", "entry_of", "label_arms", "label_runs", "latest", "remember"]

_FILE = "answers.jsonl"
_LIMIT = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One card, played through once."""

    card: str
    prediction: str
    """The key of a choice, or empty for a look without one."""
    answer: str
    """The key of the choice that the numbers made right; empty where they did not tell."""
    word: str
    value: float | None
    text: str
    corpus: str
    seeds: tuple[int, ...] = ()
    runs: tuple[str, ...] = ()
    """The names of the run folders, arm by arm, of each arm one for each seed."""
    when: float = field(default_factory=time.time)

    @property
    def is_right(self) -> bool:
        """Whether the prediction was what the numbers say."""
        return bool(self.prediction) and self.prediction == self.answer


def entry_of(
    card: Card, verdict: Judged, *, prediction: str, corpus: str, seeds: tuple[int, ...], runs: tuple[str, ...]
) -> Entry:
    """Return what there is to write down of a card that was played."""
    return Entry(
        card=card.name,
        prediction=prediction,
        answer=verdict.answer,
        word=verdict.word,
        value=verdict.value,
        text=verdict.text,
        corpus=corpus,
        seeds=seeds,
        runs=runs,
    )


def label_runs(store: Store, card: Card, entry: Entry) -> None:
    """Write beside each run of a card what was asked, predicted and found; what somebody wrote there stays.

    A run that several cards share keeps what the first of them asked. Raises DiskError.
    """
    choice = card.choice(entry.prediction)
    for name in entry.runs:
        _label(store, name, card.question, choice.text if choice is not None else "", entry.text)


def label_arms(store: Store, question: Question, runs: Mapping[str, Sequence[str]], rows: Sequence[Row]) -> None:
    """Write beside each run of an experiment what was asked, expected and found; `runs` has their names by arm.

    Where nobody predicted anything, what is commonly expected stands in its place, and says so. What somebody wrote
    stays, and a run that several experiments share keeps what the first of them asked. Raises DiskError.
    """
    expected = {arm.label: f"commonly: {arm.expect}" if arm.expect else "" for arm in question.arms}
    for row in rows:
        for name in runs.get(row.label, ()):
            _label(store, name, question.text, question.prediction or expected[row.label], row.finding.text)


def _label(store: Store, name: str, question: str, prediction: str, verdict: str) -> None:
    run = Run(store.root / name)
    labels = run.labels()
    if labels.question in ("", question):
        told = prediction or labels.prediction
        run.label(replace(labels, question=question, prediction=told, verdict=verdict))


def remember(home: Home, entry: Entry) -> None:
    """Write an entry down; raises DiskError."""
    plain = asdict(entry) | {"value": entry.value if entry.value is None or math.isfinite(entry.value) else None}
    line = json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        home.learn.mkdir(parents=True, exist_ok=True)
        with open(home.learn / _FILE, "a", encoding="utf-8") as file:
            file.write(line)
    except OSError as error:
        raise DiskError("the result cannot be remembered", where=home.learn, why=reason(error)) from error


def entries(home: Home) -> Iterator[Entry]:
    """Yield everything that is remembered, the newest last; a line that is not an entry is passed over."""
    try:
        lines = read_regular(home.learn / _FILE, limit=_LIMIT).decode("utf-8", "replace").splitlines()
    except LabError:
        return
    known = hints(Entry)
    for line in lines:
        try:
            plain = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(plain, dict) or set(plain) != set(known):
            continue
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
        if all(fits(value, known[name]) for name, value in plain.items()):
            yield Entry(**plain)


def latest(home: Home) -> dict[str, Entry]:
    """Return the last entry of each card, by its name."""
    return {entry.card: entry for entry in entries(home)}
