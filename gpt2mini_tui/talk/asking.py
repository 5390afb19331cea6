"""What is meant by a key in the chat: which part of a text it is about, and what to show of the answer."""

import shlex
from collections.abc import Mapping, Sequence

from gpt2mini.config import Sampling
from gpt2mini.runs import checkpoint_name
from gpt2mini.settings import Value, specs
from gpt2mini_tui import words
from gpt2mini_tui.talk.bars import named
from gpt2mini_tui.talk.branches import Branches
from gpt2mini_tui.talk.heard import Opened, Weighed

__all__ = ["command", "notes", "number", "put_at", "written_at", "written_before"]


def put_at(branches: Branches, place: int) -> int:
    """Return where that begins which a person put into a text, at a place or last before it."""
    at = min(place, len(branches) - 1)
    while at > 0 and branches[at].by:
        at -= 1
    while at > 0 and not branches[at - 1].by:
        at -= 1
    return max(0, at)


def written_at(branches: Branches, place: int) -> int | None:
    """Return where that begins which a model wrote into a text, at a place or last before it; None for nothing."""
    at = min(place, len(branches) - 1)
    while at >= 0 and not branches[at].by:
        at -= 1
    if at < 0:
        return None
    while at > 0 and branches[at - 1].by:
        at -= 1
    return at


def written_before(branches: Branches, place: int) -> int:
    """Return how many tokens a model wrote in one go up to a place: so many draws of the seed are spent."""
    at = place
    while at > 0 and branches[at - 1].by:
        at -= 1
    return place - at


def notes(weighed: Weighed, vocabulary: int, opinions: Sequence[tuple[str, float]], *, run: str) -> list[str]:
    """Return what is said under the bars of a model of this run; other models of it are told apart by their step."""
    lines = []
    if weighed.taken is not None:
        lines.append(f"surprise   {weighed.taken.bits:.2f} bits")
        for label, bits in opinions:
            other, _, step = label.rpartition(" step ")
            who = f"step {step}" if other == run else f"to {other[:7]}"
            lines.append(f"{who:<10} {bits:.2f} bits")
        lines.append(f"rank       {weighed.taken.rank + 1:,} of {vocabulary:,}")
    return [
        *lines,
        f"entropy    {weighed.entropy:.2f} bits",
        f"as drawn   {weighed.drawn_entropy:.2f} bits",
        f"kept       {weighed.kept:,} of {vocabulary:,}",
        f"looked at  {words.count(weighed.seen, 'token')}",
    ]


def number(weighed: Weighed) -> str:
    """Return what is said of the token under the cursor in a line."""
    taken = weighed.taken
    if taken is None:
        return f"entropy {weighed.entropy:.2f} bits"
    return f"{named(taken.text)}  {taken.bits:.2f} bits  rank {taken.rank + 1}"


def command(model: Opened, prompt: str, values: Mapping[str, Value]) -> str:
    """Return the command line that writes the same; empty where the model is not one that lies in the store."""
    if model.is_live or not model.run:
        return ""
    line = ["gpt2mini-tui", "generate", "--load", f"{model.run}/{checkpoint_name(model.step)}", "--prompt", prompt]
    for spec in specs(Sampling):
        if values[spec.name] != spec.default:
            line += [spec.flag, str(values[spec.name])]
    return shlex.join(line)
