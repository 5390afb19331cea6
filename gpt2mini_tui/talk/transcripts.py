"""Conversations on paper: Markdown for people, JSON for programs; both hold every way, not only the current one."""

import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

from gpt2mini.errors import DiskError, reason
from gpt2mini.settings import Value
from gpt2mini_tui.safe import safe
from gpt2mini_tui.talk.branches import Branches, Said

__all__ = ["FORMAT", "Record", "save", "summary", "to_json", "to_markdown"]

FORMAT = 1
"""The version of the JSON. Keys are added, never renamed."""


@dataclass(slots=True, kw_only=True)
class Record:
    """A text, and whose it is."""

    model: str
    """Who wrote it, such as `tales-1 step 500`."""
    settings: Mapping[str, Value]
    """How its tokens were drawn the last time."""
    branches: Branches
    vocabulary: str = ""
    """In which its tokens are; empty while it has none."""
    notices: Sequence[str] = ()
    command: str = ""
    """What writes the first continuation again; empty where no command does."""
    others: dict[str, float] = field(default_factory=dict)
    """What other models make of what was written, in bits a token, by their names."""


def to_json(records: Sequence[Record], created: float) -> str:
    """Return everything as one JSON object; bits, ranks and entropies are of the model that wrote, or null."""
    texts = [
        {
            "model": record.model,
            "vocabulary": record.vocabulary,
            "settings": dict(record.settings),
            "notices": list(record.notices),
            "command": record.command,
            "text": record.branches.text,
            "others": {name: bits if math.isfinite(bits) else None for name, bits in record.others.items()},
            **record.branches.to_plain(),
        }
        for record in records
    ]
    return json.dumps({"format": FORMAT, "created": created, "texts": texts}, allow_nan=False, indent=1) + "\n"


def to_markdown(records: Sequence[Record], created: float) -> str:
    """Return everything to be read; what was said stands in code blocks, so that nothing in it is taken for markup."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(created))
    lines = ["# Conversation", "", when, ""]
    for number, record in enumerate(records, 1):
        lines += _text(number, record)
    return "\n".join(lines)


def save(records: Sequence[Record], folder: Path, created: float) -> Path:
    """Write `<date>.md` and `<date>.json` and return the first; raises DiskError where that is not possible."""
    name = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(created))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while (folder / f"{name}.md").exists():
            name += "-again"
        (folder / f"{name}.json").write_text(to_json(records, created), encoding="utf-8")
        (folder / f"{name}.md").write_text(to_markdown(records, created), encoding="utf-8", errors="replace")
    except OSError as error:
        raise DiskError("the conversation could not be saved", where=str(folder), why=reason(error)) from error
    return folder / f"{name}.md"


def summary(said: Sequence[Said]) -> str:
    """Return how many tokens a model wrote and how surprising they were to it: `20 tokens, 1.32 bits/token`."""
    known = [one.bits for one in said if one.by and math.isfinite(one.bits)]
    if not known:
        return "nothing written"
    return f"{len(known):,} token{'s' * (len(known) > 1)}, {sum(known) / len(known):.2f} bits/token"


def _text(number: int, record: Record) -> Iterator[str]:
    settings = ", ".join(f"{name.replace('_', '-')} {value!r}" for name, value in record.settings.items())
    yield f"## {number}. {_inline(record.model)}"
    yield ""
    yield f"{_inline(settings)}. {summary(record.branches.said)}."
    for name, bits in record.others.items():
        yield f"{_inline(name)} gives it {bits:.2f} bits/token."
    yield ""
    for notice in record.notices:
        yield f"- {_inline(notice)}"
    if record.command:
        yield from _block(record.command, "sh")
    yield from _passages(record.branches.said)
    for way in record.branches.ways():
        if not way.is_current:
            pairs = zip(way.said, record.branches.said, strict=False)
            common = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], pairs))
            yield f"### Another way, parting after {common:,} tokens"
            yield ""
            yield from _passages(way.said)


def _passages(said: Sequence[Said]) -> Iterator[str]:
    for by, same in groupby(said, key=lambda one: one.by):
        yield f"**{_inline(by) if by else 'Prompt'}**"
        yield ""
        yield from _block("".join(one.text for one in same))


def _block(text: str, language: str = "text") -> Iterator[str]:
    """Yield a code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", safe(text, lines=True), fence, "")


def _inline(text: Any) -> str:
    """Return words in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", safe(text))
