"""The keys of Train: a letter for what can be asked of a run, a capital for each switch."""

from textual.binding import Binding, BindingType

from gpt2mini.ablations import SWITCHES
from gpt2mini_tui.switches import LETTERS, title

__all__ = ["run_keys", "switch_keys"]


def run_keys() -> list[BindingType]:
    """Return the keys of a run; which of those of one letter is offered depends on how it stands."""
    return [
        Binding("s", "start", "Start", id="train.start", tooltip="Train a new run."),
        Binding(
            "t", "tiny", "Tiny run", id="train.tiny", tooltip="Train a tiny model: something breaks within seconds."
        ),
        Binding("n", "setup", "New run", id="train.new", tooltip="Set up a new run."),
        Binding("n", "setup_next", "Queue a run", show=False, id="train.queue", tooltip="Set up the run after this."),
        Binding("p,space", "pause", "Pause", id="train.pause", tooltip="Wait after this step; nothing is lost."),
        Binding("p,space", "resume", "Resume", id="train.resume", tooltip="Go on where it stands."),
        Binding("full_stop", "step", "One step", id="train.step", key_display=".", tooltip="Take a single step."),
        Binding("x", "stop", "Stop", id="train.stop", tooltip="Save and end the run; it can be resumed."),
        Binding("x", "unwatch", "Look away", id="train.unwatch", tooltip="Leave the run of another process alone."),
        Binding("w", "follow", "Look on", id="train.follow", tooltip="Watch the run that another process trains."),
        Binding("w", "save", "Save", id="train.save", tooltip="Write a checkpoint now."),
        Binding("g", "sample", "Sample", id="train.sample", tooltip="Let the model write now."),
        Binding("t", "sample_from", "Sample of mine", id="train.sample-from", show=False, tooltip="With my prompt."),
        Binding("e", "adjust", "Change", id="train.adjust", show=False, tooltip="Change lr, clip, decay or dropout."),
        Binding("c", "behind", "Compare", id="train.behind", show=False, tooltip="Draw another run behind this one."),
        Binding("f,up,down", "switches", "Switches", id="train.switches", tooltip="Go to the switches."),
        Binding(
            "escape",
            "leave",
            "Back",
            id="train.leave",
            show=False,
            tooltip="Let go of the cursor, put a large chart back, leave the switches.",
        ),
    ]


def switch_keys() -> list[BindingType]:
    """Return the key of each switch that has a letter."""
    return [
        Binding(
            key,
            f"flip('{name}')",
            f"Flip {title(name)}",
            id=f"flip.{name}",
            show=False,
            tooltip=f"Flip {title(name)}: {SWITCHES[name].help}",
        )
        for name, key in LETTERS.items()
    ]
