"""Texts from elsewhere, kept in the home under a name: fetched once, and only believed with the right checksum.

Nothing is fetched unless somebody asks for it by name or by address. What was fetched is a text like any other from
then on: `--data NAME`.
"""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from gpt2mini.errors import CannotCreateError, DataError, DiskError, UsageError, reason
from gpt2mini.paths import Home, check_name
from gpt2mini.storage import replace_file

__all__ = ["KNOWN", "Known", "download", "kept", "name_of"]

LARGEST = 16 * 2**30
"""Bytes of a text at most; more is a mistake, or somebody's joke."""
TIMEOUT = 30.0
"""Seconds without a byte after which nobody answers."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A text that is known by a name."""

    url: str
    sha256: str
    description: str


KNOWN = {
    "tinyshakespeare": Known(
        url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        description="Forty thousand lines of Shakespeare, 1.1 MB (Karpathy 2015)",
    )
}


def kept(name: str, home: Home) -> Path | None:
    """Return the file of a text that was fetched under this name, or None."""
    if not re.fullmatch(r"\w[\w.-]*", name):
        return None
    path = home.texts / f"{name}.txt"
    return path if path.is_file() else None


def name_of(url: str) -> str:
    """Return what a text from this address is called if nobody says: its last part, without the ending."""
    last = PurePosixPath(unquote(urlsplit(url).path)).name
    return re.sub(r"[^\w-]+", "-", last.rpartition(".")[0] or last).strip("-")[:60] or "text"


def download(
    url: str, home: Home, *, name: str, sha256: str, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Fetch a text, check it, and keep it; `progress` hears the bytes so far and in all (0 if that is not known).

    An empty `sha256` is not compared. Raises UsageError, CannotCreateError if there is such a text, DataError for one
    that cannot be fetched or is another one, and DiskError.
    """
    check_name(name)
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise UsageError(f"{name[:60]!r} cannot be the name of a text", do="Use letters, digits, dots and dashes.")
    if sha256 and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise UsageError("--sha256 is 64 hexadecimal digits")
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError("the address must begin with https:// or http://", where=url[:200])
    target = home.texts / f"{name}.txt"
    if target.exists():
        raise CannotCreateError("there is a text of that name already", where=name, do="Give another --name.")
    data = _fetch(url, progress or _silent)
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256.lower():
        raise DataError("this is not the text that was meant", where=url[:200], why=f"its SHA-256 is {found}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, data)
    except OSError as error:
        raise DiskError("the text cannot be kept", where=target, why=reason(error)) from error
    return target


def _silent(_done: int, _size: int) -> None:
    """Report nothing."""


def _fetch(url: str, progress: Callable[[int, int], None]) -> bytes:
    request = urllib.request.Request(url, headers={"User-Agent": "gpt2mini-tui"})
    parts: list[bytes] = []
    done = 0
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            size = int(answer.headers.get("Content-Length") or 0)
            while part := answer.read(_CHUNK):
                parts.append(part)
                done += len(part)
                if done > LARGEST:
                    raise DataError("the text is too large", where=url[:200])
                progress(done, size)
    except urllib.error.HTTPError as error:
        raise DataError("the text cannot be fetched", where=url[:200], why=f"the server says {error.code}") from error
    except (OSError, ValueError) as error:
        why = str(getattr(error, "reason", error))[:120]
        do = "If there is no network here, fetch it elsewhere and name the file: --data FILE."
        raise DataError("the text cannot be fetched", where=url[:200], why=why, do=do) from error
    if size and done != size:
        raise DataError("the text cannot be fetched", where=url[:200], why="the connection broke half-way")
    return b"".join(parts)
