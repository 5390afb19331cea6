"""Runs that fit a purpose, by name: those of `--preset`, and some that only the form offers."""

from gpt2mini.presets import PRESETS as BY_DURATION
from gpt2mini_tui.setup.form import Form
from gpt2mini_tui.setup.plan import Changes

__all__ = ["PRESETS", "preset_of"]

PRESETS: dict[str, tuple[str, Changes]] = {
    "default": ("GPT-2 in small: four layers, 128 wide, blocks of 256.", {}),
    **{
        preset.name: (f"{preset.help}.", {"model": preset.model, "train": preset.train})
        for preset in BY_DURATION.values()
    },
    "deep": (
        "Where residuals and LayerNorm decide: twelve narrow layers.",
        {
            "model": {"n_layer": 12, "n_head": 4, "n_embd": 64, "block_size": 64},
            "train": {"batch_size": 16, "steps": 250, "lr": 3e-3, "warmup": 20, "eval_every": 25, "sample_every": 50},
        },
    ),
    "wide": (
        "The largest that two cores take to in an hour: six layers, 192 wide.",
        {"model": {"n_layer": 6, "n_head": 6, "n_embd": 192}, "train": {"steps": 2000}},
    ),
}
"""A sentence, and the settings that differ from their defaults."""


def preset_of(form: Form) -> str:
    """Return the name of the preset that stands in the fields, or `own`."""
    before, found = dict(form.texts), "own"
    for name, (_, changes) in PRESETS.items():
        form.apply(changes)
        if form.texts == before:
            found = name
        form.texts = dict(before)
    return found
