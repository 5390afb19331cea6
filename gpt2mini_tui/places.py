"""The places of the lab, in the order of their keys."""

from textual.binding import Binding

__all__ = ["PLACES", "place_keys"]

PLACES = {
    "train": "Train",
    "compare": "Compare",
    "checkpoints": "Checkpoints",
    "chat": "Chat",
    "xray": "X-ray",
    "learn": "Learn",
}
"""The name of each, and what it is called on the screen."""


def place_keys() -> list[Binding]:
    """Return the keys of the places, a digit each."""
    return [
        Binding(str(digit), f"place('{name}')", title, id=f"place.{name}", show=False, tooltip=f"Go to {title}.")
        for digit, (name, title) in enumerate(PLACES.items(), 1)
    ]
