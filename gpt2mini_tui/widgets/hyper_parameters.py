"""What the run is made of: numbers that stay as they are while it trains."""

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget

from gpt2mini.ablations import Ablations
from gpt2mini.config import RESTART_SWITCHES, Config, parameter_count
from gpt2mini.settings import Value
from gpt2mini_tui.safe import safe
from gpt2mini_tui.switches import title, word
from gpt2mini_tui.words import millions

__all__ = ["HyperParameters"]

_IN_TABLE = ("n_layer", "n_head", "n_embd", "block_size", "dropout")


class HyperParameters(Widget):
    """The hyper-parameters in two columns, then the switches that need a new run."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pairs: list[tuple[str, str]] = []
        self._restart: list[tuple[str, str]] = []

    def show(self, config: Config, ablations: Ablations) -> None:
        """Show a configuration; what a switch has turned off is in brackets."""
        pairs = list(_pairs(config, ablations))
        restart = [
            (title(spec.name), word(_restart_value(config, spec.name)))
            for spec in RESTART_SWITCHES
            if spec.name not in _IN_TABLE
        ]
        if (pairs, restart) != (self._pairs, self._restart):
            self._pairs, self._restart = pairs, restart
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the table."""
        width = self.content_size.width or self.app.size.width
        column = (width - 2) // 2
        cells = [_cell(name, value, column) for name, value in self._pairs]
        if len(cells) % 2:
            cells.append(Content())
        lines = [Content.assemble(left, "  ", right) for left, right in zip(cells[::2], cells[1::2], strict=True)]
        if self._restart:
            lines += [Content(), Content.styled("need a new run to change", "dim")]
            lines += [_cell(name, value, width) for name, value in self._restart]
        return Content("\n").join(lines)


def _pairs(config: Config, on: Ablations) -> Iterable[tuple[str, str]]:
    model, train = config.model, config.train
    yield "lr", f"{train.lr:g}"
    yield "batch", f"{train.batch_size:,}"
    yield "layers", str(model.n_layer)
    yield "heads", str(model.n_head)
    yield "width", str(model.n_embd)
    yield "block", f"{model.block_size:,}"
    yield "dropout", _if(on.dropout, f"{model.dropout:g}")
    yield "clip", _if(on.grad_clip, f"{train.grad_clip:g}")
    yield "warm-up", _if(on.warmup, f"{train.warmup_steps:,}")
    yield "decay", _if(on.weight_decay, f"{train.weight_decay:g}")
    yield "seed", str(train.seed)
    known = model.vocab_size > 1  # before the text is read, its characters are still to be added
    yield "params", millions(parameter_count(model)) + ("" if known else "+")


def _restart_value(config: Config, name: str) -> Value:
    found: Value = getattr(config.model, name, getattr(config.data, name, None))
    return found


def _if(on: bool, value: str) -> str:
    return value if on else f"({value})"


def _cell(name: str, value: str, width: int) -> Content:
    shown = Content(safe(value)).truncate(max(0, width - len(name) - 1), ellipsis=True)
    return Content.assemble((name, "dim"), " " * max(1, width - len(name) - shown.cell_length), shown)
