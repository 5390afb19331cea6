"""What people write beside a run, in a file of its own, so that the run itself stays as it was.

Tags and notes, and the entry of a lab notebook: what was asked, what was predicted, and what came out.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from gpt2mini.errors import DiskError, LabError, UsageError, reason
from gpt2mini.storage import read_json, replace_file

__all__ = ["FILE", "NOTEBOOK", "Labels", "read_labels", "write_labels"]

FILE = "labels.json"
_LIMIT = 64 * 1024
_LONGEST = {"tag": 40, "text": 2000}
NOTEBOOK = ("question", "prediction", "verdict")
"""What a lab notebook says of a run besides its notes, in the order in which it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Tags, a note, and what a lab notebook says.

    Raises UsageError for a tag with a space in it, and for what is too long.
    """

    tags: tuple[str, ...] = ()
    note: str = ""
    question: str = ""
    prediction: str = ""
    verdict: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be shown on a line, or found by a filter."""
        for tag in self.tags:
            if not tag or any(character.isspace() or character == "," for character in tag):
                raise UsageError(f"{tag!r} cannot be a tag", do="A tag is one word, without a comma.")
            if len(tag) > _LONGEST["tag"]:
                raise UsageError(f"the tag {tag[:20]!r}… is too long", do=f"At most {_LONGEST['tag']} characters.")
        for name in ("note", *NOTEBOOK):
            size = len(getattr(self, name))
            if size > _LONGEST["text"]:
                raise UsageError(f"the {name} is too long: {size:,} characters", do=f"At most {_LONGEST['text']:,}.")


_NOTHING = Labels()


def read_labels(run: Path) -> Labels:
    """Return what was written beside a run; nothing where there is nothing, or nothing that can be read."""
    if not os.path.exists(run / FILE):  # hardly any run has one, and an error costs ten times as much
        return _NOTHING
    with suppress(LabError, OSError, ValueError, TypeError):
        plain = read_json(run / FILE, limit=_LIMIT)
        plain = plain if isinstance(plain, dict) else {}
        tags, texts = plain.get("tags", []), {name: plain.get(name, "") for name in ("note", *NOTEBOOK)}
        if all(isinstance(text, str) for text in (*texts.values(), *tags)):
            return Labels(tags=tuple(dict.fromkeys(tags)), **texts)
    return Labels()


def write_labels(run: Path, labels: Labels) -> None:
    """Replace what was written beside a run, in one go; raises DiskError."""
    plain = {"format": 1, **{name: value for name, value in asdict(labels).items() if value or name == "tags"}}
    try:
        replace_file(run / FILE, json.dumps(plain, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise DiskError("cannot write beside the run", where=run, why=reason(error)) from error
