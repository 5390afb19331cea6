"""A view of a model together with what a person needs to read it: the text, the names of tokens, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gpt2mini.settings import Value
from gpt2mini.views import View

__all__ = ["Seen"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What there is to see, and what it is of."""

    view: View
    ids: tuple[int, ...]
    """The text as the model read it."""
    names: Mapping[int, str]
    """The text of every token that the view speaks of."""
    run: str
    step: int
    val_loss: float
    """Nats per token, or NaN."""
    changed: Mapping[str, Value]
    """Switches that differ from GPT-2 as it is."""
    n_layer: int
    n_head: int
    vocab_size: int
    notices: tuple[str, ...] = ()
    """What became of the text on the way, as sentences."""
    is_live: bool = field(default=False)
    """Whether it is of the run that is training now."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """The text, token by token."""
        return tuple(self.names[token] for token in self.ids)

    def to_plain(self) -> dict[str, Any]:
        """Return everything but the notices, ready for JSON; tokens that the view names by id are named in `names`."""
        return {
            "run": self.run,
            "step": self.step,
            "val_loss": self.val_loss,
            "ablations": dict(self.changed),
            "view": self.view.name,
            "ids": list(self.ids),
            "tokens": list(self.tokens),
            "names": {str(token): name for token, name in sorted(self.names.items())},
            **self.view.to_plain(),
        }
