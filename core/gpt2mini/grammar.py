"""A grammar that knows the price of what it writes: -ln P(text), exactly.

An unindented line names a rule; the lines under it are its alternatives, also separated by `|`, equally likely unless
marked `3*`; `/` is a line break. The first rule is the whole text. In an alternative

    [rule]           draws one alternative of a rule and writes it
    [name=rule]      does so and remembers the words as `name`
    {name}           writes what is remembered again, at no cost
    {name:=other}    remembers without writing: a word, another memory `{b}`, or a sum of two, `{had}+{more}`
    .form            behind a rule or a name inflects it: {hero.he} is she or he, [look.a] is `an old` or `a new`

and what is remembered is never drawn again, so a friend is not the hero. A rule can be named by memories: `[ask {a}]`.

The sum of -ln p over the draws is -ln P(text), and no mere bound on it, if no text can be drawn in two ways. That
holds for any grammar in which, of two alternatives that can be drawn at one point, neither begins with the other,
whatever is filled in: each draw is then a prefix code, and the text, read from the left, names the draws one by one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import log

__all__ = [
    "NUMBERS",
    "Alternative",
    "Draw",
    "Grammar",
    "Note",
    "Say",
    "Story",
    "nats_per_character",
    "pieces",
    "splitmix64",
    "told",
]

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_MARK = re.compile(
    r"\[((?P<name>\w+)=)?(?P<rule>(\{[\w.]+\}|[^].])+)(\.(?P<form>\w+))?\]"
    r"|\{(?P<say>\w+)(\.(?P<said>\w+))?\}"
    r"|\{(?P<note>\w+):=(?P<value>(\{\w+\}|[^{}])+)\}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One text of the grammar, and what it costs to say exactly this one."""

    text: str
    nats: float
    """-ln P(text)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """`[name=rule.form]`: a choice."""

    rule: str
    name: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """`{name.form}`: something remembered."""

    name: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`{name:=value}`: something to remember."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to write out a rule."""

    words: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a draw is among."""

    alternatives: tuple[Alternative, ...]
    """Each as often as it weighs, so that drawing is uniform."""
    words: frozenset[str]

    @classmethod
    def of(cls, lines: list[str]) -> "Rule":
        """Read the alternatives below the name of a rule."""
        among = [one for line in lines for words in line.split("|") for one in _weighed(words)]
        return cls(alternatives=tuple(among), words=frozenset(one.words for one in among))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Rules and inflections; it never changes, whatever is written with it."""

    start: str
    rules: Mapping[str, Rule]
    forms: Mapping[str, Mapping[str, str]]
    """By word; the empty word stands for all that are not listed."""

    @classmethod
    def parse(cls, table: str, forms: Mapping[str, Mapping[str, str]]) -> "Grammar":
        """Read a table of rules, and inflections by word or by the name of a rule that lists words."""
        rules = {name: Rule.of(lines) for name, *lines in _blocks(table)}
        by_word = {word: forms[name] for name in forms for word in (rules[name].words if name in rules else {name})}
        return cls(start=next(iter(rules)), rules=rules, forms=by_word)

    def stories(self, seed: int) -> Iterator[Story]:
        """Write texts without end; the same seed writes the same on every machine."""
        draws = splitmix64(seed)
        while True:
            telling = Telling(self, draws)
            text = telling.write(f"[{self.start}]")
            yield Story(text=text, nats=telling.nats)

    def choices(self, rule: str, memory: Mapping[str, str]) -> tuple[Alternative, ...]:
        """Return what may be drawn: the alternatives of a rule, less the words that are remembered."""
        among, taken = self.rules[rule], memory.values()
        if among.words.isdisjoint(taken):
            return among.alternatives
        return tuple(one for one in among.alternatives if one.words not in taken)

    def inflect(self, words: str, form: str) -> str:
        """Return the words in a form: as they are, with their article, capitalised, or as `forms` says."""
        match form:
            case "":
                return words
            case "a":
                return f"an {words}" if words[0] in "aeiou" else f"a {words}"
            case "Cap":
                return words[0].upper() + words[1:]
            case _:
                return self.forms.get(words, self.forms[""])[form]


class Telling:
    """One text on its way: what is remembered of it, and what its choices have cost so far."""

    def __init__(self, grammar: Grammar, draws: Iterator[int]) -> None:
        self.grammar = grammar
        self.draws = draws
        self.memory: dict[str, str] = {}
        self.nats = 0.0

    def write(self, words: str) -> str:
        """Return the words with everything in brackets filled in."""
        return "".join([piece if isinstance(piece, str) else self._fill(piece) for piece in pieces(words)])

    def _fill(self, piece: Draw | Say | Note) -> str:
        if isinstance(piece, Say):
            return self.grammar.inflect(self.memory[piece.name], piece.form)
        if isinstance(piece, Note):
            self.memory[piece.name] = add_up(self.write(piece.value))
            return ""
        words = self.write(self._choose(self.write(piece.rule)))
        if piece.name:
            self.memory[piece.name] = words
        return self.grammar.inflect(words, piece.form)

    def _choose(self, rule: str) -> str:
        """Draw an alternative: the one place where chance enters and is paid for."""
        among = self.grammar.choices(rule, self.memory)
        chosen = among[next(self.draws) * len(among) >> 64]  # uniform to 1 in 2^57
        self.nats += log(len(among) / chosen.weight)
        return chosen.words


def add_up(words: str) -> str:
    """Return `three` for `one+two` or `five-two`, and any other words as they are."""
    if "+" in words:
        return NUMBERS[sum(NUMBERS.index(number) for number in words.split("+"))]
    if "-" in words:
        left, right = words.split("-")
        return NUMBERS[NUMBERS.index(left) - NUMBERS.index(right)]
    return words


@cache
def pieces(words: str) -> tuple[str | Draw | Say | Note, ...]:
    """Return an alternative as plain words, draws, memories and notes, in their order."""
    found: list[str | Draw | Say | Note] = []
    end = 0
    for mark in _MARK.finditer(words):
        found.append(words[end : mark.start()])
        end = mark.end()
        if mark["rule"]:
            found.append(Draw(rule=mark["rule"], name=mark["name"] or "", form=mark["form"] or ""))
        elif mark["say"]:
            found.append(Say(name=mark["say"], form=mark["said"] or ""))
        else:
            found.append(Note(name=mark["note"], value=mark["value"]))
    return tuple(piece for piece in (*found, words[end:]) if piece)


def _blocks(table: str) -> Iterator[list[str]]:
    """Yield the name of each rule with the lines under it, without their four spaces."""
    block: list[str] = []
    for line in filter(None, table.splitlines()):
        if line[0] != " " and block:
            yield block
            block = []
        block.append(line.removeprefix("    "))
    yield block


def _weighed(words: str) -> list[Alternative]:
    """Return an alternative as often as it weighs: `2*so` is two of `so`."""
    weight, star, rest = words.partition("*")
    count = int(weight) if star else 1
    return [Alternative(words=(rest if star else words).replace("/", "\n"), weight=count)] * count


def told(stories: Iterable[Story], characters: int) -> str:
    """Return whole stories, as few as make at least so many characters."""
    texts: list[str] = []
    length = 0
    for story in stories:
        if length >= characters:
            break
        texts.append(story.text)
        length += len(story.text)
    return "".join(texts)


def nats_per_character(stories: Iterable[Story], start: int, end: int) -> float:
    """Return the nats per character that characters start to end of these stories truly hold.

    It is -ln P of this very stretch, not an expectation: what a model that knew how they are made would score on it.
    Exact where the cuts fall between stories; a story that is cut counts by the share of its characters.
    Raises ValueError for an empty stretch.
    """
    if not 0 <= start < end:
        raise ValueError(f"there are no characters from {start} to {end}")
    nats, at = 0.0, 0
    for story in stories:
        size = len(story.text)
        nats += story.nats * max(0, min(end, at + size) - max(start, at)) / size
        at += size
        if at >= end:
            break
    return nats / (end - start)


def splitmix64(seed: int) -> Iterator[int]:
    """Yield 64-bit numbers (Steele, Lea & Flood 2014), in whole numbers only, so that no machine differs."""
    mask = 2**64 - 1
    state = seed & mask
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)
