"""Names of runs where there is little room: cut where they are alike, so that what tells them apart stays.

Names that people give differ at their end (`mine-12`). Those of cards and tables have it all inside: text, arm, seed
and a key, as in `tales-no-mlp-s0-25019cfe`; two digits of the key will do, and the text goes before the arm does.
"""

import re

from rich.cells import cell_len, set_cell_size

from gpt2mini_tui.safe import safe

__all__ = ["short_name"]

_ARM = re.compile(r"(?P<text>.+?-)(?P<arm>.+-s\d+-[0-9a-f]{2})[0-9a-f]{6}")


def short_name(name: str, width: int) -> str:
    """Return the name of a run in at most so many cells."""
    name = safe(name)
    arm = _ARM.fullmatch(name)
    if cell_len(name) <= width:
        return name
    if arm is not None:
        shorter = (f"{arm['text']}{arm['arm']}", f"…{arm['arm']}", arm["arm"])
        name = next((one for one in shorter if cell_len(one) <= width), shorter[-1])
    return _without_middle(name, width)


def _without_middle(text: str, width: int) -> str:
    """Return both ends of a text, the latter being the longer one."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return set_cell_size(text, max(0, width)).rstrip()
    first = (width - 1) // 2
    last = text
    while cell_len(last) > width - 1 - first:
        last = last[1:]
    return f"{set_cell_size(text, first).rstrip()}…{last}"
