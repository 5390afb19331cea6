"""The charts of a run, without their colours: a line says what it is, and the theme decides how that looks."""

import math
from collections.abc import Sequence

from gpt2mini.series import Point, Series
from gpt2mini_tui.chart import Chart, Line, Marker, Reference
from gpt2mini_tui.history import History

__all__ = ["grad_norm_chart", "horizon", "level", "loss_chart", "size"]

_NAMES = {"uniform": "guessing"}


def loss_chart(history: History) -> Chart:
    """Return training loss (raw behind, smoothed in front), validations as dots, reference lines and flips."""
    gaps = history.loss.non_finite
    return Chart(
        lines=(
            Line(points=history.loss.points(), gaps=gaps, color="loss", faint=True),
            Line(points=_smooth(history.loss), gaps=gaps, color="loss", label="train"),
            Line(points=history.val.points(), gaps=history.val.non_finite, color="val", shape="dots", label="val"),
        ),
        references=tuple(Reference(y=y, label=_NAMES.get(name, name)) for name, y in history.references.items()),
        markers=_flips(history),
    )


def grad_norm_chart(history: History) -> Chart:
    """Return the gradient norm before clipping, and the limit while clipping is on."""
    clip: tuple[Reference, ...] = ()
    if history.config is not None and history.ablations.grad_clip and history.config.train.grad_clip > 0:
        limit = history.config.train.grad_clip
        clip = (Reference(y=limit, label=f"clip {limit:g}"),)
    gaps = history.grad_norm.non_finite
    return Chart(
        lines=(
            Line(points=history.grad_norm.points(), gaps=gaps, color="grad", faint=True),
            Line(points=_smooth(history.grad_norm), gaps=gaps, color="grad"),
        ),
        references=clip,
        markers=_flips(history),
    )


def horizon(history: History) -> tuple[float, float]:
    """Return the steps that the charts of a run show: from its start to a round step ahead, so that it stays calm."""
    ahead = 10
    while ahead < history.step:
        leading = int(str(ahead)[0])
        ahead = ahead * 5 // 2 if leading == 2 else ahead * 2
    return 0.0, float(min(ahead, max(history.steps, history.step, 1)))


def _smooth(series: Series) -> Sequence[Point]:
    """Return every second point of a moving average, and its last: it has no spikes that could be lost."""
    points = series.smooth()
    return [*points[:-1:2], points[-1]] if points else []


def _flips(history: History) -> tuple[Marker, ...]:
    return tuple(Marker(x=flip.step, label=flip.mark) for flip in history.flips)


def level(value: float) -> str:
    """Return a loss for a title, to three decimals, or a dash."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def size(value: float) -> str:
    """Return a norm for a title, to three digits, or a dash."""
    return "–" if math.isnan(value) else f"{value:.3g}"
