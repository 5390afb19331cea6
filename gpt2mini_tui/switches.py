"""How the switches are called on the screen: one letter, a name, a value, and what comes after it."""

from gpt2mini.settings import Spec, Value

__all__ = ["LETTERS", "letter", "next_value", "title", "word"]

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
