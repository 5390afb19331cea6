"""The cores that this process may use, which are not always all that the machine has."""

import os

__all__ = ["usable_cores"]


def usable_cores() -> int:
    """Return how many cores this process may run on: what a container or taskset leaves it, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
