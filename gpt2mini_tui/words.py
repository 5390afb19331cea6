"""How numbers are said: short, rounded to what a person can use, and never without their unit."""

import math
import time
from collections.abc import Mapping

from gpt2mini.settings import Value

__all__ = [
    "about",
    "age",
    "ago",
    "answers",
    "bits",
    "bits_per_byte",
    "count",
    "difference",
    "duration",
    "loss",
    "millions",
    "nats",
    "number",
    "rate",
    "reference",
    "share",
    "short",
    "size",
    "switches",
]

_SPANS = ((60, "s", 1), (3600, "min", 60), (86_400, "h", 3600), (math.inf, "d", 86_400))


def loss(value: float, decimals: int = 3, *, is_measured: bool = False) -> str:
    """Return a loss to three decimals, a huge one as `6.7e8`, or a dash; the column says that it is nats per token.

    One that `is_measured` and not a number is `NaN`. It never takes more than six cells, and one for a minus.
    """
    if math.isnan(value):
        return "NaN" if is_measured else "–"
    size = abs(value)
    if size >= 1000:
        return _scientific(value)
    return f"{value:.{decimals if size < 99.9 else min(decimals, 2) if size < 999.9 else 0}f}"


def difference(value: float, decimals: int = 3) -> str:
    """Return how much larger a loss is than another, with its sign, and as short."""
    return f"+{loss(value, decimals)}" if value >= 0 else loss(value, decimals)


def about(value: float) -> str:
    """Return a loss for a sentence, to two decimals."""
    return loss(value, 2)


def _scientific(value: float) -> str:
    """Return a number as `6.7e8`: as short as it is exact."""
    mantissa, _, power = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(power)}" if power else mantissa


def nats(value: float, *, is_measured: bool = False) -> str:
    """Return a loss with its unit, or that it is `not measured`; one that was, and is no number, is `not finite`."""
    if math.isinf(value) or (is_measured and math.isnan(value)):
        return "not finite"
    return "not measured" if math.isnan(value) else f"{loss(value)} nats/token"


def share(part: float) -> str:
    """Return a part of a whole: `93 %`; only all of it is 100 %, only none is 0 %. A dash where it is not known."""
    if math.isnan(part):
        return "–"
    rounded = round(100 * part)
    if (rounded == 100 and part < 1) or (rounded == 0 and part > 0):
        return f"{100 * part:.1f} %" if 0.0005 <= part < 0.9995 else "> 99.9 %" if part > 0.5 else "< 0.1 %"
    return f"{rounded} %"


def answers(exact: float, tokens: float, problems: int, chance: float) -> str:
    """Return how a task goes: `93 % of 81 new problems exact, 98 % of the tokens of their answers`."""
    said = f"{share(exact)} of {count(problems, 'new problem')} exact, {share(tokens)} of the tokens of their answers"
    return f"{said}; guessing {share(chance)}" if chance else said


def bits_per_byte(loss: float, bytes_per_token: float) -> float:
    """Return a loss in nats per token as bits per byte of the text, which no tokenizer can make look better."""
    return loss / (math.log(2) * bytes_per_token) if bytes_per_token > 0 else math.nan


def bits(loss: float, bytes_per_token: float) -> str:
    """Return the same with its unit; nothing where it is not known."""
    value = bits_per_byte(loss, bytes_per_token)
    return "" if math.isnan(value) else f"{value:.3f} bits/byte"


def age(then: float, now: float | None = None) -> str:
    """Return how long ago a moment was: `now`, `40 s`, `3 min`, `5 h`, `12 d`; nothing for one that is not known."""
    if not then > 0:
        return ""
    seconds = (time.time() if now is None else now) - then
    if seconds < 5:
        return "now"
    return next(f"{int(seconds / unit)} {name}" for limit, name, unit in _SPANS if seconds < limit)


def ago(then: float) -> str:
    """Return how long ago a moment was, for a sentence: `3 min ago`, `just now`."""
    said = age(then)
    return "just now" if said == "now" else f"{said} ago" if said else "at an unknown time"


def duration(seconds: float) -> str:
    """Return a time in its two largest units: `45 s`, `2 min 10 s`, `3 h 5 min`; a dash where it is not known."""
    if not math.isfinite(seconds):
        return "–"
    minutes, left = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"


def rate(tokens_per_second: float) -> str:
    """Return a speed: `850 tok/s`, `12.4k tok/s`; a dash where it is not known."""
    if not math.isfinite(tokens_per_second):
        return "–"
    if tokens_per_second < 1000:
        return f"{tokens_per_second:.0f} tok/s"
    return f"{tokens_per_second / 1000:.3g}k tok/s"


def millions(parameters: int) -> str:
    """Return a number of parameters as people say it: `0.83M`, `12k`."""
    return f"{parameters / 1e6:.2f}M" if parameters >= 100_000 else short(float(f"{parameters:.2g}"))


def number(value: float) -> str:
    """Return any number in at most eight characters: `0.312`, `5.8e-09`, `97`; `off` for what was not measured."""
    if math.isnan(value):
        return "off"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return short(float(f"{value:.3g}"))
    exact = f"{value:.1e}"
    return exact if len(exact) <= 8 else f"{value:.0e}"


def reference(name: str) -> str:
    """Return what a reference line of a text is called: `guessing` for `uniform`, else by its own name."""
    return "guessing" if name == "uniform" else name


def short(value: float) -> str:
    """Return a number in a few characters: 0.05, 250, 1.5k, 2M, 1e-06."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size <= abs(value) < 1e12:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"


def size(amount: float) -> str:
    """Return a size of files: `512 B`, `41.2 kB`, `10.1 MB`."""
    for limit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if amount >= limit:
            return f"{amount / limit:.1f} {name}"
    return f"{amount:.0f} B"


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 run`, `1,204 runs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def switches(changed: Mapping[str, Value]) -> str:
    """Return what differs from GPT-2 as it is: `no residual, ln style post`; nothing for nothing."""
    return ", ".join(_switch(name.replace("_", " "), value) for name, value in changed.items())


def _switch(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return name if value else f"no {name}"
    return f"{name} {value}"
