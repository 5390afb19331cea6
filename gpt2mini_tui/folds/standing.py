"""Where a loss lies among the lines that counting reaches, and how much context it takes to get there.

A line proves longer context only where it lies clearly below the line before it. On a short text counting gains nothing
from a third character; then being past that line proves no more than being past the one above.
"""

import math
from collections.abc import Mapping

__all__ = ["MARGIN", "fallen_back", "standing"]

MARGIN = 0.05
"""Nats; a smaller difference is noise of the seed and of the text that happens to be held back."""
_CLOSE = 0.02
_PASSED = {
    "1-gram": "it uses context",
    "2-gram": "it uses context longer than one character",
    "3-gram": "it uses context longer than two characters",
    "4-gram": "it uses context longer than three characters",
}


def standing(references: Mapping[str, float], val: float) -> str:
    """Return where a loss lies: `past the 3-gram line (2.02): it uses …`."""
    lines = {name: references[name] for name in _PASSED if name in references}
    uniform, letters = references.get("uniform", math.inf), lines.get("1-gram", -math.inf)
    if val > uniform - MARGIN:
        return f"{'worse than' if val > uniform + MARGIN else 'as bad as'} guessing ({uniform:.2f})"
    if abs(val - letters) <= MARGIN:
        return f"on the 1-gram line ({letters:.2f}): it knows how frequent each character is, and little else"
    passed = [name for name, level in lines.items() if val < level - _CLOSE]
    if not passed:
        return f"better than guessing ({uniform:.2f}), not yet at the 1-gram line ({letters:.2f})"
    return _past(lines, min(reversed(passed), key=lambda name: lines[name]))


def fallen_back(references: Mapping[str, float], before: float, val: float) -> str:
    """Return where a loss lies that has risen: `back above the 2-gram line (2.40): …` where it was past that before."""
    lines = {name: references[name] for name in _PASSED if name in references}
    lost = [name for name, level in lines.items() if before < level - _CLOSE and val >= level - MARGIN]
    worse = val > references.get("uniform", math.inf) - MARGIN
    if worse or not lost or abs(val - lines.get("1-gram", -math.inf)) <= MARGIN:
        found = standing(references, val)
        return f"still {found}" if found.startswith("past") else found
    name = max(lost, key=lambda one: lines[one])
    if val <= lines[name] + _CLOSE:
        return f"back on the {name} line ({lines[name]:.2f})"
    return f"back above the {name} line ({lines[name]:.2f}): it no longer {_PASSED[name].removeprefix('it ')}"


def _past(lines: Mapping[str, float], best: str) -> str:
    """Say which line was passed last, and of how much context that is a proof."""
    same = [name for name, level in lines.items() if abs(level - lines[best]) < MARGIN and name <= best]
    if same[0] == best:
        return f"past the {best} line ({lines[best]:.2f}): {_PASSED[best]}"
    which = f"{same[0].removesuffix('-gram')}- to {best} lines ({lines[best]:.2f})"
    how = "it uses context, how much cannot be told" if same[0] == "1-gram" else f"{_PASSED[same[0]]} at least"
    return f"past the {which}, which all but coincide: {how}"
