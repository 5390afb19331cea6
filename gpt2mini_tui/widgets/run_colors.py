"""Six colours for runs that stand beside one another; all kinds of colour vision keep neighbours apart.

A colour never stands alone: every run has a letter too.
"""

__all__ = ["RUN_CLASSES", "run_css"]

_DARK = ("#88b4d8", "#e0a458", "#7fc9a8", "#d48fc0", "#e8dc7a", "#b0b6c0")
_LIGHT = ("#22648f", "#a04a00", "#14735a", "#8f3a7a", "#6b6200", "#50565f")
_ANSI = ("ansi_blue", "ansi_yellow", "ansi_green", "ansi_magenta", "ansi_cyan", "ansi_default")

RUN_CLASSES = tuple(f"run-{place}" for place in range(len(_DARK)))


def run_css(widget: str, prefix: str) -> str:
    """Return the styles of a widget's component classes `prefix--run-0` … in every kind of theme."""
    parts = [_rules(prefix, _DARK)]
    parts += [f"&:{theme} {{ {_rules(prefix, colors)} }}" for theme, colors in (("light", _LIGHT), ("ansi", _ANSI))]
    return f"{widget} {{ {' '.join(parts)} }}"


def _rules(prefix: str, colors: tuple[str, ...]) -> str:
    pairs = zip(RUN_CLASSES, colors, strict=True)
    return " ".join(f"& > .{prefix}--{name} {{ color: {color}; text-style: bold; }}" for name, color in pairs)
