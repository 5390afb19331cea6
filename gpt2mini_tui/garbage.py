"""What Python's search for garbage need not look at, and when: until it is through, no thread of the process goes on.

Most garbage is found by searches among what is young, which take some milliseconds. A search through everything finds
little but screens that were taken down, and holds the lab for 0.1 s or more: to open an article made Python do so
seven times. So it is made when nobody waits.
"""

import gc
import sys

__all__ = ["MUCH", "settle", "sweep"]

_YOUNG, _MIDDLE, _LATE = 5_000, 5, 16
"""Objects between searches among the youngest, such searches between those among the younger half, and those between
searches through everything: 400,000 objects, for somebody who never pauses.
"""
MUCH = 100_000
"""So many new objects are worth a search through everything."""

_settled = set[bool]()


def settle() -> None:
    """Leave all that is loaded by now out of every later search, once before torch is loaded and once after it.

    The modules of Textual and torch alone are so many objects that each search took 0.1 s, in which no key was
    answered and no step was taken.
    """
    has_torch = "torch" in sys.modules
    if has_torch not in _settled:
        _settled.add(has_torch)
        gc.set_threshold(_YOUNG, _MIDDLE, _LATE)
        gc.freeze()


def sweep() -> None:
    """Search through everything, if much has been made since the last time; whoever calls knows that nobody waits."""
    young, middle, _ = gc.get_threshold()
    if gc.get_count()[2] * young * middle >= MUCH:
        gc.collect()
