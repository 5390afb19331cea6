"""The keys of X-ray: a letter for each view, the arrow keys for steps and layers."""

from textual.binding import Binding, BindingType

from gpt2mini.views import VIEWS

__all__ = ["VIEW_KEYS", "xray_keys"]

VIEW_KEYS = {"a": "attention", "l": "lens", "s": "surprise", "r": "residual", "e": "embedding", "p": "position"}


def xray_keys() -> list[BindingType]:
    """Return the keys that work wherever in the place the focus is, but in the text."""
    views = [
        Binding(
            key,
            f"view('{name}')",
            f"View {name}",
            id=f"xray.{name}",
            show=False,
            tooltip=f"{name}: {VIEWS[name].about}",
        )
        for key, name in VIEW_KEYS.items()
    ]
    return [
        Binding("left", "moment(-1)", "Earlier", show=False, id="xray.earlier", tooltip="An earlier step of the run."),
        Binding("right", "moment(1)", "Step", id="xray.later", key_display="←→", tooltip="A later step of the run."),
        Binding(
            "space",
            "play",
            "Play",
            id="xray.play",
            key_display="␣",
            tooltip="Watch it form, from moment to moment; again stops.",
        ),
        Binding("up", "layer(-1)", "Layer up", show=False, id="xray.up", tooltip="The layer before this one."),
        Binding("down", "layer(1)", "Layer", id="xray.down", key_display="↑↓", tooltip="The layer after this one."),
        Binding("h", "head(1)", "Head", id="xray.head", tooltip="The next attention head."),
        Binding("H", "head(-1)", "Head back", show=False, id="xray.head_back", tooltip="The attention head before."),
        Binding("z", "zoom", "Zoom", show=False, id="xray.zoom", tooltip="One cell for each number, or all at once."),
        Binding("enter,i", "text", "Text", id="xray.text", tooltip="Type the text that is looked at."),
        Binding("m,f3", "choose", "Model", id="xray.choose", tooltip="Choose whom to look into."),
        Binding("c,f4", "chat", "Chat", id="xray.chat", tooltip="Let this model go on with this text."),
        Binding("y", "command", "Command", show=False, id="xray.command", tooltip="Copy the command that shows this."),
        Binding("escape", "leave", "Back", show=False, id="xray.leave", tooltip="Stop playing, or leave the text."),
        *views,
    ]
