"""What people write beside a run: tags and a note, in a file of their own, so that the run itself stays as it was."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.errors import DiskError, LabError, UsageError
from gpt2mini.storage import read_json, write_file

__all__ = ["FILE", "Labels", "read_labels", "write_labels"]

FILE = "labels.json"
_LIMIT = 64 * 1024
_LONGEST = {"tag": 40, "note": 2000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Tags and a note. Raises UsageError for a tag with a space in it, and for what is too long."""

    tags: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be shown on a line, or found by a filter."""
        for tag in self.tags:
            if not tag or any(character.isspace() or character == "," for character in tag):
                raise UsageError(f"{tag!r} cannot be a tag", do="A tag is one word, without a comma.")
            if len(tag) > _LONGEST["tag"]:
                raise UsageError(f"the tag {tag[:20]!r}… is too long", do=f"At most {_LONGEST['tag']} characters.")
        if len(self.note) > _LONGEST["note"]:
            raise UsageError(
                f"the note is too long: {len(self.note):,} characters", do=f"At most {_LONGEST['note']:,}."
            )


def read_labels(run: Path) -> Labels:
    """Return what was written beside a run; nothing where there is nothing, or nothing that can be read."""
    if not os.path.exists(run / FILE):  # hardly any run has one, and an error costs ten times as much
        return Labels()
    with suppress(LabError, OSError, ValueError, TypeError):
        plain = read_json(run / FILE, limit=_LIMIT)
        plain = plain if isinstance(plain, dict) else {}
        tags, note = plain.get("tags", []), plain.get("note", "")
        if isinstance(note, str) and all(isinstance(tag, str) for tag in tags):
            return Labels(tags=tuple(dict.fromkeys(tags)), note=note)
    return Labels()


def write_labels(run: Path, labels: Labels) -> None:
    """Replace what was written beside a run, in one go; raises DiskError."""
    aside = run / f".{FILE}"
    plain = {"format": 1, "tags": labels.tags, "note": labels.note}
    try:
        write_file(aside, json.dumps(plain, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        os.replace(aside, run / FILE)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise DiskError("cannot write beside the run", where=run, why=why) from error
