"""Which part of a run is looked at, and how: one value for all the charts of a screen, so that they stay aligned."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gpt2mini.probes import PROBES
from gpt2mini_tui.folds.history import History

__all__ = ["CURVES", "PARTS", "SMOOTHING", "Viewpoint", "horizon"]

CURVES = ("answers", "gradient", "rate", "speed")
"""What the chart below the loss can show; answers only of a run on a task."""
PARTS = ("loss-chart", "grad-chart", "layers", "samples")
"""What can fill the screen."""
SMOOTHING = ("none", "light", "strong", "strongest")
_DEEPEST = 12  # halvings
_LEAST = 20.0  # steps that a chart shows at least
_CELLS = 100  # a move of the cursor is such a share of what is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """How a run is looked at."""

    zoom: int = 0
    """How often the run is halved: 0 shows all of it, else its latest part, or the part around the cursor."""
    cursor: float | None = None
    """The step that is pointed at, if one is."""
    smoothing: int = 1
    """A place in `SMOOTHING`."""
    is_log_x: bool = False
    log: frozenset[str] = frozenset({"gradient"})
    """The curves whose axis is logarithmic."""
    curve: str = ""
    """What the chart below the loss shows: one of CURVES, or nothing for what says most; see `below`."""
    quantity: int = 0
    """What the layers show: a place in `gpt2mini.probes.PROBES`."""
    has_layers: bool = False
    """Whether the layers take the place of the curves where there is no room for both."""
    large: str = ""
    """The part that fills the screen: a name in `PARTS`, or none."""

    def to_plain(self) -> dict[str, object]:
        """Return what is worth remembering until the next time, for JSON."""
        return {
            "smoothing": self.smoothing,
            "curve": self.curve,
            "quantity": self.quantity,
            "log": sorted(self.log),
            "log_steps": self.is_log_x,
            "layers": self.has_layers,
            "large": self.large,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> "Viewpoint":
        """Return the view that was remembered; what makes no sense is left as it is."""
        view = cls()
        match plain:
            case {"smoothing": int(smoothing), "curve": str(curve), "quantity": int(quantity), "log": list(log)}:
                known = curve in ("", *CURVES) and 0 <= quantity < len(PROBES)
                curves = frozenset(str(one) for one in log)
                view = replace(view.smoother(smoothing - 1), log=curves)
                large = plain.get("large")
                view = replace(
                    view,
                    is_log_x=plain.get("log_steps") is True,
                    has_layers=plain.get("layers") is True,
                    large=str(large) if large in PARTS else "",
                )
                return replace(view, curve=curve, quantity=quantity) if known else view
        return view

    def below(self, history: History) -> str:
        """Return which curve is drawn below the loss: what was chosen, else answers where there are any."""
        if self.curve and (self.curve != "answers" or history.answered is not None):
            return self.curve
        return "gradient" if history.answered is None else "answers"

    def next_below(self, history: History) -> "Viewpoint":
        """Return a view with the next curve below the loss."""
        known = [curve for curve in CURVES if curve != "answers" or history.answered is not None]
        return replace(self, curve=known[(known.index(self.below(history)) + 1) % len(known)])

    def window(self, history: History) -> tuple[float, float]:
        """Return the first and the last step that is shown."""
        low, high = horizon(history)
        if self.zoom:
            width = max(_LEAST, (high - low) / 2**self.zoom)
            end = max(history.step, width) if self.cursor is None else self.cursor + width / 2
            high = min(max(end, width), max(high, width))
            low = max(0.0, high - width)
        return (max(1.0, low), max(high, 2.0)) if self.is_log_x else (low, high)

    def zoomed(self, by: int) -> "Viewpoint":
        """Return a view of half of it, or of twice as much."""
        return replace(self, zoom=min(max(self.zoom + by, 0), _DEEPEST))

    def moved(self, history: History, cells: int) -> "Viewpoint":
        """Return a view whose cursor has moved; the first move puts it onto the latest step."""
        low, high = self.window(history)
        at = float(history.step)
        if self.cursor is not None:
            at = self.cursor + cells * max(1.0, math.floor((high - low) / _CELLS))
        return self.pointing(history, at)

    def pointing(self, history: History, at: float) -> "Viewpoint":
        """Return a view with the cursor on a step of the run."""
        return replace(self, cursor=float(min(max(0, round(at)), history.step)))

    def smoother(self, by: int) -> "Viewpoint":
        """Return a view with more or less smoothing."""
        return replace(self, smoothing=min(max(self.smoothing + by, 0), len(SMOOTHING) - 1))

    def with_log(self, curve: str) -> "Viewpoint":
        """Return a view in which the axis of a curve is the other kind."""
        return replace(self, log=self.log ^ {curve})


def horizon(history: History) -> tuple[float, float]:
    """Return the steps that the charts of a run show: from its start to a round step ahead, so that it stays calm."""
    ahead = 10
    while ahead < history.step:
        leading = int(str(ahead)[0])
        ahead = ahead * 5 // 2 if leading == 2 else ahead * 2
    return 0.0, float(min(ahead, max(history.steps, history.step, 1)))
