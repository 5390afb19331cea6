"""The keys of Learn: a letter for each prediction, and what can be done with a card."""

from textual.binding import Binding, BindingType

__all__ = ["PREDICTIONS", "learn_keys"]

PREDICTIONS = "abcde"
"""The keys of choices; no card has more."""


def learn_keys() -> list[BindingType]:
    """Return the keys that work wherever in the place the focus is."""
    first, others = PREDICTIONS[0], PREDICTIONS[1:]
    return [
        Binding("enter", "open", "Open", id="learn.open", tooltip="Go to the page of this card; there ↑↓ scroll."),
        Binding("right", "open", "Open", show=False, id="learn.right", tooltip="Go to the page of this card."),
        Binding("left", "close", "List", show=False, id="learn.close", tooltip="Back to the list; nothing stops."),
        Binding(
            first,
            f"predict('{first}')",
            "Predict",
            key_display="a b c",
            id=f"learn.predict_{first}",
            tooltip="Predict: choose this answer, before the card is played.",
        ),
        *(
            Binding(
                key, f"predict('{key}')", f"Predict {key}", show=False, id=f"learn.predict_{key}", tooltip="Predict."
            )
            for key in others
        ),
        Binding("r", "run", "Run", id="learn.run", tooltip="Play the card here and now, or go on with it."),
        Binding("escape", "stop", "Stop", id="learn.stop", tooltip="Stop this card, and save."),
        Binding("escape", "back", "Back", id="learn.back", tooltip="Back to the list; nothing stops."),
        Binding("v", "view(1)", "Chart", id="learn.view", tooltip="Draw another number: losses, what to watch."),
        Binding("V", "view(-1)", "Chart back", show=False, id="learn.view_back", tooltip="Draw the number before."),
        Binding(
            "m", "compare", "Compare", id="learn.compare", tooltip="Open these runs in Compare, the first as base."
        ),
        Binding("x", "xray(1)", "X-ray", id="learn.xray", tooltip="Look into the model that was changed."),
        Binding("X", "xray(0)", "X-ray base", show=False, id="learn.xray_base", tooltip="Look into the baseline."),
        Binding("l", "language", "Language", id="learn.language", tooltip="The same article in the other language."),
        Binding("s", "seeds", "Seeds", show=False, id="learn.seeds", tooltip="Play 1, 3 or 5 pairs, for ± noise."),
        Binding("t", "text", "Text", show=False, id="learn.text", tooltip="Play it on another text."),
        Binding("y", "copy", "Copy command", show=False, id="learn.copy", tooltip="Copy the command that does this."),
    ]
