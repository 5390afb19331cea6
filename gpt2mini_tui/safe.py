"""The display edge: no byte of a name, a text or a model may move the cursor, ring the bell or pretend to be ours."""

import unicodedata

__all__ = ["safe"]

_SHOWN = {"\n": "\n", "\t": "    "}


def safe(text: object, *, lines: bool = False) -> str:
    """Return a text in which every control, format, bidi, tag or private character is shown instead of obeyed.

    Control characters become their pictures (ESC is ␛), others `<U+202E>`. With `lines`, line breaks stay; otherwise
    they become ⏎, so that what is one line stays one line.
    """
    text = str(text)
    if text.isascii() and text.isprintable():  # nearly every text there is
        return text
    return "".join(_shown(character, lines) for character in text)


def _shown(character: str, lines: bool) -> str:
    if " " <= character <= "~" or (lines and character in _SHOWN):
        return _SHOWN.get(character, character)
    code = ord(character)
    if character == "\n":
        return "⏎"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"):
        return f"<U+{code:04X}>"
    return character
