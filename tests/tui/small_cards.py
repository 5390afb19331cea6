"""Cards whose runs take a moment, and runs of them as they would be told."""

from collections.abc import Iterator, Mapping

from gpt2mini.experiments.cards import Card, Choice, Claim
from gpt2mini.experiments.heard import Heard
from gpt2mini.experiments.notebook import Entry
from gpt2mini.experiments.quantities import Quantity
from gpt2mini_tui.folds.lesson import Lesson
from story import Story

__all__ = ["CARDS", "NO_MLP", "NO_RESIDUAL", "played", "ran"]

_SIZE = {
    "n_layer": 1,
    "n_head": 1,
    "n_embd": 16,
    "block_size": 16,
    "batch_size": 4,
    "steps": 12,
    "lr": 3e-3,
    "warmup": 2,
    "eval_every": 4,
}


def _card(name: str, title: str, theme: str, changes: Mapping[str, bool]) -> Card:
    label = name.replace("-", " ")
    return Card(
        name=name,
        title=title,
        theme=theme,
        question="A part is missing. What does it cost in so few steps?",
        choices=(
            Choice(key="a", text="about the same", high=0.3),
            Choice(key="b", text="worse", low=0.3),
        ),
        expected="b",
        quantity=Quantity(kind="delta", arms=(label, "baseline")),
        settings=_SIZE,
        arms=(("baseline", {}), (label, dict(changes))),
        watch="The validation loss of both.",
        claims=(
            Claim(text="the gradient reaches the first block", quantity=Quantity(kind="vanishing", arms=(label,))),
            Claim(text="positions differ", quantity=Quantity(kind="cosine", arms=(label,)), high=0.9),
        ),
        numbers={"delta": Quantity(kind="delta", arms=(label, "baseline"))},
        explanation="It ended {delta} behind, for want of a part that every position needs.",
        equation="x ← x + f(x)",
        paper="Somebody 2020, A paper.",
        otherwise="So few steps need not show it.",
    )


NO_MLP = _card("no-mlp", "A block without its MLP", "taking parts away", {"mlp": False})
NO_RESIDUAL = _card("no-residual", "A block that replaces its input", "taking parts away", {"residual": False})
NO_WARMUP = _card("no-warmup", "The first steps at full speed", "how it is trained", {"warmup": False})
CARDS = {card.name: card for card in (NO_MLP, NO_RESIDUAL, NO_WARMUP)}


def ran(arm: int, *, end: float, steps: int = 12) -> Iterator[Heard]:
    """Yield the events of a run whose loss falls from 4 to `end`."""
    story = Story(steps=steps)
    events = [story.started(), story.measured(4.0)]
    events += story.trained(steps // 2, begin=4.0, end=(4.0 + end) / 2)
    events += [story.measured((4.0 + end) / 2), story.probed(grad=(0.2, 0.1), cosine=(0.1, 0.2))]
    events += story.trained(steps - steps // 2, begin=(4.0 + end) / 2, end=end)
    events += [story.measured(end), story.probed(grad=(0.3, 0.1), cosine=(0.2, 0.4)), story.finished("done")]
    for event in events:
        yield Heard(arm=arm, seed=0, run=f"arm-{arm}", event=event)


def played(card: Card, *, prediction: str = "b", when: float = 0.0, ends: tuple[float, float] = (1.0, 2.0)) -> Lesson:
    """Return a card whose runs have ended with these losses."""
    lesson = Lesson(card, prediction=prediction)
    for arm, end in enumerate(ends):
        for heard in ran(arm, end=end):
            lesson.add(heard)
    judged = lesson.judged()
    assert judged is not None
    entry = Entry(
        card=card.name,
        prediction=prediction,
        answer=judged.answer,
        word=judged.word,
        value=judged.value,
        text=judged.text,
        corpus="tales",
        seeds=(0,),
        runs=("arm-0", "arm-1"),
        when=when,
    )
    lesson.answer(entry)
    return lesson
