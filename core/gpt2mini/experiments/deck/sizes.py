"""The sizes that cards are played at: small on purpose, and shared, so that cards share their baselines."""

from gpt2mini.settings import Value

__all__ = ["DEEP", "LONG", "SHORT", "TALL", "Changes"]

Changes = dict[str, Value]

DEEP: Changes = {
    "n_layer": 4,
    "n_head": 4,
    "n_embd": 32,
    "block_size": 32,
    "batch_size": 8,
    "steps": 200,
    "lr": 3e-3,
    "warmup": 20,
    "eval_every": 40,
}
"""Deep enough for a signal to be lost on the way; a run takes three seconds."""
LONG: Changes = {
    "n_layer": 2,
    "n_head": 4,
    "n_embd": 48,
    "block_size": 16,
    "batch_size": 16,
    "steps": 500,
    "lr": 4e-3,
    "warmup": 30,
    "eval_every": 100,
}
"""Enough steps to pass the 2-gram line, and so to tell what needs context from what does not; five seconds."""
SHORT: Changes = {**LONG, "block_size": 32, "batch_size": 8, "steps": 300}
"""For what is seen sooner; two seconds."""
TALL: Changes = {**DEEP, "n_layer": 12, "block_size": 16, "steps": 100, "lr": 6e-3, "warmup": 50, "eval_every": 20}
"""As many blocks as the smallest GPT-2 has; four seconds."""
