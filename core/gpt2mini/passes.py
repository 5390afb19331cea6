"""The two passes over a text, a chunk at a time: of which characters it consists, then what it is in tokens.

The first gives the fingerprint that a text is known by; the second finds out whether it is still that text.
"""

import hashlib
import json
from collections.abc import Callable, Iterator

import numpy as np

from gpt2mini.errors import DataError
from gpt2mini.prepared import About, TextStatistics
from gpt2mini.texts import Text
from gpt2mini.tokenizer import CODE_POINTS, CharTokenizer, Ids, Tokenizer, code_points, describe

__all__ = ["Report", "digest_of", "encode", "scan"]

Report = Callable[[float], None]
"""Hears how much of the work is done, from 0 to 1."""

_FINGERPRINT = b"gpt2mini corpus 1 char\n"
_SHARE = 0.9  # of the progress that both passes take; the reference lines take the rest


def scan(text: Text, given: Tokenizer | None, report: Report) -> About:
    """Read the text once, to know its characters and its fingerprint.

    Raises DataError if it is too short, or has characters that the given tokenizer does not know.
    """
    seen = _Seen(text)
    for chunk, done in text.chunks():
        seen.add(chunk)
        report(_SHARE / 2 * min(1.0, done / max(1, text.size)))
    if seen.characters < 2:
        why = f"it has {seen.characters} tokens, and training needs at least 2"
        raise DataError("the text is too short to train on", where=text.source or text.name, why=why)
    alphabet = seen.alphabet()
    tokenizer = given or CharTokenizer(alphabet)
    strange = tokenizer.unknown(alphabet)
    if strange:
        raise DataError("the text has characters that this model has never seen", why=describe(strange))
    return About(
        name=text.name,
        source=text.source,
        fingerprint=seen.fingerprint(tokenizer),
        tokenizer=tokenizer,
        statistics=TextStatistics(characters=seen.characters, distinct=len(alphabet), utf8_bytes=seen.size),
    )


def encode(text: Text, about: About, report: Report) -> Iterator[Ids]:
    """Read the text once more, and yield its tokens; raises DataError if it is no longer the text that was scanned."""
    seen = _Seen(text)
    for chunk, done in text.chunks():
        seen.add(chunk)
        try:
            ids = about.tokenizer.encode(chunk)
        except DataError:
            break
        if seen.characters > about.statistics.characters:
            break
        yield ids
        report(_SHARE / 2 * (1 + min(1.0, done / max(1, text.size))))
    if not seen.characters or seen.fingerprint(about.tokenizer) != about.fingerprint:
        raise DataError("the text changed while it was read", where=text.source or text.name, do="Try again.")


def digest_of(tokenizer: Tokenizer) -> str:
    """Return the checksum of a tokenizer, in hexadecimal."""
    return hashlib.sha256(json.dumps(tokenizer.to_plain(), sort_keys=True).encode()).hexdigest()


class _Seen:
    """What is known of a text from the chunks that have been read."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._digest = hashlib.sha256(_FINGERPRINT)
        self._points = np.zeros(CODE_POINTS, dtype=np.bool_)
        self.characters = 0
        self.size = 0
        """Bytes of UTF-8."""

    def add(self, chunk: str) -> None:
        """Take in what was read next; raises DataError for what is no Unicode."""
        try:
            data = chunk.encode()
        except UnicodeEncodeError as error:
            why = f"U+{ord(chunk[error.start]):04X} is half of a surrogate pair"
            raise DataError("this is not text", where=self._text.source or self._text.name, why=why) from error
        self._digest.update(data)
        self._points[code_points(chunk)] = True
        self.characters += len(chunk)
        self.size += len(data)

    def alphabet(self) -> str:
        """Return every character there is, once, in order."""
        return "".join(map(chr, np.flatnonzero(self._points)))

    def fingerprint(self, tokenizer: Tokenizer) -> str:
        """Return what the text is known by as such tokens; in its own characters, by the characters alone."""
        digest = self._digest.hexdigest()
        if tokenizer == CharTokenizer(self.alphabet()):
            return digest
        return hashlib.sha256(f"{digest} {digest_of(tokenizer)}".encode()).hexdigest()
