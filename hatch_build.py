"""Puts `data/corpora`, `docs/articles` and `docs/guides` into the wheel, and only there: a checkout has them."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CorporaHook(BuildHookInterface[Any]):
    """Declaring this in pyproject.toml would also copy the texts beside an editable install, hiding the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the texts to a standard build."""
        if version == "standard":
            build_data["force_include"]["data/corpora"] = "gpt2mini/_corpora"
            for kind in ("articles", "guides"):
                for path in sorted(Path(self.root, "docs", kind).glob("*.md")):
                    build_data["force_include"][f"docs/{kind}/{path.name}"] = f"gpt2mini_tui/_{kind}/{path.name}"
