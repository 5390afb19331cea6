"""A text and every other way in which it went on, as a tree of tokens; nothing that was written is ever lost.

There is always a current way: a path from the first token to the last. Going back to a token and adding another one
there makes a branch; two ways share their tokens up to where they part. No textual, no torch: this is only a memory.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Branches", "Said", "Way"]

_LONGEST = 1000
"""Characters of a token, or of a name, that are believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One token, and what the model thought of it."""

    id: int
    text: str
    by: str = ""
    """Who wrote it, such as `tales-1 step 500`; empty for a person."""
    bits: float = math.nan
    """Surprise, -log2 of its probability at temperature 1; NaN while nobody has measured it."""
    rank: int = -1
    """0 for the likeliest; -1 while it is not known."""
    entropy: float = math.nan
    """Of the whole distribution, in bits."""
    seen: int = 0
    """How many tokens before it the model could see."""


@dataclass(slots=True, eq=False)
class _Node:
    said: Said
    parent: "_Node | None"
    children: "list[_Node]" = field(default_factory=list)
    taken: int = 0
    """Through which child the path went the last time it came by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way through the tree, from the first token to a last one."""

    said: tuple[Said, ...]
    parts_at: int
    """How many tokens it has in common with the way listed before it."""
    is_current: bool
    end: _Node = field(repr=False)
    """For `go`."""


class Branches:
    """The tree, and the current way through it; its places count from 0."""

    def __init__(self, said: Sequence[Said] = ()) -> None:
        self._root = _Node(Said(id=-1, text=""), None)
        self._path: list[_Node] = []
        self._count = 0
        self.add(*said)

    def __len__(self) -> int:
        """Return how many tokens the current way has."""
        return len(self._path)

    def __getitem__(self, place: int) -> Said:
        """Return the token at a place of the current way."""
        return self._path[place].said

    @property
    def said(self) -> list[Said]:
        """The tokens of the current way."""
        return [node.said for node in self._path]

    @property
    def ids(self) -> list[int]:
        """Their ids."""
        return [node.said.id for node in self._path]

    @property
    def text(self) -> str:
        """What they say."""
        return "".join(node.said.text for node in self._path)

    @property
    def count(self) -> int:
        """How many ways there are."""
        return self._count

    def add(self, *said: Said) -> None:
        """Go on behind the last token; a token that is there already, from the same hand, is measured anew."""
        for one in said:
            tip = self._path[-1] if self._path else self._root
            keys = [(child.said.id, child.said.by) for child in tip.children]
            if (one.id, one.by) in keys:
                tip.taken = keys.index((one.id, one.by))
                tip.children[tip.taken].said = one
            else:
                self._count += bool(tip.children) or tip is self._root
                tip.taken = len(tip.children)
                tip.children.append(_Node(one, tip))
            self._path.append(tip.children[tip.taken])

    def fork(self, place: int) -> None:
        """Go back to before the token at a place: what is added next is another way to go on from there."""
        del self._path[max(0, place) :]

    def settle(self) -> None:
        """Go on from here as the last time, up to an end."""
        self._path += _follow(self._path[-1] if self._path else self._root)

    def measure(self, place: int, said: Said) -> None:
        """Put what is known now about a token in its place; its id, text and hand stay."""
        old = self._path[place].said
        fresh = {**asdict(said), "id": old.id, "text": old.text, "by": old.by}
        self._path[place].said = Said(**fresh)

    def others(self, place: int) -> tuple[list[Said], int]:
        """Return all tokens that the tree has at a place after what is before it, and which of them is current."""
        parent = self._parent(place)
        return [child.said for child in parent.children], parent.children.index(self._path[place])

    def turn(self, place: int, direction: int) -> bool:
        """Take the next (or, with -1, the previous) of the ways that part at a place; False where only one does."""
        parent = self._parent(place)
        if len(parent.children) < 2:
            return False
        parent.taken = (parent.children.index(self._path[place]) + direction) % len(parent.children)
        self.fork(place)
        self.settle()
        return True

    def take(self, place: int, id: int) -> bool:
        """Take the way that has this token at a place, if there is one already."""
        parent = self._parent(place)
        found = next((index for index, child in enumerate(parent.children) if child.said.id == id), None)
        if found is None:
            return False
        parent.taken = found
        self.fork(place)
        self.settle()
        return True

    def parting(self, place: int) -> int | None:
        """Return the place nearest before or at this one where ways part, else the nearest after it, else None."""
        places = [at for at in range(len(self._path)) if len(self._parent(at).children) > 1]
        before = [at for at in places if at <= place]
        return before[-1] if before else (places[0] if places else None)

    def ways(self) -> list[Way]:
        """Return every way, those that begin alike next to each other, in the order in which they were made."""
        end = self._path[-1] if self._path else None
        found: list[Way] = []
        last: list[_Node] = []
        for leaf in self._leaves():
            path = _up(leaf)
            common = next((i for i, (a, b) in enumerate(zip(path, last, strict=False)) if a is not b), len(last))
            said = tuple(node.said for node in path)
            found.append(Way(said=said, parts_at=min(common, len(path)), is_current=leaf is end, end=leaf))
            last = path
        return found

    def go(self, way: Way) -> None:
        """Make a way the current one."""
        self._go(way.end)

    def to_plain(self) -> dict[str, Any]:
        """Return everything as plain values: the tokens, each after its parent, and the last one of the current way.

        `parent` is the number of a token in the list, -1 for a first one.
        """
        numbers: dict[int, int] = {id(self._root): -1}
        tokens: list[dict[str, Any]] = []
        waiting = list(reversed(self._root.children))
        while waiting:
            node = waiting.pop()
            numbers[id(node)] = len(tokens)
            tokens.append({"parent": numbers[id(node.parent)], **_finite(asdict(node.said))})
            waiting += reversed(node.children)
        return {"tokens": tokens, "end": numbers[id(self._path[-1])] if self._path else -1}

    @classmethod
    def from_plain(cls, tokens: Sequence[Mapping[str, Any]], end: int) -> "Branches":
        """Return the tree that `to_plain` wrote; raises ValueError for one that cannot be."""
        tree = cls()
        nodes = [tree._root]
        for token in tokens:
            parent = token.get("parent")
            if not isinstance(parent, int) or not -1 <= parent < len(nodes) - 1:
                raise ValueError("a token comes after one that is not there")
            node = _Node(_said(token), nodes[parent + 1])
            nodes[parent + 1].children.append(node)
            nodes.append(node)
        if not -1 <= end < len(tokens):
            raise ValueError("it ends with a token that is not there")
        tree._count = sum(1 for node in nodes[1:] if not node.children)
        tree._go(nodes[end + 1])
        return tree

    def _go(self, end: _Node) -> None:
        self._path = _up(end)
        for node in self._path:
            parent = node.parent or self._root
            parent.taken = parent.children.index(node)

    def _parent(self, place: int) -> _Node:
        return self._path[place - 1] if place else self._root

    def _leaves(self) -> Iterator[_Node]:
        waiting = list(reversed(self._root.children))
        while waiting:
            node = waiting.pop()
            if not node.children:
                yield node
            waiting += reversed(node.children)


def _follow(node: _Node) -> Iterator[_Node]:
    while node.children:
        node = node.children[node.taken]
        yield node


def _up(node: _Node) -> list[_Node]:
    """Return the path to a node."""
    path = []
    at: _Node | None = node
    while at is not None and at.parent is not None:
        path.append(at)
        at = at.parent
    return path[::-1]


def _said(token: Mapping[str, Any]) -> Said:
    """Return a token that was written down; raises ValueError for a value that it cannot have."""
    values: dict[str, Any] = {}
    for name, least in (("id", 0), ("rank", -1), ("seen", 0)):
        values[name] = token.get(name, least)
        if type(values[name]) is not int or not least <= values[name] < 2**31:
            raise ValueError(f"the {name} of a token makes no sense")
    for name in ("text", "by"):
        values[name] = token.get(name, "")
        if not isinstance(values[name], str) or len(values[name]) > _LONGEST:
            raise ValueError(f"the {name} of a token makes no sense")
    for name in ("bits", "entropy"):
        value = token.get(name)
        if value is not None and type(value) not in (int, float):
            raise ValueError(f"the {name} of a token make no sense")
        values[name] = math.nan if value is None else float(value)
    return Said(**values)


def _finite(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with None for a number that is not known, which JSON can hold."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in plain.items()
    }
