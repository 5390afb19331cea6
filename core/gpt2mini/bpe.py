"""Byte-pair encoding: frequent runs of bytes become one token, so nothing is unknown and a block holds more text.

Sennrich et al. 2016, on bytes as in GPT-2 (Radford et al. 2019, section 2.2). The work is done by the `tokenizers`
library, an optional one; what it is given is rebuilt here first, from the few parts that such a tokenizer may have, so
that no file of somebody else can ask it for more.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpt2mini.errors import LabError, UsageError

__all__ = ["END_OF_TEXT", "BpeTokenizer"]

END_OF_TEXT = "<|endoftext|>"
"""What stands between two documents in GPT-2's training text; one token of its own, where a vocabulary has it."""

BYTES = 256
"""Tokens that are there before any pair is learnt."""
_LARGEST = 2**20  # tokens
_SURROGATES = re.compile("[\ud800-\udfff]")
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


@dataclass(frozen=True, slots=True)
class BpeTokenizer:
    """Tokens are sequences of bytes, each built from two shorter ones.

    `definition` is the text of a `tokenizer.json` as `from_json` and `from_vocabulary` write it. A model may have more
    ids than the tokenizer has tokens; those mean nothing, and are never read.
    """

    definition: str
    vocab_size: int

    kind = "bpe"

    @classmethod
    def from_json(cls, text: str, *, vocab_size: int = 0) -> "BpeTokenizer":
        """Make one from a `tokenizer.json`; raises UsageError for one that is not byte-pair encoding as in GPT-2."""
        try:
            plain: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError("the tokenizer is not JSON", why=str(error)[:80]) from error
        match plain:
            case {"model": {"vocab": dict(vocab), "merges": list(merges)} as model}:
                _refuse_other_kinds(model, plain)
                return cls.from_vocabulary(vocab, merges, added=_added(plain), vocab_size=vocab_size)
        raise UsageError("the tokenizer is not byte-pair encoding", why="it has no vocabulary or no merges")

    @classmethod
    def from_vocabulary(
        cls,
        vocab: Mapping[str, int],
        merges: Iterable[object],
        *,
        added: Mapping[str, int] | None = None,
        vocab_size: int = 0,
    ) -> "BpeTokenizer":
        """Make one from the ids of all pieces and the pairs that merge, the first one first; raises UsageError.

        Pieces are written as GPT-2 writes bytes, a pair as two pieces or as both in one text with a space between.
        `added` are the ids of texts that are always one token.
        """
        added = dict(added or {})
        pairs = [_pair(merge) for merge in merges]
        size = _checked_size(vocab, pairs, added, vocab_size)
        plain = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                _special(text, number) for text, number in sorted(added.items(), key=lambda item: item[1])
            ],
            "normalizer": None,
            "pre_tokenizer": _BYTE_LEVEL,
            "post_processor": None,
            "decoder": _BYTE_LEVEL | {"add_prefix_space": True},
            "model": {"type": "BPE", "vocab": dict(vocab), "merges": pairs},
        }
        return cls(json.dumps(plain, ensure_ascii=False, separators=(",", ":")), size)

    @classmethod
    def from_text(cls, chunks: Iterable[str], vocab_size: int) -> "BpeTokenizer":
        """Learn the pairs of a text, the most frequent first, until there are so many tokens or no pairs left.

        The same text gives the same tokens. Raises LabError without the library, UsageError for fewer than 256 tokens.
        """
        if vocab_size < BYTES:
            raise UsageError(f"--vocab-size {vocab_size} is too small", do=f"There are {BYTES} bytes.")
        library = _library()
        engine = library.Tokenizer(library.models.BPE())
        engine.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = library.trainers.BpeTrainer(
            vocab_size=vocab_size, initial_alphabet=[*_letters()], special_tokens=[], show_progress=False
        )
        engine.train_from_iterator(map(_printable, chunks), trainer)
        return cls.from_json(engine.to_str())

    @classmethod
    def from_plain(cls, plain: object) -> "BpeTokenizer":
        """Make one from what JSON gave; raises UsageError for anything but what `to_plain` returns."""
        match plain:
            case {"kind": cls.kind, "definition": str(text), "vocab_size": int(size), **rest} if not rest and size > 0:
                return _from_definition(text, size)
        raise UsageError("a byte-pair tokenizer has a kind, a definition and a vocab_size, nothing else")

    def to_plain(self) -> dict[str, Any]:
        """Return `{"kind": "bpe", "definition": …, "vocab_size": …}`."""
        return {"kind": self.kind, "definition": self.definition, "vocab_size": self.vocab_size}

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return uint16, or uint32 where that is too small; always little-endian."""
        return np.dtype("<u2" if self.vocab_size <= 1 << 16 else "<u4")

    def encode(self, text: str) -> NDArray[np.generic]:
        """Return the ids of a text; there is none that has not any. Raises LabError without the library."""
        return np.asarray(_engine(self.definition).encode(_printable(text)).ids, dtype=self.dtype)

    def encode_known(self, text: str) -> tuple[NDArray[np.generic], tuple[str, ...]]:
        """Return ids of any text at all; only a lone surrogate has to be replaced, by U+FFFD."""
        return self.encode(text), tuple(self.unknown(text))

    def decode(self, ids: Sequence[int] | NDArray[np.generic]) -> str:
        """Return the text of the ids, U+FFFD for bytes that are no character; raises ValueError for a strange id."""
        places = np.asarray(ids, dtype=np.int64)
        if places.size and not 0 <= places.min() <= places.max() < self.vocab_size:
            raise ValueError(f"ids run from 0 to {self.vocab_size - 1}")
        text: str = _engine(self.definition).decode(places.tolist(), skip_special_tokens=False)
        return text

    def unknown(self, text: str) -> list[str]:
        """Return U+FFFD if the text has a lone surrogate; everything else is known."""
        return ["\N{REPLACEMENT CHARACTER}"] if _SURROGATES.search(text) else []

    def id_of(self, piece: str) -> int | None:
        """Return the id of a piece such as `END_OF_TEXT`, or None if it is not one token."""
        found: int | None = _engine(self.definition).token_to_id(piece)
        return found


@lru_cache(maxsize=4)
def _from_definition(text: str, size: int) -> BpeTokenizer:
    return BpeTokenizer.from_json(text, vocab_size=size)


@lru_cache(maxsize=4)
def _engine(definition: str) -> Any:
    """Return the library's tokenizer; raises LabError where it is not installed."""
    return _library().Tokenizer.from_str(definition)


def _library() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise LabError(
            "byte-pair encoding needs a library that is not installed",
            do='Install it: pip install "gpt2mini-tui[bpe]".',
        ) from error
    return tokenizers


def _printable(text: str) -> str:
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def _refuse_other_kinds(model: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
    """Raise UsageError for whatever would make it another function of the text than what is rebuilt here."""
    odd = [name for name in ("unk_token", "continuing_subword_prefix", "end_of_word_suffix") if model.get(name)]
    odd += [name for name in ("byte_fallback", "ignore_merges", "dropout") if model.get(name)]
    if model.get("type") not in ("BPE", None) or odd:
        why = f"it uses {odd[0]}" if odd else f"it is {str(model.get('type'))[:40]}"
        raise UsageError("the tokenizer is not byte-pair encoding as in GPT-2", why=why)
    if whole.get("normalizer") is not None:
        raise UsageError("the tokenizer is not byte-pair encoding as in GPT-2", why="it changes the text first")
    match whole.get("pre_tokenizer"):
        case {"type": "ByteLevel", "add_prefix_space": False, **how} if how.get("use_regex", True):
            return
    raise UsageError("the tokenizer is not byte-pair encoding as in GPT-2", why="it cuts the text in another way")


def _added(whole: Mapping[str, Any]) -> dict[str, int]:
    found = {}
    entries = whole.get("added_tokens")
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case {"content": str(content), "id": int(number)} if content:
                found[content] = number
            case _:
                raise UsageError("the tokenizer is damaged", why="an added token has no content or no id")
    return found


def _special(content: str, number: int) -> dict[str, object]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": number, "content": content, **flags}


def _pair(merge: object) -> tuple[str, str]:
    parts = merge.split(" ") if isinstance(merge, str) else merge
    match parts:
        case [str(left), str(right)] if left and right:
            return left, right
    raise UsageError("the tokenizer is damaged", why=f"{str(merge)[:40]!r} is not a pair")


def _checked_size(
    vocab: Mapping[str, int], pairs: Sequence[tuple[str, str]], added: Mapping[str, int], wanted: int
) -> int:
    """Return how many ids there are; raises UsageError unless they are all different and every merge has its pieces."""
    ids = [*vocab.values(), *(number for text, number in added.items() if text not in vocab)]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in ids) or len(set(ids)) != len(ids):
        raise UsageError("the tokenizer is damaged", why="two tokens have one id, or an id is not a number")
    if not 0 <= min(ids, default=-1) <= max(ids, default=-1) < _LARGEST:
        raise UsageError("the tokenizer is damaged", why="it has no tokens, or an id out of range")
    if any(vocab.get(text, number) != number for text, number in added.items()):
        raise UsageError("the tokenizer is damaged", why="an added token has two ids")
    missing = next((letter for letter in _letters() if letter not in vocab), None)
    if missing is not None:
        raise UsageError("the tokenizer does not cover every byte", why=f"{missing!r} has no token")
    for left, right in pairs:
        if not (left in vocab and right in vocab and left + right in vocab):
            raise UsageError("the tokenizer is damaged", why=f"{(left + right)[:40]!r} lacks a piece")
    size = max(ids) + 1
    if wanted and wanted < size:
        raise UsageError(f"the tokenizer has {size:,} tokens, the model only {wanted:,}")
    return wanted or size


@lru_cache(maxsize=1)
def _letters() -> tuple[str, ...]:
    """Return the character that stands for each of the 256 bytes: itself where it can be seen, else one from U+0100.

    `bytes_to_unicode` of GPT-2's encoder.py.
    """
    seen = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte if byte in seen else next(others)) for byte in range(0x100))
