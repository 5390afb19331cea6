"""What stands in the place of the charts before the first run: what to press, and what will happen then."""

from textual.content import Content
from textual.widget import Widget

from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.plan import NewRun
from gpt2mini_tui.words import count, switches

__all__ = ["Welcome"]

_BUILT_IN = ("tales", "pydoc", "stdlib")


class Welcome(Widget):
    """An empty state that says how to leave it."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._plan: NewRun | None = None

    def show(self, plan: NewRun) -> None:
        """Show what pressing `s` would start."""
        if plan != self._plan:
            self._plan = plan
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the invitation."""
        if self._plan is None:
            return Content()
        config = self._plan.config
        model, train = config.model, config.train
        changed = config.ablations.changed()
        size = f"{count(model.n_layer, 'layer')}, {model.n_embd} wide"
        source = safe(config.data.data)
        text = f"the built-in text {source}" if source in _BUILT_IN else source
        return Content.assemble(
            ("Train a GPT-2 from scratch, break it, watch what happens.\n\n", "bold"),
            ("Press ", ""),
            (" s ", "bold reverse"),
            f" to train GPT-2 ({size}) on {text}, for {train.steps:,} steps.\n\n",
            f"It will differ from GPT-2: {safe(switches(changed))}.\n\n" if changed else "",
            "While it trains, turn off a part of it: ",
            ("f", "bold"),
            " goes to the switches, ",
            ("Enter", "bold"),
            " flips one, and so does its letter. A mark on the charts shows when, and the sentence below them says "
            "what came of it.\n\n",
            ("The same from the shell\n", "dim"),
            (safe(self._plan.command()), "dim"),
        )
