"""A line of text that is being edited, as a value: what stands in it, where the caret is, and what is selected."""

from dataclasses import dataclass, replace

from rich.cells import cell_len

__all__ = ["Caret"]


@dataclass(frozen=True, slots=True)
class Caret:
    """A text with a caret behind it; at first all of it is selected, so that typing replaces it."""

    text: str
    at: int = -1
    """How many characters are left of the caret; negative while all are selected."""

    def typed(self, text: str) -> "Caret":
        """Return what typing or pasting makes of it."""
        if self.at < 0:
            return Caret(text, len(text))
        return Caret(self.text[: self.at] + text + self.text[self.at :], self.at + len(text))

    def moved(self, key: str) -> "Caret":
        """Return what a key makes of it: left, right, home, end, backspace, delete, or clear."""
        at, end = self.at, len(self.text)
        if key == "clear" or (at < 0 and key in ("backspace", "delete")):
            return Caret("", 0)
        place = end if at < 0 else at
        match key:
            case "left":
                return replace(self, at=max(0, place - 1))
            case "right":
                return replace(self, at=min(end, place + 1))
            case "home":
                return replace(self, at=0)
            case "end":
                return replace(self, at=end)
            case "backspace":
                return Caret(self.text[: max(0, at - 1)] + self.text[at:], max(0, at - 1))
        return Caret(self.text[:at] + self.text[at + 1 :], at)

    def window(self, width: int) -> tuple[str, str, str]:
        """Return as much as fits into so many cells: before the caret, under it, and after it."""
        if self.at < 0 and self.text:
            return "", _head(self.text, width), ""
        at = max(0, self.at)
        under = self.text[at : at + 1] or " "
        before = _tail(self.text[:at], width - cell_len(under))
        return before, under, _head(self.text[at + 1 :], width - cell_len(before) - cell_len(under))


def _head(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[: max(0, len(text) - max(1, (cell_len(text) - width) // 2))]
    return text


def _tail(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[max(1, (cell_len(text) - width) // 2) :]
    return text
