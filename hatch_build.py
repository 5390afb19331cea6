"""Puts the texts of `data/corpora` and `docs/articles` into the wheel, and only there: a checkout has them already."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CorporaHook(BuildHookInterface[Any]):
    """Declaring this in pyproject.toml would also copy the texts beside an editable install, hiding the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the texts to a standard build."""
        if version == "standard":
            build_data["force_include"]["data/corpora"] = "gpt2mini/_corpora"
            for path in sorted(Path(self.root, "docs", "articles").glob("*.md")):
                build_data["force_include"][f"docs/articles/{path.name}"] = f"gpt2mini_tui/_articles/{path.name}"
