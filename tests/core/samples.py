"""Texts for tests: how they get onto the disk, and how they come back out of a corpus."""

from pathlib import Path

import numpy as np

from gpt2mini.corpus import Corpus

LONG = "One for sorrow, two for joy,\nthree for a girl and four for a boy.\n" * 40
"""Enough to hold a tenth back."""


def written(path: Path, text: str | bytes) -> str:
    """Write a file, its folders included, and return its path as somebody would type it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def whole(corpus: Corpus) -> str:
    """Return the text of a corpus, from its tokens."""
    return corpus.tokenizer.decode(np.concatenate([corpus.train, corpus.val]))
