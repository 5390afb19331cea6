"""A small byte-pair tokenizer, written down: the 256 bytes, a few English pieces, and the end of a text."""

from gpt2mini.bpe import END_OF_TEXT, BpeTokenizer

__all__ = ["ENGLISH"]

_SEEN = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_LETTERS = [chr(byte) for byte in _SEEN] + [chr(0x100 + place) for place in range(256 - len(_SEEN))]
_MERGES = ["t h", "th e", "Ġ t", "Ġ the", "i n", "Ġ a", "o n", "r e", "a t", "e r", "Ġ s", "Ġ c"]
_PIECES = [*_LETTERS, *(merge.replace(" ", "") for merge in _MERGES), END_OF_TEXT]

ENGLISH = BpeTokenizer.from_vocabulary(
    {piece: number for number, piece in enumerate(_PIECES)}, _MERGES, added={END_OF_TEXT: len(_PIECES) - 1}
)
