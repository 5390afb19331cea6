"""How the switches are called on the screen: one letter, a name, a value, and what comes after it."""

from collections.abc import Iterable, Mapping

from gpt2mini.ablations import SWITCHES
from gpt2mini.settings import Spec, Value
from gpt2mini_tui import words

__all__ = ["LETTERS", "flips", "letter", "mark", "next_value", "standing", "title", "word"]

LETTERS = {
    "residual": "R",
    "attention": "A",
    "mlp": "M",
    "ln_style": "L",
    "position_embedding": "P",
    "causal_mask": "C",
    "attention_scale": "S",
    "dropout": "D",
    "grad_clip": "G",
    "warmup": "U",
    "weight_decay": "W",
    "activation": "T",
}
"""The capital that is a switch's key, and its mark above the charts."""


def letter(name: str) -> str:
    """Return the capital of a switch; for one that this version does not know, the first letter of its name."""
    return LETTERS.get(name) or name[:1].upper() or "?"


def mark(name: str, value: Value) -> str:
    """Return the mark of a flip: a capital when something was changed, a small letter when it was put back."""
    is_back = name in SWITCHES and value == SWITCHES[name].default
    return letter(name).lower() if is_back else letter(name)


def flips(told: Iterable[tuple[int, str, Value]]) -> str:
    """Return what was flipped at which step: `R21 r120`; nothing for nothing."""
    return " ".join(f"{mark(name, value)}{step}" for step, name, value in told)


def standing(changed: Mapping[str, Value], told: Iterable[tuple[int, str, Value]], *, knows_all: bool = True) -> str:
    """Return how the switches of a run stand and what was flipped on the way: `all on, flipped R21 r120`.

    Where not all flips are known, it says no more than how they stand at the end.
    """
    now, flipped = words.switches(changed) or "all on", flips(told)
    if flipped:
        return f"{now}, flipped {flipped}" if knows_all else f"{now}, flipped … {flipped}"
    return now if knows_all else f"{now} at the end"


def title(name: str) -> str:
    """Return the name of a setting in words: `position embedding`."""
    return name.replace("_", " ")


def word(value: Value) -> str:
    """Return a value in words, so that nothing has to be told from a colour."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)


def next_value(spec: Spec, value: Value) -> Value:
    """Return what flipping a switch makes of its value: the other one, or the next of its choices."""
    if not spec.choices:
        return not value
    return spec.choices[(spec.choices.index(str(value)) + 1) % len(spec.choices)]
