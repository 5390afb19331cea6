"""Where things live: found once, at the edge, and handed down; never the working directory.

The same command finds the same runs from any folder. Nothing here touches the disk but to look.
"""

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from gpt2mini.errors import UsageError

__all__ = ["Home", "check_name", "corpora_folder", "find_checkout", "find_home"]

VARIABLE = "GPT2MINI_HOME"
NAME_LIMIT = 100
"""Bytes of UTF-8; with the suffixes of temporary folders a name stays below the 255 of every file system."""

_PACKAGE = Path(__file__).resolve().parent
_SEPARATORS = "/\\:"  # of any system, so that a run made on one can be carried to another
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format (bidi, tag), surrogate, line and paragraph separators


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds everything the lab writes."""

    root: Path

    @property
    def data(self) -> Path:
        """Texts and what was made of them."""
        return self.root / "data"

    @property
    def texts(self) -> Path:
        """Texts that were fetched from elsewhere, by name."""
        return self.data / "texts"

    @property
    def prepared(self) -> Path:
        """Texts as arrays of tokens, one folder each; all of it can be deleted at any time."""
        return self.data / "prepared"

    @property
    def histories(self) -> Path:
        """What the logs of long runs came to, so that they are read once; all of it can be deleted at any time."""
        return self.data / "histories"

    @property
    def checkpoints(self) -> Path:
        """The runs, one folder each."""
        return self.root / "checkpoints"

    @property
    def learn(self) -> Path:
        """What was predicted and measured with the cards."""
        return self.root / "learn"

    @property
    def transcripts(self) -> Path:
        """Conversations that somebody kept."""
        return self.root / "transcripts"


def find_home(explicit: str | Path | None = None) -> Home:
    """Return the home: the explicit one, else `$GPT2MINI_HOME`, else this checkout, else the user's data folder.

    Raises UsageError for an explicit one that is empty.
    """
    if explicit is not None:
        if not str(explicit).strip() or "\0" in str(explicit):
            raise UsageError("--home is not a folder", do="Name one, or leave it out.")
        return _home(explicit, "--home")
    if os.environ.get(VARIABLE):
        return _home(os.environ[VARIABLE], f"${VARIABLE}")
    checkout = find_checkout()
    if checkout is not None:
        return Home(checkout)
    import platformdirs

    return Home(Path(platformdirs.user_data_dir("gpt2mini", appauthor=False)))


def find_checkout(package: Path = _PACKAGE) -> Path | None:
    """Return the checkout that the package lies in (as `core/gpt2mini`), or None if it was installed."""
    root = package.parent.parent
    is_checkout = (root / "pyproject.toml").is_file() and (root / "checkpoints" / "README.md").is_file()
    return root if package.parent.name == "core" and is_checkout else None


def corpora_folder(package: Path = _PACKAGE) -> Path:
    """Return where the texts that come with the lab lie: `data/corpora` in a checkout, `_corpora` in a wheel."""
    checkout = find_checkout(package)
    return package / "_corpora" if checkout is None else checkout / "data" / "corpora"


def check_name(name: str) -> None:
    """Raise UsageError, saying why, unless `name` can be the name of a run on any system and any screen."""
    problem = _problem(name)
    if problem:
        raise UsageError(f"{name[:NAME_LIMIT]!r} cannot be the name of a run", why=problem)


def _problem(name: str) -> str:
    if not name.strip():
        return "it is empty"
    if len(name.encode("utf-8", "surrogatepass")) > NAME_LIMIT:
        return f"it is longer than {NAME_LIMIT} bytes"
    if any(character in _SEPARATORS for character in name):
        return "it contains a slash, a backslash or a colon"
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "it contains a character that cannot be seen"
    if name[0] in "-.":
        return f"it begins with {name[0]!r}"
    if name != name.strip() or name.endswith("."):
        return "it ends with a dot, or begins or ends with a space"
    return ""


def _home(path: str | Path, asked_by: str) -> Home:
    """Return the home at a path, which may be a folder yet to be made; raises UsageError for anything else."""
    root = Path(os.path.abspath(os.path.expanduser(path)))
    if root.exists() and not root.is_dir():
        raise UsageError(f"{asked_by} is not a folder", where=root, do="Name one, or leave it out.")
    return Home(root)
