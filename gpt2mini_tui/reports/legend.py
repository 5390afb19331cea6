"""What stands in a report of runs, for a reader who has never seen the lab: its columns, its lines, its changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gpt2mini.ablations import SWITCHES
from gpt2mini.config import ADJUSTABLE
from gpt2mini_tui import words
from gpt2mini_tui.charts.comparing import NOISE
from gpt2mini_tui.folds.noted import Change, Flip
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.switches import title, word

__all__ = ["ABOUT", "COLUMNS", "Alteration", "alterations", "lines_told", "switches_told"]

ABOUT = "GPT-2 models, small and trained from scratch to predict the next token of a text; each run is one of them."
COLUMNS = (
    ("step", "how often the weights have been improved, each time on a handful of passages"),
    (
        "loss",
        "how surprised the model was by each next token of what it trained on, smoothed; in nats: the natural "
        "logarithm of one over the probability that it had given the token. Lower is better: a loss of 2 is that of a "
        "guess among 7.4 tokens, e to the power of 2",
    ),
    ("val", "the same on a part of the text that was held back from training, at the last measurement"),
    ("best val", "the lowest of these"),
    (
        "difference",
        "how much higher val is than that of the first run, at the last step at which both were measured; "
        f"less than {NOISE:g} can be chance",
    ),
    ("NaN", "measured, and not finite: the run diverged"),
    ("–", "not measured, or not to be compared: another text, or a run that could see the tokens it was to predict"),
)
"""What the first table says, by the heads of its columns."""

_LINES = {
    "uniform": "a model that knows nothing and takes every token to be as likely as any other",
    "1-gram": "counting how often each token stands in the text",
    "2-gram": "counting which token follows which",
    "3-gram": "the same with the two tokens before",
    "4-gram": "the same with the three tokens before",
    "floor": "the text itself: a program draws it, and no model can predict its dice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """Something that was changed while a run trained."""

    number: str
    """As the charts mark it."""
    run: str
    step: int
    name: str
    """Of the setting."""
    text: str
    """What became of it, in words."""


def alterations(stories: Sequence[Story]) -> list[Alteration]:
    """Return all that was changed on the way, run by run, numbered throughout."""
    found = [
        (story.name, change)
        for story in stories
        for change in sorted([*story.history.flips, *story.history.adjustments], key=lambda change: change.step)
    ]
    return [
        Alteration(
            number=str(number),
            run=run,
            step=change.step,
            name=change.name,
            text=f"{title(change.name)} {_from_to(change)}",
        )
        for number, (run, change) in enumerate(found, 1)
    ]


def switches_told(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return what each of these settings is, once, as far as it is a switch or may be changed while training."""
    known = {**ADJUSTABLE, **SWITCHES}
    return [(title(name), known[name].help) for name in dict.fromkeys(names) if name in known]


def lines_told(references: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return what each reference line is the loss of, by what it is called on the charts and where it lies."""
    known = {name: value for name, value in references.items() if name in _LINES}
    return [(f"{words.reference(name)}, {words.loss(value)}", _LINES[name]) for name, value in known.items()]


def _from_to(change: Change) -> str:
    if isinstance(change, Flip) and isinstance(change.value, bool):
        return word(change.value)
    return f"from {word(change.was)} to {word(change.value)}"
