"""The run that trains now: the thread it lives in, what it says, and what other programs may tell it."""
