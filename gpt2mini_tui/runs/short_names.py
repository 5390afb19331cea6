"""Names of runs where there is little room: cut where they are alike, so that what tells them apart stays.

Names that people give differ at their end (`mine-12`). Those of cards and tables have it all inside: text, arm, seed
and a key, as in `tales-no-mlp-s0-25019cfe`; two digits of the key will do, and the text goes before the arm does.
Whatever is cut has an ellipsis, so that none looks like a whole name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import takewhile

from rich.cells import cell_len, set_cell_size

from gpt2mini_tui.safe import safe

__all__ = ["ShortNames", "short_name"]

_ARM = re.compile(r"(?P<text>.+?-)(?P<what>.+-s\d+)(?P<key>-[0-9a-f]{2})[0-9a-f]{6}")
_PAST = 3
"""Characters of a name that are shown from where it begins to differ from another."""
_WIDTHS = 4
"""Widths for which names are remembered: a list is drawn at one, and a window is resized through many."""


def short_name(name: str, width: int) -> str:
    """Return the name of a run in at most so many cells."""
    name = safe(name)
    if cell_len(name) <= width:
        return name
    arm = _arm(name)
    if arm is None:
        return _without_middle(name, width)
    text, what, key = arm.groups()
    shorter = (f"{text}{what}{key}…", f"…{what}{key}", f"…{what}…")
    return next((one for one in shorter if cell_len(one) <= width), _with_key(name, width))


def _arm(name: str) -> re.Match[str] | None:
    return _ARM.fullmatch(name) if name[-9:-8] == "-" else None  # to look closer at every name of thousands takes long


def _with_key(name: str, width: int) -> str:
    """Return a name cut in such a way that it ends with two digits of its key; nothing where it has none."""
    arm = _arm(name)
    return f"…{_without_middle(arm['what'] + arm['key'], width - 1)}"[: max(0, width)] if arm else ""


class ShortNames:
    """The names in a list, all cut to the same width: no two are shown alike as long as there is a way."""

    def __init__(self) -> None:
        self._names: Sequence[str] = ()
        self._found: dict[int, dict[str, str]] = {}
        self.widest = 0
        """Cells of the longest of them."""

    def take(self, names: Sequence[str]) -> None:
        """Have other names in the list."""
        if names != self._names:
            self._names = names
            self._found.clear()
            self.widest = max((cell_len(safe(name)) for name in names), default=0)

    def short(self, name: str, width: int) -> str:
        """Return one of them in at most so many cells."""
        if self.widest <= width:
            return safe(name)
        if width not in self._found:
            if len(self._found) == _WIDTHS:
                self._found.clear()
            self._found[width] = _apart(self._names, width)
        return self._found[width].get(name) or short_name(name, width)


def _apart(names: Iterable[str], width: int) -> dict[str, str]:
    """Return every name cut to a width; those that would look the same are cut around what they differ in."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        alike[short_name(name, width)].append(name)
    found = {same[0]: short for short, same in alike.items() if len(same) == 1}
    for short, same in alike.items():
        if len(same) > 1:
            keyed = {name: _with_key(safe(name), width) for name in same}
            is_told = len(set(keyed.values())) == len(same)
            found |= keyed if is_told else _around(same, short, width)
    return found


def _around(names: Sequence[str], short: str, width: int) -> dict[str, str]:
    """Return names that look the same each with the part that tells it from the others; `short` where there is none."""
    told = [safe(name) for name in names]
    ends = zip(min(told), max(told), strict=False)  # in the order of the alphabet, they have the least in common
    place = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    alike: dict[str, list[str]] = defaultdict(list)
    for name, whole in zip(names, told, strict=True):
        alike[_window(whole, place, width)].append(name)
    if len(alike) == 1:
        return dict.fromkeys(names, short)
    found: dict[str, str] = {}
    for window, group in alike.items():
        found |= {group[0]: window} if len(group) == 1 else _around(group, window, width)
    return found


def _window(name: str, place: int, width: int) -> str:
    """Return the part of a name around some place, a little past it at least."""
    end = min(len(name), place + _PAST)
    first = _first(name, width - 1)
    if len(first) >= end:
        return f"{first}…"[: max(0, width)]
    after = "…" if end < len(name) else ""
    return f"…{_last(name[:end], max(0, width - 1 - len(after)))}{after}"[: max(0, width)]


def _without_middle(text: str, width: int) -> str:
    """Return both ends of a text, the latter being the longer one."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return "…"[: max(0, width)]
    first = (width - 1) // 2
    return f"{_first(text, first)}…{_last(text, width - 1 - first)}"


def _first(text: str, width: int) -> str:
    """Return as much of the beginning of a text as there is room for."""
    width = max(0, width)
    return (text[:width] if text.isascii() else set_cell_size(text, width)).rstrip()


def _last(text: str, width: int) -> str:
    """Return as much of the end of a text as there is room for."""
    if text.isascii():
        return text[max(0, len(text) - width) :]
    while cell_len(text) > width:
        text = text[1:]
    return text
