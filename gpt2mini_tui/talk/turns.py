r"""How a conversation is put to a model that only ever continues text: as it is, or in turns of a given form.

A form is a pattern such as `Ada: {}\nJon:`: what a person says takes the place of the braces, the model goes on, and
its turn is over where the form would break the line. Only a model that was trained on dialogue can make use of it.
"""

from dataclasses import dataclass
from typing import Final

from gpt2mini.errors import UsageError

__all__ = ["FORMS", "PLAIN", "Turns", "escaped", "turns", "unescaped"]

_GAP = "{}"
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """A form; raises UsageError for a pattern without exactly one gap."""

    pattern: str = ""
    """Empty for plain continuation."""

    def __post_init__(self) -> None:
        """Refuse what is no form."""
        if self.pattern and self.pattern.count(_GAP) != 1:
            raise UsageError(
                f"{self.pattern[:40]!r} is no form of a turn",
                do=f"Put {_GAP} once, where what you say belongs, or take one of {', '.join(FORMS)}.",
            )
        if len(self.pattern) > _LONGEST:
            raise UsageError(f"a form of {len(self.pattern):,} characters is too long")

    @property
    def is_plain(self) -> bool:
        """Whether the model simply goes on."""
        return not self.pattern

    @property
    def stop(self) -> str:
        """What ends a turn of the model: a blank line where the form has one, else a line break."""
        if self.is_plain:
            return ""
        return "\n\n" if "\n\n" in self.pattern else "\n"

    def put(self, said: str, before: str = "") -> str:
        """Return what has to be added to the text so far for this to be said."""
        if self.is_plain:
            return said
        joint = self.stop if before and not before.endswith(self.stop) else ""
        return joint + self.pattern.replace(_GAP, said)


PLAIN: Final = Turns()
FORMS: Final = {
    "plain": "",
    "tales": "Ada: {}\nJon:",
    "plays": "ROMEO:\n{}\n\nJULIET:\n",
}
"""Forms by name: none, the dialogues of the corpus tales, and those of plays such as tiny Shakespeare."""


def turns(word: str) -> Turns:
    r"""Return the form that a word means: a name of `FORMS`, or a pattern with `\n` for a line break."""
    named = FORMS.get(word.strip().lower() or "plain")
    return Turns(pattern=unescaped(word) if named is None else named)


def unescaped(text: str) -> str:
    r"""Return what was typed with `\n` as a line break and `\t` as a tab, which one line of input cannot hold."""
    marked = text.replace("\\\\", "\0")
    return marked.replace("\\n", "\n").replace("\\t", "\t").replace("\0", "\\")


def escaped(text: str) -> str:
    r"""Return a text as it would have to be typed into one line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
