"""Text to numbers and back: the least that a model has to be told about language.

One character is one token here, so there is nothing to learn and nothing to explain; byte-pair encoding (`bpe`) can
stand in the same place, because everybody else only knows the `Tokenizer` protocol.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gpt2mini.bpe import BpeTokenizer
from gpt2mini.errors import DataError, UsageError

__all__ = ["CODE_POINTS", "CharTokenizer", "Ids", "Tokenizer", "code_points", "describe", "tokenizer_from_plain"]

Ids = NDArray[np.generic]
"""Tokens as unsigned numbers: uint16, or uint32 above 65,536 different ones."""

CODE_POINTS = 0x110000
"""How many code points Unicode has."""
PLACEHOLDERS = "\N{REPLACEMENT CHARACTER}? \n"
"""What stands in for a character that is not known: the first of these that is."""

_UNKNOWN = np.uint32(0xFFFFFFFF)
_NAMED = 8  # characters that an error message names before it only counts


class Tokenizer(Protocol):
    """What everybody may expect of a tokenizer. Text never contains lone surrogates."""

    @property
    def kind(self) -> str:
        """Its name in files and on the command line."""
        ...

    @property
    def vocab_size(self) -> int:
        """How many different tokens there are; ids run from 0 to below it."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The unsigned type, little-endian, that ids have."""
        ...

    def encode(self, text: str) -> Ids:
        """Return the ids of a text; raises DataError naming the characters it does not know."""
        ...

    def encode_known(self, text: str) -> tuple[Ids, tuple[str, ...]]:
        """Return ids of any text at all, and the characters that were replaced or left out for it."""
        ...

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """Return the text of the ids; raises ValueError for one outside the vocabulary."""
        ...

    def unknown(self, text: str) -> list[str]:
        """Return the distinct characters of a text that have no token, in order of their code points."""
        ...

    def to_plain(self) -> dict[str, Any]:
        """Return everything needed to make it again, ready for JSON."""
        ...


def tokenizer_from_plain(plain: object) -> Tokenizer:
    """Make a tokenizer from what JSON gave, believing nothing; raises UsageError for anything else."""
    if not isinstance(plain, Mapping):
        raise UsageError(f"a tokenizer must be an object, not {type(plain).__name__}")
    if plain.get("kind") == CharTokenizer.kind:
        return CharTokenizer.from_plain(plain)
    if plain.get("kind") == BpeTokenizer.kind:
        return BpeTokenizer.from_plain(plain)
    raise UsageError(f"there is no tokenizer {str(plain.get('kind'))[:40]!r}")


@dataclass(frozen=True, slots=True)
class CharTokenizer:
    """Each character is a token; its id is its place among the characters of the training text.

    Raises UsageError unless the characters ascend by code point, each once, without surrogates.
    """

    characters: str

    kind = "char"

    def __post_init__(self) -> None:
        """Refuse what could not have come from a text."""
        if not 1 <= len(self.characters) <= CODE_POINTS:
            raise UsageError(f"a vocabulary of {len(self.characters):,} characters is out of range")
        points = code_points(self.characters)
        if (points[1:] <= points[:-1]).any():
            raise UsageError("the characters of a vocabulary must ascend, each once")
        if _has_surrogates(points):
            raise UsageError("a vocabulary cannot contain surrogates")

    @classmethod
    def from_text(cls, text: str) -> "CharTokenizer":
        """Return the tokenizer of all characters in a text; raises UsageError for an empty one."""
        return cls(_text(np.unique(code_points(text))))

    @classmethod
    def from_plain(cls, plain: object) -> "CharTokenizer":
        """Make one from what JSON gave; raises UsageError for anything but what `to_plain` returns."""
        if not isinstance(plain, Mapping) or set(plain) != {"kind", "characters"} or plain["kind"] != cls.kind:
            raise UsageError("a character tokenizer has a kind and its characters, nothing else")
        if not isinstance(plain["characters"], str):
            raise UsageError(f"the characters must be a text, not {type(plain['characters']).__name__}")
        return cls(plain["characters"])

    def to_plain(self) -> dict[str, Any]:
        """Return `{"kind": "char", "characters": …}`."""
        return {"kind": self.kind, "characters": self.characters}

    @property
    def vocab_size(self) -> int:
        """How many different characters there are."""
        return len(self.characters)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return uint16, or uint32 where that is too small; always little-endian."""
        return np.dtype("<u2" if self.vocab_size <= 1 << 16 else "<u4")

    def encode(self, text: str) -> Ids:
        """Return the ids of a text; raises DataError naming the characters it does not know."""
        ids = self._look_up(code_points(text))
        if (ids == _UNKNOWN).any():
            strange = self.unknown(text)
            raise DataError("the text has characters that the vocabulary lacks", why=describe(strange))
        return ids.astype(self.dtype)

    def encode_known(self, text: str) -> tuple[Ids, tuple[str, ...]]:
        """Return ids of any text at all, and the characters that were replaced.

        They become the first of U+FFFD, `?`, space and line break that the vocabulary has; with none of them, they
        are left out. A lone surrogate counts as U+FFFD, so that what comes back can be printed.
        """
        ids = self._look_up(code_points(text))
        strange = ids == _UNKNOWN
        if not strange.any():
            return ids.astype(self.dtype), ()
        placeholder = next((self.characters.index(mark) for mark in PLACEHOLDERS if mark in self.characters), None)
        known = ids[~strange] if placeholder is None else np.where(strange, np.uint32(placeholder), ids)
        return known.astype(self.dtype), tuple(self.unknown(text))

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """Return the text of the ids; raises ValueError for one outside the vocabulary."""
        if len(ids) == 1 and 0 <= ids[0] < self.vocab_size:  # a token that was just written
            return self.characters[int(ids[0])]
        places = np.asarray(ids, dtype=np.int64)
        if places.size and not 0 <= places.min() <= places.max() < self.vocab_size:
            raise ValueError(f"ids run from 0 to {self.vocab_size - 1}")
        return _text(code_points(self.characters)[places])

    def unknown(self, text: str) -> list[str]:
        """Return the distinct characters of a text that have no token, in order; a lone surrogate shows as U+FFFD."""
        points = np.unique(code_points(text))
        strange = points[self._look_up(points) == _UNKNOWN]
        strange[(strange >= 0xD800) & (strange < 0xE000)] = ord("\N{REPLACEMENT CHARACTER}")
        return list(_text(np.unique(strange)))

    def _look_up(self, points: NDArray[np.uint32]) -> NDArray[np.uint32]:
        table = _table(self.characters)
        return table[np.minimum(points, len(table) - 1)]


def describe(characters: Sequence[str], most: int = _NAMED) -> str:
    """Return characters as words for a message, `most` of them named: `'ß' (U+00DF), U+0007 and 12 more`."""
    named = [f"{c!r} (U+{ord(c):04X})" if c.isprintable() else f"U+{ord(c):04X}" for c in characters[:most]]
    more = len(characters) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


@lru_cache(maxsize=8)
def _table(characters: str) -> NDArray[np.uint32]:
    """Return ids by code point, one entry longer than the largest: everything beyond it shares that entry."""
    points = code_points(characters)
    table = np.full(int(points[-1]) + 2, _UNKNOWN, dtype=np.uint32)
    table[points] = np.arange(len(points), dtype=np.uint32)
    table.flags.writeable = False
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def _text(points: NDArray[Any]) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le")


def _has_surrogates(points: NDArray[np.uint32]) -> bool:
    return bool(((points >= 0xD800) & (points < 0xE000)).any())
