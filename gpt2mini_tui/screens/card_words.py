"""What the page of a card says in words, as values: before, while it is played, and when it is answered."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from textual.content import Content

from gpt2mini.config import Config
from gpt2mini.experiments.cards import Card, Judged
from gpt2mini.experiments.notebook import Entry
from gpt2mini.settings import Value
from gpt2mini_tui import words
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.plan import PlayCard
from gpt2mini_tui.widgets.particulars import Fact
from gpt2mini_tui.widgets.progress_bar import progress_bar
from gpt2mini_tui.widgets.rows import RUN_TONES, Tone

__all__ = [
    "evidence",
    "facts_after",
    "facts_before",
    "facts_watching",
    "foreseen",
    "head",
    "progress",
    "recalled",
    "verdict",
    "why",
]

_SIGNS = {
    "as expected": ("✓", "$text-success"),
    "different": ("≠", "$text-warning"),
    "cannot tell": ("?", "$foreground"),
}


def head(card: Card, *, is_small: bool = False) -> Content:
    """Return the title and the question; small where the numbers need the room."""
    return Content.assemble((card.title, "bold"), "\n" if is_small else "\n\n", (card.question, "dim" * is_small))


def facts_before(card: Card, plan: PlayCard) -> list[Fact]:
    """Return what is known of a card before it is played, nothing of its answer among it."""
    base = card.as_arms()[0].config
    pairs = "" if plan.seeds == 1 else f", {plan.seeds} seeds"
    runs = words.count(plan.seeds * len(card.arms), "run")
    return [
        Fact("watch", card.watch),
        Fact("compares", "; ".join(_arm(label, changes) for label, changes in card.arms)),
        Fact("trains", f"{runs} on {_text_of(card, plan)}{pairs}: {_sizes(base)}"),
        Fact("command", plan.command(), "dim"),
    ]


def facts_watching(card: Card) -> list[Fact]:
    """Return what to look at while it is played."""
    return [Fact("watch", card.watch)]


def facts_after(lesson: Lesson) -> list[Fact]:
    """Return what was played: the text, the seeds and the runs."""
    entry = lesson.entry
    corpus = "" if entry is None else f"on {entry.corpus}, {words.ago(entry.when)}"
    seeds = ", ".join(map(str, lesson.seeds))
    return [
        Fact("played", f"{corpus}, {'seed' if len(lesson.seeds) == 1 else 'seeds'} {seeds}".lstrip(", ")),
        Fact("runs", ", ".join(lesson.runs), "dim"),
    ]


def recalled(card: Card, entry: Entry) -> Content:
    """Return what is known of a card that was played, but whose runs cannot be read any more."""
    gone = "Its runs are gone, so the curves and the explanation with its numbers are too; r plays it again."
    return Content.assemble(foreseen(card, entry.prediction, entry.answer), "\n", gone)


def foreseen(card: Card, prediction: str, answer: str = "") -> Content:
    """Return whether somebody predicted anything, and once there is an answer, whether that held."""
    if not prediction:
        return Content("You made no prediction." if answer else "Without a prediction.")
    if answer and prediction == answer:
        return Content.assemble(("You predicted it", "bold"), f": {prediction}, {_text(card, answer)}.")
    said = f"You predicted {safe(prediction)}, {_text(card, prediction)}"
    return Content(f"{said}; it is {safe(answer)}, {_text(card, answer)}." if answer else f"{said}.")


def progress(lesson: Lesson, width: int) -> Content:
    """Return how far a card has come, in one line."""
    if lesson.state == "preparing" or lesson.current is None:
        return Content(f"{safe(lesson.doing)}…")
    arm, seed = lesson.current
    trace = lesson.traces[lesson.current]
    seeds = f", seed {seed}" if len(lesson.seeds) > 1 else ""
    parts = [f"{math.floor(100 * lesson.pace.share)} %", f"{lesson.labels[arm]}{seeds}"]
    parts.append(f"step {trace.measured.step:,}/{trace.steps:,}")
    if math.isfinite(trace.loss.smoothed.y):
        parts.append(f"loss {words.loss(trace.loss.smoothed.y)}")
    if math.isfinite(lesson.pace.left) and lesson.is_under_way:
        parts.append(f"{words.duration(lesson.pace.left)} left")
    text = "  ".join(parts)
    room = width - len(text) - 2
    bar = progress_bar(lesson.pace.share, room, least=8)
    return Content.assemble(bar, "  " if bar else "", text)


def verdict(lesson: Lesson, judged: Judged) -> Content:
    """Return what was measured, and whether it was foreseen."""
    sign, style = _SIGNS[judged.word]
    lines = [
        Content.assemble((f"{sign} ", f"{style} bold"), (judged.text, "bold")),
        foreseen(lesson.card, lesson.prediction, judged.answer),
    ]
    if judged.word == "different":
        lines.append(Content("This is not what was measured when the card was made; the numbers of your runs count."))
    return Content("\n").join(lines)


def evidence(lesson: Lesson, judged: Judged) -> list[Fact]:
    """Return the numbers that the verdict stands on."""
    facts = []
    for arm, label in enumerate(lesson.labels):
        runs = [lesson.traces[arm, seed].measured for seed in lesson.seeds]
        told = ", ".join(words.loss(one.score) for one in runs) + " nats/token"
        if any(one.exams for one in runs):
            told += f"; {', '.join(words.share(one.exact) for one in runs)} of new problems exact"
        facts.append(Fact(label, told, RUN_TONES[arm % len(RUN_TONES)]))
    for proof in judged.proofs:
        name, tone = ("✓ seen", "") if proof.holds else ("✗ not seen", "bad")
        facts.append(Fact(name, f"{proof.claim.text}: {proof.number}", cast(Tone, tone)))
    return facts


def why(card: Card, judged: Judged) -> Content:
    """Return the explanation with the numbers of these runs, the equation and the paper."""
    parts = [Content(judged.explanation), Content.styled(card.equation, "italic"), Content.styled(card.paper, "dim")]
    return Content("\n\n").join(parts)


def _text_of(card: Card, plan: PlayCard) -> str:
    if card.piece is None:
        return Path(plan.data).name
    return card.piece.words if card.own_text else f"{Path(plan.data).name} ({card.piece.words})"


def _text(card: Card, key: str) -> str:
    choice = card.choice(key)
    return choice.text.rstrip(".") if choice else "a choice that this card no longer has"


def _arm(label: str, changes: Mapping[str, Value]) -> str:
    words_of = words.switches(changes) or "as it is"
    return label if words_of.casefold() == label.casefold() else f"{label} ({words_of})"


def _sizes(config: Config) -> str:
    model, train = config.model, config.train
    shape = f"{words.count(model.n_layer, 'layer')}, {words.count(model.n_head, 'head')}, {model.n_embd} wide"
    return (
        f"{shape}, block {model.block_size}, batch {train.batch_size}, {words.count(train.steps, 'step')}, "
        f"lr {train.lr:g}, warm-up {train.warmup_steps}"
    )
