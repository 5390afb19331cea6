"""Two calm themes of our own. Loss and validation differ in lightness and in shape, not only in hue."""

from textual.theme import Theme

__all__ = ["DARK", "LIGHT", "with_defaults"]

DARK = Theme(
    name="lab-dark",
    primary="#7aa2c8",
    secondary="#8a9bb0",
    accent="#88b4d8",
    warning="#d9b36c",
    error="#d98080",
    success="#8fbf9a",
    foreground="#d3d7de",
    background="#14171c",
    surface="#191d23",
    panel="#20252d",
    dark=True,
    variables={
        "rule": "#333b47",
        "cursor": "#28313d",
        "chart-loss": "#88b4d8",
        "chart-val": "#e0b878",
        "chart-grad": "#9db58f",
        "chart-behind": "#c08fd0",
        "chart-axis": "#8f98a5",
        "chart-reference": "#8f98a5",
        "chart-marker": "#d98080",
        "foreground-muted": "#98a1ae",
        "scrollbar": "#333b47",
        "scrollbar-hover": "#98a1ae",
        "scrollbar-active": "#98a1ae",
        "scrollbar-background": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "scrollbar-corner-color": "#14171c",
        "footer-background": "#191d23",
        "footer-key-foreground": "#88b4d8",
        "footer-description-foreground": "#aab2be",
    },
)

LIGHT = Theme(
    name="lab-light",
    primary="#2f6690",
    secondary="#5c6b7a",
    accent="#22648f",
    warning="#8a5a00",
    error="#a83232",
    success="#2f7042",
    foreground="#23282f",
    background="#f7f7f4",
    surface="#efefea",
    panel="#e6e6e0",
    dark=False,
    variables={
        "rule": "#c9c9c0",
        "cursor": "#dfe5ea",
        "chart-loss": "#22648f",
        "chart-val": "#9a5b00",
        "chart-grad": "#4c6b3c",
        "chart-behind": "#7a3f92",
        "chart-axis": "#5f6670",
        "chart-reference": "#5f6670",
        "chart-marker": "#a83232",
        "foreground-muted": "#5b626c",
        "scrollbar": "#c9c9c0",
        "scrollbar-hover": "#5b626c",
        "scrollbar-active": "#5b626c",
        "scrollbar-background": "#f7f7f4",
        "scrollbar-background-hover": "#f7f7f4",
        "scrollbar-background-active": "#f7f7f4",
        "scrollbar-corner-color": "#f7f7f4",
        "footer-background": "#efefea",
        "footer-key-foreground": "#22648f",
        "footer-description-foreground": "#4b525c",
    },
)


def with_defaults(variables: dict[str, str], *, ansi: bool, dark: bool) -> dict[str, str]:
    """Return the variables of any theme with ours added, made of its own colours where it does not name them."""
    quiet = ("ansi_bright_black", "ansi_bright_black" if dark else "ansi_white", "ansi_default")
    rule, cursor, muted = quiet if ansi else (variables["panel"], variables["panel"], variables["foreground-darken-3"])
    ours = {
        "rule": rule,
        "cursor": cursor,
        "chart-loss": variables["accent"],
        "chart-val": variables["warning"],
        "chart-grad": variables["success"],
        "chart-behind": variables["secondary"],
        "chart-axis": muted,
        "chart-reference": muted,
        "chart-marker": variables["error"],
    }
    return {**ours, **variables}
