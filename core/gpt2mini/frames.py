"""Frames: the weights of a run at a few steps, further and further apart, so that its making can be watched again.

    <run>/frames/step-000030.safetensors    one portable file each: weights only, nothing to resume from

They are kept at steps 0, 10, 30, 100, 300, 1000, …: two for each tenfold, because a model changes with the logarithm of
the steps it has taken. So a run of a thousand steps has six, one of a million twelve, and all frames of a run together
never take more than `LIMIT` bytes; what would go beyond is not kept. They go where the run goes, also into the trash.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.errors import DiskError, reason

__all__ = ["LIMIT", "Frame", "forget_after", "frame_path", "frames_of", "is_frame_step"]

LIMIT = 256 * 2**20
"""Bytes that the frames of one run may take together."""

_FOLDER = "frames"
_FRAME = re.compile(r"step-(\d{6,12})\.safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The weights at a step, as a folder lists them; nothing in the file has been believed."""

    step: int
    path: Path
    size: int
    """Bytes."""


def is_frame_step(step: int) -> bool:
    """Tell whether a frame is due at a step: at 0, and at 1 or 3 with zeros behind it."""
    return step == 0 or (step >= 10 and str(step).rstrip("0") in ("1", "3"))


def frames_of(run: Path) -> list[Frame]:
    """Return the frames in a run folder in order of their steps; none for a run that keeps none."""
    try:
        entries = [(match, entry) for entry in os.scandir(run / _FOLDER) if (match := _FRAME.fullmatch(entry.name))]
        found = [
            Frame(step=int(match[1]), path=Path(entry.path), size=entry.stat(follow_symlinks=False).st_size)
            for match, entry in entries
            if entry.is_file(follow_symlinks=False)
        ]
    except OSError:
        return []
    return sorted(found, key=lambda frame: frame.step)


def frame_path(run: Path, step: int, *, size: int) -> Path | None:
    """Return where the frame of a step belongs, its folder made, or None where `size` bytes more would be too much.

    Raises DiskError if the folder cannot be made.
    """
    if sum(frame.size for frame in frames_of(run) if frame.step != step) + size > LIMIT:
        return None
    path = run / _FOLDER / f"step-{step:06d}.safetensors"
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise DiskError("cannot write the model", where=path, why=reason(error)) from error
    return path


def forget_after(run: Path, step: int) -> None:
    """Delete the frames after a step, since a run that goes on from there has another future, and what a crash left.

    Raises DiskError.
    """
    gone = [frame.path for frame in frames_of(run) if frame.step > step]
    for path in (*gone, *(run / _FOLDER).glob(".step-*")):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DiskError("a frame cannot be deleted", where=path, why=reason(error)) from error
