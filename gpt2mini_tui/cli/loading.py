"""Finding the model that `--load` means: a run, one of its checkpoints, a folder or a file; else the newest run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini.errors import CheckpointError, LabError, NotFoundError
from gpt2mini.frames import frames_of
from gpt2mini.paths import Home
from gpt2mini.runs import CheckpointEntry, Run, Store, checkpoint_name
from gpt2mini_tui import words
from gpt2mini_tui.cli.output import note

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.sampling import Prompt

__all__ = ["Found", "describe", "encode", "find_checkpoint", "find_model", "note_unknown", "open_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a model may be: the first of the paths that is sound is the one."""

    name: str
    """As a person would call it."""
    paths: Sequence[Path]


def find_model(word: str, home: Home) -> Found:
    """Return where the model is that a word means, and the newest one for an empty word; raises NotFoundError.

    `RUN/step-000030` is a checkpoint, or a frame where there is none. The names of runs come first, so that they mean
    the same in every folder; a file of that name is written `./name`.
    """
    store = Store(home.checkpoints)
    if not word:
        return _newest(store)
    name, _, rest = word.partition("/")
    run = _run(store, name)
    if run is not None and not rest:
        return _of(run)
    if run is not None and re.fullmatch(r"step-\d{1,12}", rest):
        checkpoint = checkpoint_name(int(rest.removeprefix("step-")))
        if (run.path / checkpoint).exists():
            return Found(name=f"{name}/{checkpoint}", paths=[run.path / checkpoint])
        for frame in frames_of(run.path):
            if checkpoint_name(frame.step) == checkpoint:
                return Found(name=f"{name}/{checkpoint}", paths=[frame.path])
    if _exists(word):
        path = Path(word).expanduser()
        return _of(Run(path)) if (path / "run.json").exists() else Found(name=word, paths=[path])
    raise _not_found(word, store)


def find_checkpoint(word: str, home: Home) -> tuple[Run, CheckpointEntry | None]:
    """Return the run that `RUN` or `RUN/step-500` names, and the checkpoint if one is named; raises NotFoundError."""
    name, _, rest = word.partition("/")
    run = Store(home.checkpoints).get(name)
    if not rest:
        return run, None
    entries = {entry.name: entry for entry in run.checkpoints()}
    digits = rest.removeprefix("step-")
    wanted = checkpoint_name(int(digits)) if re.fullmatch(r"[0-9]{1,12}", digits) else rest
    if wanted not in entries:
        do = f"It has {', '.join(entries) or 'none'}."
        raise NotFoundError("this run has no such checkpoint", where=rest, do=do)
    return run, entries[wanted]


def open_model(found: Found) -> "Checkpoint":
    """Return the model, or an older one of the run where the newest is damaged, and say so; this imports torch."""
    from gpt2mini.checkpoint import load_checkpoint

    for path in found.paths[:-1]:
        try:
            return load_checkpoint(path)
        except CheckpointError as error:
            note(f"note: {error}")
            note("note: an older checkpoint of this run is used instead.")
    return load_checkpoint(found.paths[-1])


def describe(found: Found, checkpoint: "Checkpoint") -> str:
    """Return which model this is, in a line."""
    changed = words.switches(checkpoint.ablations.changed()) or "all switches on"
    run = checkpoint.run or found.name
    return f"{run}, step {checkpoint.step:,}, validation loss {words.nats(checkpoint.val_loss)}, {changed}"


def encode(text: str, checkpoint: "Checkpoint") -> "Prompt":
    """Return the prompt as the model can read it, and say what became of it on the way."""
    from gpt2mini.sampling import encode_prompt

    block = checkpoint.config.model.block_size
    prompt = encode_prompt(text, checkpoint.tokenizer, block)
    note_unknown(prompt.unknown, checkpoint)
    if prompt.cropped:
        note(
            f"note: the model sees {block:,} tokens at once: the first {prompt.cropped:,} of the prompt were left out."
        )
    return prompt


def note_unknown(characters: Sequence[str], checkpoint: "Checkpoint") -> None:
    """Say what stands in for characters that the model has never seen; nothing if there are none."""
    from gpt2mini.tokenizer import describe as named

    if characters:
        placeholder = checkpoint.tokenizer.decode(checkpoint.tokenizer.encode_known(characters[0])[0])
        became = f"{placeholder!r} stands in for each" if placeholder else "they were left out"
        note(f"note: this model has never seen {named(characters)}: {became}.")


def _newest(store: Store) -> Found:
    for run in reversed(store.runs()):
        if any(not entry.problem for entry in run.checkpoints()):
            return _of(run)
    raise NotFoundError("there is no model yet", do="Train one with `gpt2mini-tui train`.")


def _run(store: Store, name: str) -> Run | None:
    try:
        return store.get(name)
    except LabError:  # not the name of a run, so perhaps a path
        return None


def _of(run: Run) -> Found:
    sound = [entry.path for entry in run.checkpoints() if not entry.problem]
    if not sound:
        do = f"Train it for some more steps with `gpt2mini-tui resume {run.name}`."
        raise NotFoundError("this run has no checkpoint yet", where=run.name, do=do)
    return Found(name=run.name, paths=sound[::-1])


def _exists(word: str) -> bool:
    try:
        return Path(word).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, or a user that is not there
        return False


def _not_found(word: str, store: Store) -> NotFoundError:
    name, _, rest = word.partition("/")
    run = _run(store, name)
    if run is not None:
        names = [entry.name for entry in run.checkpoints()]
        return NotFoundError("this run has no such checkpoint", where=rest, do=f"It has {', '.join(names) or 'none'}.")
    near = get_close_matches(name, [run.name for run in store.runs()], n=1)
    do = f"Did you mean {near[0]}?" if near else "`gpt2mini-tui runs list` shows what is there."
    return NotFoundError("there is no run, folder or file of that name", where=word, do=do)
