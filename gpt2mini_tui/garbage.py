"""What Python's search for garbage need not look at: it stops every thread of the process until it is through."""

import gc
import sys

__all__ = ["settle"]

_settled = set[bool]()


def settle() -> None:
    """Leave all that is loaded by now out of every later search, once before torch is loaded and once after it.

    The modules of Textual and torch alone are so many objects that each search took 0.1 s, in which no key was
    answered and no step was taken.
    """
    has_torch = "torch" in sys.modules
    if has_torch not in _settled:
        _settled.add(has_torch)
        gc.freeze()
