"""A text made ready for training: its tokens, the part held back, and what counting alone reaches on it.

Of the two passes over it (`passes`) the second is left out where that text was prepared before. The same text gives the
same arrays and the same reference lines, bit for bit, on any machine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gpt2mini import prepared
from gpt2mini.bpe import BpeTokenizer
from gpt2mini.config import ModelConfig, parameter_count
from gpt2mini.downloads import kept
from gpt2mini.errors import CannotCreateError, DiskError, NotFoundError, UsageError
from gpt2mini.ngrams import reference_lines
from gpt2mini.passes import Report, digest_of, encode, scan
from gpt2mini.paths import Home
from gpt2mini.prepared import About, Entry, Prepared, References, TextStatistics
from gpt2mini.sources import built_in, open_text
from gpt2mini.tasks import TASKS, Task
from gpt2mini.texts import Text, text_of
from gpt2mini.tokenizer import CharTokenizer, Ids, Tokenizer

__all__ = ["Corpus", "Entry", "TextStatistics", "corpus_of", "list_corpora", "prepare", "reopen"]

ENOUGH_TO_SPLIT = 1000
"""Tokens; from here on the last tenth is held back for validation."""
LARGE_VOCABULARY = 5000
LEARNT_FROM = 50_000_000
"""Characters, from the beginning of a text, that byte pairs are learnt from at most."""
WEIGHED = 200_000
"""Tokens at most by which the bytes of a token are known, in evenly spread pieces."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corpus:
    """A text ready for training. Nothing that happens to its source changes it any more."""

    name: str
    """Short: `tales`, the stem of a file, the name of a folder, or `stdin`."""
    source: str
    """What gives the same text again: a built-in name, an absolute path, or `-`."""
    fingerprint: str
    """Of the characters and the kind of tokenizer, as 64 hexadecimal digits."""
    tokenizer: Tokenizer
    train: Ids
    """Token ids (N,) to learn from; a map of a file where the text was prepared in a home."""
    val: Ids
    """The last tenth of the text, (M,); empty where it is too short."""
    references: References
    """Nats per token: `uniform`, `1-gram` … `4-gram`, and `floor` where the true entropy is known."""
    bytes_per_token: float
    """Bytes of UTF-8 that a token stands for, on the mean of what is held back, else of the whole."""
    statistics: TextStatistics
    notices: tuple[str, ...] = ()
    """What a person should know about it, as sentences."""

    @property
    def task(self) -> Task | None:
        """What its lines ask, where it is a text of problems."""
        return TASKS.get(self.source)


class _StoppedError(Exception):
    """Somebody asked to stop. Not an OSError, so that nobody on the way takes it for a failing disk."""


def prepare(
    source: str,
    home: Home,
    tokenizer: str | Tokenizer = "char",
    *,
    vocab_size: int = 1024,
    progress: Report | None = None,
    encoding: str = "utf-8",
    stop: Callable[[], bool] | None = None,
) -> Corpus:
    """Return what `source` names as a corpus, keeping it in the home so that the next time is quick.

    A source is a built-in name (see `built_in`), the name of a text that was fetched (`downloads`), a file, a folder,
    or `-`. The tokenizer is `char` or `bpe`, made from the text, the latter with at most `vocab_size` tokens, or one
    that a model has already. `progress` hears how much is done, from 0 to 1; `stop` is asked between chunks. Where the
    home cannot be written to, the tokens stay in memory, with a notice. Raises NotFoundError, DataError and UsageError
    in words for a person, LabError where byte-pair encoding lacks its library; InterruptedError if stopped.
    """
    kinds = (CharTokenizer.kind, BpeTokenizer.kind)
    if isinstance(tokenizer, str) and tokenizer not in kinds:
        raise UsageError(f"there is no tokenizer {tokenizer!r}", do=f"There is {' and '.join(kinds)}.")
    given = None if isinstance(tokenizer, str) else tokenizer
    report = progress or _silent

    def check() -> None:
        if stop is not None and stop():
            raise _StoppedError

    try:
        fetched = None if source in built_in() else kept(source, home)
        with open_text(str(fetched or source), encoding=encoding, check=check) as text:
            if tokenizer == BpeTokenizer.kind:
                corpus = _prepare_pairs(text, home, vocab_size, report)
            else:
                corpus = _prepare(text, home, given, report)
    except _StoppedError as error:
        raise InterruptedError("preparing the text was stopped") from error
    report(1.0)
    return corpus


def corpus_of(text: str, *, name: str = "text") -> Corpus:
    """Return a text in memory as a corpus of characters, without touching the disk.

    Raises DataError for a text of fewer than two characters, and for one that is no Unicode.
    """
    whole = text_of(text, name=name)
    return _as_corpus(_in_memory(whole, scan(whole, None, _silent), _silent), whole)


def reopen(fingerprint: str, home: Home) -> Corpus:
    """Return a corpus that was prepared before, whatever has become of its source; raises NotFoundError."""
    found = prepared.load(home, fingerprint)
    if found is None:
        raise NotFoundError("this text is not prepared here", where=fingerprint[:64], do="Name its source again.")
    return _as_corpus(found, Text(name=found.about.name, source=found.about.source, parts=(), size=0))


def _silent(share: float) -> None:
    """Report nothing."""


def list_corpora(home: Home) -> list[Entry]:
    """Return the built-in texts, then those prepared in this home."""
    named = [Entry(name=name, source=name, description=words) for name, words in built_in().items()]
    return named + prepared.entries(home)


def _prepare(text: Text, home: Home, given: Tokenizer | None, report: Report) -> Corpus:
    recipe = text.recipe if given is None or not text.recipe else f"{text.recipe}-{digest_of(given)[:16]}"
    found = prepared.recall(home, recipe) if recipe else None
    if found is not None:
        return _as_corpus(found, text)
    about, trouble = scan(text, given, report), ""
    found = prepared.load(home, about.fingerprint)
    if found is None:
        trouble = _keep(text, about, home, report)
        found = prepared.load(home, about.fingerprint)  # of whoever was first, if two prepare the same text at once
    if found is None:
        return _as_corpus(_in_memory(text, about, report), text, trouble)
    if recipe:
        prepared.remember(home, recipe, about.fingerprint)
    return _as_corpus(found, text)


def _prepare_pairs(text: Text, home: Home, vocab_size: int, report: Report) -> Corpus:
    """Return a text in byte pairs of its own: those that it was prepared with before, else learnt now."""
    known = text.recipe or scan(text, None, lambda share: report(share / 3)).fingerprint
    recipe = f"{known}-bpe{vocab_size}"
    found = prepared.recall(home, recipe)
    if found is not None:
        return _as_corpus(found, text)
    tokenizer = BpeTokenizer.from_text(_beginning(text), vocab_size)
    corpus = _prepare(text, home, tokenizer, lambda share: report((1 + 2 * share) / 3))
    prepared.remember(home, recipe, corpus.fingerprint)
    return corpus


def _beginning(text: Text) -> Iterator[str]:
    """Yield what pairs are learnt from."""
    characters = 0
    for chunk, _ in text.chunks():
        yield chunk
        characters += len(chunk)
        if characters >= LEARNT_FROM:
            return


def _keep(text: Text, about: About, home: Home, report: Report) -> str:
    """Write the text as tokens into the home; return why that was not possible, or nothing."""
    try:
        prepared.write(home, about, encode(text, about, report), lambda tokens: _measure(tokens, about, text))
    except (CannotCreateError, DiskError) as error:
        return error.why or error.what
    return ""


def _in_memory(text: Text, about: About, report: Report) -> Prepared:
    tokens = np.concatenate(list(encode(text, about, report)))
    tokens.flags.writeable = False
    return Prepared(about=about, tokens=tokens, references=_measure(tokens, about, text))


def _measure(tokens: Ids, about: About, text: Text) -> References:
    train, val = _split(tokens)
    return reference_lines(train, val, about.tokenizer.vocab_size) | _floor(text, about, train, val)


def _floor(text: Text, about: About, train: Ids, val: Ids) -> References:
    """Return the floor in nats per token, which is that per character where a token is one."""
    if text.floor is None or not len(val):
        return {}
    held_back = len(val)
    if about.tokenizer.kind != CharTokenizer.kind:
        held_back = len(about.tokenizer.decode(val))
    start = len(train) if held_back == len(val) else about.statistics.characters - held_back
    return {"floor": round(text.floor(start, start + held_back) * held_back / len(val), 6)}


def _bytes_per_token(tokenizer: Tokenizer, tokens: Ids) -> float:
    pieces = [tokens] if len(tokens) <= WEIGHED else np.array_split(tokens, len(tokens) // WEIGHED * 16)
    step = max(1, len(pieces) // 16)
    weighed = [piece for piece in pieces[::step] if len(piece)]
    size = sum(len(tokenizer.decode(piece).encode("utf-8", "replace")) for piece in weighed)
    return size / sum(map(len, weighed))


def _split(tokens: Ids) -> tuple[Ids, Ids]:
    held_back = len(tokens) // 10 if len(tokens) >= ENOUGH_TO_SPLIT else 0
    return tokens[: len(tokens) - held_back], tokens[len(tokens) - held_back :]


def _as_corpus(found: Prepared, text: Text, trouble: str = "") -> Corpus:
    train, val = _split(found.tokens)
    missing = _floor(text, found.about, train, val) if "floor" not in found.references else {}
    return Corpus(
        name=text.name,
        source=text.source,
        fingerprint=found.about.fingerprint,
        tokenizer=found.about.tokenizer,
        train=train,
        val=val,
        references=found.references | missing,
        bytes_per_token=_bytes_per_token(found.about.tokenizer, val if len(val) else train),
        statistics=found.about.statistics,
        notices=(*text.notices, *_notices(found, trouble)),
    )


def _notices(found: Prepared, trouble: str) -> Iterator[str]:
    vocabulary = found.about.tokenizer.vocab_size
    if trouble:
        yield f"The prepared text could not be kept ({trouble}): it stays in memory, and is prepared again next time."
    if len(found.tokens) < ENOUGH_TO_SPLIT:
        yield "The text is too short to hold anything back: validation is off."
    if vocabulary > LARGE_VOCABULARY:
        model = ModelConfig(vocab_size=vocabulary)
        share = vocabulary * model.n_embd / parameter_count(model)
        kind = "characters" if found.about.tokenizer.kind == CharTokenizer.kind else "tokens"
        yield (
            f"The vocabulary is large, {vocabulary:,} {kind}: it takes {share:.0%} of the parameters of the "
            "default model, and about as much of the time of a step."
        )
