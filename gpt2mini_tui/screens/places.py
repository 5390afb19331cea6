"""From the name of a place to the place: each is imported when somebody first goes there."""

from gpt2mini_tui.screens.place import Place

__all__ = ["make_place"]


def make_place(name: str) -> Place:
    """Make a place; its module is imported only now. Raises KeyError for a name that is no place to be made."""
    match name:
        case "compare":
            from gpt2mini_tui.screens.compare import ComparePlace

            return ComparePlace(id=name)
        case "checkpoints":
            from gpt2mini_tui.screens.browser import CheckpointsPlace

            return CheckpointsPlace(id=name)
        case "chat":
            from gpt2mini_tui.screens.chat import ChatPlace

            return ChatPlace(id=name)
        case "xray":
            from gpt2mini_tui.screens.xray import XrayPlace

            return XrayPlace(id=name)
        case "learn":
            from gpt2mini_tui.screens.learn import LearnPlace

            return LearnPlace(id=name)
    raise KeyError(name)
